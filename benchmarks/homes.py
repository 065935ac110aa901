"""Listings as a sandbox MLS would have brought them, their photos stored already."""

from datetime import datetime

from adapters.mls.reso_mapping import read_row
from benchmarks.installations import USER
from domain.entities.listing import Listing, ListingStatus, Media, Photo, PhotoState
from domain.entities.mls import MlsRecord
from domain.rules.identity import listing_id, photo_key
from sandbox.mls.homes import generate

_PHOTOS = 5


def a_home(number: int, anchor: datetime) -> Listing:
    """A sandbox home whose photos are stored."""
    record = read_row(generate(7, number, anchor).row, currency="USD")
    if not isinstance(record, MlsRecord):
        raise RuntimeError(f"a sandbox home cannot be read: {record}")
    id = listing_id(USER, "sandbox", record.facts.originating_system, record.key)
    return Listing(
        id=id,
        user_id=USER,
        mls_provider="sandbox",
        facts=record.facts,
        status=ListingStatus.ACTIVE,
        publishable=True,
        photos=tuple(_photo(id, place) for place in range(_PHOTOS)),
        created_at=anchor,
        updated_at=anchor,
    )


def _photo(id: str, place: int) -> Photo:
    sha256 = f"{place:064x}"
    url = f"https://mls.example/photos/{id}/{place}.jpg"
    return Photo(
        media=Media(key=f"{id}-{place}", url=url, order=place + 1, caption="Front of the home"),
        state=PhotoState.STORED,
        sha256=sha256,
        original_key=photo_key(USER, id, "original", place, sha256, "jpg"),
        blurhash="L~Lqe9l}eqpYs_[qsBJ%fMsTjtWo",
        width=1024,
        height=768,
    )
