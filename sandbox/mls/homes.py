"""Believable homes, the same for the same seed: rows of RESO's Property with their media."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2s
from random import Random
from typing import Any

from sandbox.mls.buildings import building, price, tax
from sandbox.mls.fields import PROPERTY
from sandbox.mls.media import Media, gallery, public_photos
from sandbox.mls.places import MARKETS, Facts, address, agent
from sandbox.mls.remarks import remarks
from sandbox.mls.selling import STATUSES, history, money

# How the fifty homes of a block are spread over the property types.
_TYPES = {
    "Residential": 32,
    "Residential Lease": 6,
    "Residential Income": 3,
    "Land": 4,
    "Commercial Sale": 2,
    "Commercial Lease": 1,
    "Farm": 1,
    "Manufactured In Park": 1,
}
_BLOCK = 50
_BASE: dict[str, Any] = {name: [] if field.many else None for name, field in PROPERTY.items()}


@dataclass
class Home:
    """A home: its RESO row as served (without Media), its media, and how often each photo was replaced.

    `key` is what control calls know it by, even if ListingKey is taken out of the row.
    """

    key: str
    number: int
    row: dict[str, Any]
    media: list[Media]
    versions: dict[int, int] = field(default_factory=dict)
    last_photo: int = 0


def listing_key(seed: int, number: int) -> str:
    """The ListingKey of home `number` (counted from 1): 20 hexadecimal digits."""
    return blake2s(f"{seed}:{number}".encode(), digest_size=10).hexdigest()


def generate(seed: int, number: int, anchor: datetime, *, photos: tuple[int, int] = (3, 8)) -> Home:
    """Home `number` (counted from 1) as it stands at `anchor` (midnight UTC), with between `photos` photos."""
    rng = Random(f"{seed}:{number}")
    block, place = divmod(number - 1, _BLOCK)
    property_type, status = _deck(seed, block)[place]
    return _home(rng, seed, number, property_type, status, anchor, photos)


def new_home(seed: int, number: int, anchor: datetime, property_type: object) -> Home:
    """A further Active home, as `generate` makes them; Residential if there are none of `property_type`."""
    known = property_type if isinstance(property_type, str) and property_type in _TYPES else "Residential"
    return _home(Random(f"{seed}:{number}"), seed, number, known, "Active", anchor, (3, 8))


@cache
def _deck(seed: int, block: int) -> list[tuple[str, str]]:
    """PropertyType and StandardStatus of the fifty homes of a block."""
    rng = Random(f"{seed}:block:{block}")
    types = [name for name, count in _TYPES.items() for _ in range(count)]
    statuses = [name for name, count in STATUSES.items() for _ in range(count)]
    rng.shuffle(types)
    rng.shuffle(statuses)
    return list(zip(types, statuses, strict=True))


def _home(
    rng: Random,
    seed: int,
    number: int,
    property_type: str,
    status: str,
    anchor: datetime,
    photos: tuple[int, int],
) -> Home:
    key = listing_key(seed, number)
    row = _BASE | {
        "ListingKey": key,
        "ListingId": f"SBX{1_000_000 + number}",
        "OriginatingSystemName": "Sandbox MLS",
        "PropertyType": property_type,
        "InternetEntireListingDisplayYN": True,
        "InternetAddressDisplayYN": True,
    }
    row |= _facts(rng, property_type, status, anchor)
    row |= _tours(rng, row)
    row["PublicRemarks"] = remarks(rng, row)
    media = gallery(rng, row, rng.randint(*photos))
    row["PhotosCount"] = public_photos(media)
    return Home(key, number, row, media, last_photo=len(media))


def _facts(rng: Random, property_type: str, status: str, anchor: datetime) -> Facts:
    market = rng.choice(MARKETS)
    # History first: nothing is built after it was listed.
    facts = history(rng, status, property_type, anchor)
    facts |= building(rng, property_type, int(facts["ListingContractDate"][:4]))
    unit = facts["PropertySubType"] in ("Condominium", "Apartment")
    facts |= address(rng, market, country=property_type in ("Land", "Farm"), unit=unit)
    facts |= agent(rng, market)
    list_price = price(rng, property_type, market, facts)
    facts |= money(rng, status, list_price, facts)
    if property_type.endswith("Lease"):
        listed = date.fromisoformat(facts["ListingContractDate"])
        return facts | {"AvailabilityDate": (listed + timedelta(days=rng.choice((0, 14, 30)))).isoformat()}
    return facts | {"TaxAnnualAmount": tax(rng, list_price), "TaxYear": anchor.year - 1}


def _tours(rng: Random, row: dict[str, Any]) -> Facts:
    if rng.random() >= 0.3:
        return {}
    number = row["ListingId"]
    return {
        "VirtualTourURLUnbranded": f"https://tours.example.com/{number}",
        "VirtualTourURLBranded": f"https://tours.example.com/branded/{number}"
        if rng.random() < 0.5
        else None,
    }
