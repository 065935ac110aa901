"""Whether two listings are of one home: the same address, in whatever spelling, offered in the same way."""

import hashlib
import re
import unicodedata
from datetime import date, datetime
from typing import Any

from domain.entities.listing import Address, Listing, ListingFacts

_WORDS = {
    # The commonest of USPS Publication 28, appendix C1, and its directions (section 23).
    "alley": "aly",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "circle": "cir",
    "court": "ct",
    "cove": "cv",
    "crescent": "cres",
    "crossing": "xing",
    "drive": "dr",
    "expressway": "expy",
    "freeway": "fwy",
    "heights": "hts",
    "highway": "hwy",
    "lane": "ln",
    "parkway": "pkwy",
    "place": "pl",
    "plaza": "plz",
    "point": "pt",
    "ridge": "rdg",
    "road": "rd",
    "saint": "st",
    "sainte": "ste",
    "square": "sq",
    "street": "st",
    "str": "st",
    "terrace": "ter",
    "trail": "trl",
    "turnpike": "tpke",
    "village": "vlg",
    "fort": "ft",
    "mount": "mt",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}
_UNIT = re.compile(r",? ?(?:\b(?:apartment|apt|unit|suite|ste|no)\b|#) ?#? ?((?=[\w-]*\d)[\w-]+|[a-z])$")
_UNIT_WORDS = re.compile(r"\b(?:apartment|apt|unit|suite|ste|number|no)\b|[^\w]")
_SILENT = "'.’"
_US_ZIP = re.compile(r"(\d{5})-?(?:\d{4})?")
_HOUSE = re.compile(r"0*[1-9]\w* \w")


def home_key(listing: Listing) -> str | None:
    """The same for all listings of a home in one MLS; None if the address does not say which home it is.

    Case, accents, punctuation and the usual abbreviations make no difference; a unit, the city and the postal
    code do, and so does whether the home is for sale or for rent. An address needs a house number, and a city
    or a postal code.

    Returns:
        32 hexadecimal digits.
    """
    parts = _parts(listing.facts.address)
    if parts is None:
        return None
    kind = "lease" if is_lease(listing.facts) else "sale"
    joined = "".join(f"{len(part)}:{part}" for part in (listing.mls_provider, kind, *parts))
    return hashlib.sha256(joined.encode(errors="replace")).hexdigest()[:32]


def is_lease(facts: ListingFacts) -> bool:
    """Whether the home is for rent (RESO: Residential Lease, Commercial Lease)."""
    kind = (facts.property_type or "").casefold()
    return "lease" in kind or "rent" in kind


def listed_before(listing: Listing) -> tuple[Any, ...]:
    """Sorts listings of one home by when each came to the market, as far as that is known."""
    facts = listing.facts
    day = facts.list_date or facts.on_market_date or listing.created_at.date()
    modified = facts.modified_in_mls_at or datetime.min.replace(tzinfo=listing.created_at.tzinfo)
    number = facts.mls_number or ""
    return (day or date.min, listing.created_at, modified, len(number), number, listing.id)


def _parts(address: Address) -> tuple[str, ...] | None:
    street, unit = _plain(address.street), _plain(address.unit)
    if not unit and (found := _UNIT.search(street)):
        street, unit = street[: found.start()], found[1]
    street, city = _words(street), _words(_plain(address.city))
    zip_code = postal_code(address.zip_code)
    if not _HOUSE.match(street) or not (city or zip_code):
        return None
    state = "" if zip_code else _words(_plain(address.state))
    return street, _UNIT_WORDS.sub("", unit), city, zip_code, state


def _words(text: str) -> str:
    return " ".join(_WORDS.get(word, word) for word in re.findall(r"\w+", text))


def _plain(text: str | None) -> str:
    bare = unicodedata.normalize("NFKD", text or "").casefold()
    kept = "".join(c for c in bare if not unicodedata.combining(c) and c not in _SILENT)
    return " ".join(kept.split())


def postal_code(text: str | None) -> str:
    """A postal code as it is compared: without case and spaces, of a ZIP+4 the five digits; empty for None."""
    bare = re.sub(r"\s", "", _plain(text))
    found = _US_ZIP.fullmatch(bare)
    return found[1] if found else bare
