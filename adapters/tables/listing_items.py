"""The stored form of a listing: `Data`, `Photos`, flat attributes, and what is trimmed to fit an item.

Every flat attribute is always there, because an update changes attributes and can remove none: what a home
lacks is stored as a value outside of every range that can be asked for.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adapters.remembered import Reread
from adapters.tables import key_indexes, keys
from adapters.tables.codec import (
    Codec,
    decode_photos,
    encode_photos,
    number,
    plain,
    stamped,
    version_of,
)
from adapters.tables.table import Item, Value
from domain.entities.listing import Listing, ListingFacts, Photo
from domain.errors import Rejected
from domain.rules.homes import postal_code
from domain.rules.photos import MOST_PHOTOS

DATA_BYTES = 160 * 1024
PHOTOS_BYTES = 120 * 1024
"""Together with keys and flat attributes under 300 KB, whichever of the two is written when."""

KNOWN_CHARACTERS = 8_000_000
"""How much text of listings is kept beside their entities: some 2,000 listings, and four times as many bytes. What was
last answered of them is kept too: six times with that, and at worst, if somebody asks for all photos under 15 names,
twenty times."""

DESCRIPTION_CHARACTERS = 20_000
SEARCH_CHARACTERS = 2_000

NO_NUMBER = -1
NO_COORDINATE = 999_000_000

_LISTING = Codec(Listing, apart={"photos", "removed_photos", "version", "photos_version"})
_known: Reread[tuple[str, str, int, int], Listing] = Reread(KNOWN_CHARACTERS)
_log = logging.getLogger(__name__)

Facts = Callable[[ListingFacts], ListingFacts]


def listing_of(item: Item) -> Listing:
    """The listing of an item of the table, or of an index that carries `Data`.

    Whoever decodes the same again gets the same entity.
    """
    form = (str(item["Data"]), str(item["Photos"]), version_of(item), number(item, "photosVersion"))
    known = _known.get(form)
    if known is not None:
        return known
    data, stored, version, photos_version = form
    photos, removed = decode_photos(stored)
    listing = _LISTING.decode(
        data, photos=photos, removed_photos=removed, version=version, photos_version=photos_version
    )
    _known.put(form, listing, len(data) + len(stored))
    return listing


def listing_item(listing: Listing, now: datetime) -> Item:
    """The whole item of a new listing, with its photos."""
    key = keys.listing(listing.user_id, listing.id)
    return {
        **stamped(key, "Listing", created=listing.created_at, now=now, version=listing.version),
        **listing_attributes(listing, now),
        **photo_attributes(listing, now),
    }


def listing_attributes(listing: Listing, now: datetime) -> dict[str, Value]:
    """What a write of the listing sets; nothing of its photos."""
    facts = listing.facts
    return {
        "Data": _LISTING.encode(listing),
        "UpdatedAt": keys.millis(now),
        "version": listing.version,
        "status": listing.status.value,
        "publishable": int(listing.publishable),
        "takedown": int(listing.takedown is not None),
        "price": _or_none(keys.cents(facts.price)),
        "bedrooms": _or_none(facts.bedrooms),
        "bathrooms": _or_none(facts.bathrooms),
        "squareFeet": _or_none(hundredths(facts.square_feet)),
        "propertyType": plain(facts.property_type),
        "city": plain(facts.address.city),
        "zipCode": filed_zip_code(facts.address.zip_code),
        "latitude": _coordinate(facts.latitude),
        "longitude": _coordinate(facts.longitude),
        "listDate": "" if facts.list_date is None else facts.list_date.isoformat(),
        "searchText": search_text(facts),
        "connection": listing.connection_id or "",
        "mlsModifiedAt": NO_NUMBER
        if facts.modified_in_mls_at is None
        else keys.millis(facts.modified_in_mls_at),
        "contentHash": listing.content_hash,
        **key_indexes.listing_indexes(listing),
    }


def photo_attributes(listing: Listing, now: datetime) -> dict[str, Value]:
    """What a write of the photos sets; nothing else of the listing."""
    return {
        "Photos": encode_photos((*listing.photos, *listing.removed_photos)),
        "photosVersion": listing.photos_version,
        "UpdatedAt": keys.millis(now),
    }


def search_text(facts: ListingFacts) -> str:
    """What a search for text looks through: address, numbers, and how the description begins."""
    where = facts.address
    parts = (
        where.street,
        where.unit,
        where.city,
        where.state,
        where.zip_code,
        where.county,
        facts.mls_number,
        facts.property_type,
        facts.description,
    )
    return plain(" ".join(found for found in parts if found), SEARCH_CHARACTERS)


def filed_zip_code(text: str | None) -> str:
    """A postal code as it is filtered by."""
    return plain(postal_code(text))


def hundredths(value: float | None) -> int | None:
    """Hundredths of a square foot; None if there is no area."""
    return None if value is None else keys.cents(Decimal(repr(float(value))))


def millionths(degrees: float | None) -> int | None:
    """Millionths of a degree, within 360 degrees; None for what is no number."""
    if degrees is None or not math.isfinite(degrees):
        return None
    return round(min(max(degrees, -360.0), 360.0) * 1_000_000)


def fitted(listing: Listing) -> Listing:
    """The listing as it fits an item, trimmed in this order until it does: extras, the description, lists of
    features, the description again; raises `Rejected` if it never fits."""
    for name, trim in _TRIMS:
        if len(_LISTING.encode(listing).encode()) <= DATA_BYTES:
            return listing
        _log.warning("listing %s is too large: %s trimmed", listing.id, name)
        listing = replace(listing, facts=trim(listing.facts))
    if len(_LISTING.encode(listing).encode()) > DATA_BYTES:
        raise Rejected("The listing is too large to be stored.")
    return listing


def with_fitted_photos(listing: Listing) -> Listing:
    """The listing with the photos that fit its item; the removed ones go first, the oldest before the others.

    What is still stored of those that are left out, the sweep of files finds.
    """
    photos = _fitted(listing.id, listing.photos)
    removed = listing.removed_photos
    while removed and len(encode_photos((*photos, *removed)).encode()) > PHOTOS_BYTES:
        removed = removed[max(1, len(removed) // 10) :]
    return replace(listing, photos=photos, removed_photos=removed)


def _fitted(listing_id: str, photos: tuple[Photo, ...]) -> tuple[Photo, ...]:
    """Trimmed in this order until they fit: those beyond 100, captions, then from the end."""
    if len(photos) > MOST_PHOTOS:
        _log.warning("listing %s has %d photos: %d kept", listing_id, len(photos), MOST_PHOTOS)
        photos = photos[:MOST_PHOTOS]
    if len(encode_photos(photos).encode()) <= PHOTOS_BYTES:
        return photos
    _log.warning("the photos of listing %s are too large: captions trimmed", listing_id)
    photos = tuple(replace(photo, media=replace(photo.media, caption=None)) for photo in photos)
    while len(encode_photos(photos).encode()) > PHOTOS_BYTES:
        _log.warning(
            "the photos of listing %s are too large: the last of %d dropped", listing_id, len(photos)
        )
        photos = photos[: -max(1, len(photos) // 10)]
    return photos


def _without_extras(facts: ListingFacts) -> ListingFacts:
    return replace(facts, extras={})


def _described(characters: int) -> Facts:
    def trim(facts: ListingFacts) -> ListingFacts:
        return replace(facts, description=(facts.description or "")[:characters] or None)

    return trim


def _short_lists(facts: ListingFacts) -> ListingFacts:
    return replace(
        facts,
        features=_short(facts.features),
        appliances=_short(facts.appliances),
        heating=_short(facts.heating),
        cooling=_short(facts.cooling),
        view=_short(facts.view),
    )


def _short(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text[:200] for text in texts[:50])


_TRIMS: tuple[tuple[str, Facts], ...] = (
    ("extras", _without_extras),
    ("the description", _described(DESCRIPTION_CHARACTERS)),
    ("lists of features", _short_lists),
    ("the description again", _described(2_000)),
)


def _coordinate(degrees: float | None) -> int:
    found = millionths(degrees)
    return NO_COORDINATE if found is None else found


def _or_none(value: int | None) -> int:
    """Numbers are kept within what an attribute takes; a negative one says nothing of a home."""
    return NO_NUMBER if value is None or value < 0 else min(value, 10**15)
