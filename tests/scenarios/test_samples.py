"""The samples of RESO's own generator, imported through the whole use case, where they are there."""

from domain.entities.listing import ListingStatus, Media, PhotoState
from domain.entities.mls_connection import MlsCredentials
from domain.entities.sync_run import SyncRunState
from domain.errors import Rejected
from domain.use_cases.connections import connect_mls
from tests.adapters.test_reso_samples import pytestmark as needs_samples
from tests.adapters.test_reso_samples import samples
from tests.scenarios.looks import failures
from tests.scenarios.meddling import watch_photos
from tests.world import World
from tests.world.steps import import_all, listings
from tests.world.world import USER

pytestmark = needs_samples


async def no_photo(media: Media) -> None:
    """The samples' photos lie on a real host, which tests leave in peace."""
    raise Rejected("There is no such photo.")


async def test_49_rows_are_47_homes_and_2_drafts_and_23_have_no_number(world: World) -> None:
    watch_photos(world, no_photo)
    with samples() as root:
        connection = await connect_mls(
            world.ports,
            user_id=USER,
            provider="samples",
            protocol="reso-web-api",
            vendor="generic",
            url=root,
            label=None,
            credentials=MlsCredentials(token="any"),
            settings={},
        )
        first = await import_all(world, connection)
        again = await import_all(world, connection)

    assert (first.state, first.total_listings) == (SyncRunState.SUCCEEDED, 49)
    counters = first.counters
    assert (counters.processed, counters.successful_imports, counters.skipped) == (49, 47, 2)
    assert (counters.failed_imports, counters.unchanged) == (0, 0)
    found = await listings(world)
    statuses = [listing.status for listing in found]
    assert {status: statuses.count(status) for status in ListingStatus} == {
        ListingStatus.ACTIVE: 35,
        ListingStatus.PENDING: 2,
        ListingStatus.SOLD: 1,
        ListingStatus.EXPIRED: 9,
    }
    # Both drafts are among the 23.
    assert sum(listing.facts.mls_number is None for listing in found) == 23 - 2
    photos = [photo for listing in found for photo in listing.photos]
    assert {photo.state for photo in photos} == {PhotoState.FAILED}
    assert all(photo.media.url.startswith("https://") for photo in photos)
    assert counters.photos_failed == len(photos) > 0
    assert {failure.code for failure in await failures(world, first)} == {"PHOTO", "VALUE_DROPPED"}
    assert (again.counters.unchanged, again.counters.successful_imports) == (47, 0)
