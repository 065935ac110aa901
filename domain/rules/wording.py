"""The words of a post."""

import re
from collections.abc import Iterable
from decimal import Decimal

from domain.entities.listing import Address, ListingFacts
from domain.errors import Invalid

_NO_TAG = re.compile(r"[^\w]", re.UNICODE)
_TAG = re.compile(r"(?<![\w#&])#(\w+)")


def hashtag(text: str) -> str:
    """A hashtag without its `#`; raises `Invalid` for what is none."""
    bare = text.strip().removeprefix("#")
    if not bare or _NO_TAG.search(bare) or bare.isdigit():
        raise Invalid(
            f"{text!r} is no hashtag: letters, digits and _ only, and not digits alone.", field=("hashtags",)
        )
    return bare


def hashtags_to_append(text: str, hashtags: Iterable[str]) -> tuple[str, ...]:
    """The tags, each once whatever its case, without those that the text has already."""
    there = {tag.casefold() for tag in _TAG.findall(text)}
    kept: list[str] = []
    for tag in hashtags:
        if tag.casefold() not in there:
            there.add(tag.casefold())
            kept.append(tag)
    return tuple(kept)


def with_hashtags(text: str, hashtags: tuple[str, ...]) -> str:
    """The text as it appears, its hashtags in a line of their own."""
    tags = " ".join(f"#{tag}" for tag in hashtags)
    return f"{text}\n\n{tags}".strip() if tags else text


def with_link(text: str, link: str) -> str:
    """The text with a link in a line of its own at its end, unless it has it already."""
    return text if link in text else f"{text}\n\n{link}".strip()


def proposed_text(facts: ListingFacts) -> str:
    """A plain text from what is known of the home: where, what, how much, and the remarks."""
    address = facts.address
    place = ", ".join(part for part in (address.street, address.city, address.state) if part)
    price = "" if facts.price is None else money(facts.price, facts.currency)
    head = " · ".join(part for part in (place, price, _rooms(facts)) if part)
    return "\n\n".join(part for part in (head, _first_sentences(facts.description)) if part)


def place_of(facts: ListingFacts) -> str:
    """A home as a sentence names it: by its street, or else by its number in the MLS."""
    address = facts.address
    street = " ".join(part for part in (address.street, address.unit) if part)
    place = ", ".join(part for part in (street, address.city) if part)
    return place or (f"listing {facts.mls_number}" if facts.mls_number else "a listing")


def address_line(address: Address) -> str:
    """An address as it stands on an envelope, in one line: as much of it as is known."""
    street = " ".join(part for part in (address.street, address.unit) if part)
    region = " ".join(part for part in (address.state, address.zip_code) if part)
    return ", ".join(part for part in (street, address.city, region) if part)


def money(amount: Decimal | float, currency: str) -> str:
    """An amount as people write it, with cents only below a thousand."""
    sign = "$" if currency == "USD" else f"{currency} "
    cents = -1_000 < amount < 1_000 and amount % 1 != 0
    return f"{sign}{amount:,.2f}" if cents else f"{sign}{amount:,.0f}"


def _rooms(facts: ListingFacts) -> str:
    rooms = (
        (facts.bedrooms, "bed"),
        (facts.bathrooms, "bath"),
        (round(facts.square_feet) if facts.square_feet else None, "sq ft"),
    )
    return ", ".join(f"{number:,} {name}" for number, name in rooms if number)


def _first_sentences(text: str | None, most: int = 600) -> str:
    if not text or len(text) <= most:
        return text or ""
    cut = text[:most]
    end = max(cut.rfind(mark) for mark in (". ", "! ", "? "))
    return cut[: end + 1] if end > 0 else cut.rstrip() + "…"
