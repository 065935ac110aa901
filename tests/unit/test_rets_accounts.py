"""RETS: the photos, settings and samples of an account, over real HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.mls.rets import PHOTOS, Rets
from domain.entities.listing import Media
from domain.entities.mls import MlsDefect, MlsQuery, MlsRecord
from domain.errors import ActionRequired, Rejected, Unavailable
from tests.contracts.mls.cases import Clock, pages
from tests.contracts.mls.rets_case import FIELD_MAP
from tests.unit.rets_running import HOMES, SPRING, keys, records, running, speaking


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def rets(clock: Clock, tmp_path: Path) -> AsyncIterator[Rets]:
    async with speaking(tmp_path, clock) as found:
        yield found


class TestPhotos:
    async def test_many_homes_are_asked_for_at_once(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path, one_class=True) as server:
            found = await records(rets, server.source(classes="LISTING"))
            # 1, 3, 9 and the other 7 homes.
            assert len(server.asked("getobject")) == 4
            media = found[0].media or ()
            assert [photo.order for photo in media] == list(range(1, len(media) + 1))
            assert sum(photo.preferred for photo in media) == 1
            assert any(photo.caption for photo in media)
            assert (await rets.photo(server.source(), media[0])).startswith(b"\xff\xd8")

    async def test_bytes_are_fetched_when_they_are_wanted(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path, one_class=True, location=False) as server:
            source = server.source(classes="LISTING")
            found = await records(rets, source)
            # The first home shows that the server gives bytes; the others' photos are counted.
            assert len(server.asked("getobject")) == 1
            by_key = {home["key"]: home for home in server.homes()}
            for record in found:
                media = record.media or ()
                assert [photo.url for photo in media] == [
                    f"rets:Photo/{record.key}/{number}" for number in range(1, len(media) + 1)
                ]
                assert by_key[record.key]
                assert media[0].modified_at is not None
            assert (await rets.photo(source, (found[0].media or ())[0])).startswith(b"\xff\xd8")
            for url in (f"rets:Photo/{found[0].key}/999", "rets:Photo/nobody/1", "rets:Photo", "rets:a/b/c"):
                with pytest.raises(Rejected):
                    await rets.photo(source, Media(key="1", url=url))

    async def test_so_they_are_where_rows_do_not_count_them(self, rets: Rets, tmp_path: Path) -> None:
        fields = {name: ours for name, ours in FIELD_MAP.items() if ours != "PhotosCount"}
        with running(tmp_path, location=False, homes=3) as server:
            found = await records(rets, server.source(fieldMap=fields))
            assert len(server.asked("getobject")) == 3
            assert all(photo.url.startswith("rets:Photo/") for row in found for photo in row.media or ())

    @pytest.mark.parametrize("location", [True, False])
    async def test_a_changed_set_is_told_from_the_one_before(
        self, rets: Rets, tmp_path: Path, location: bool
    ) -> None:
        with running(tmp_path, location=location) as server:
            key = server.homes()[0]["key"]
            [before] = await records(rets, server.source(), MlsQuery(keys=(key,)))
            stamp = (SPRING + timedelta(days=1)).isoformat().replace("+00:00", "Z")
            server.change(key, PhotosChangeTimestamp=stamp)
            [after] = await records(rets, server.source(), MlsQuery(keys=(key,)))
            assert {photo.modified_at for photo in after.media or ()} == {SPRING + timedelta(days=1)}
            assert after.media != before.media

    async def test_a_home_without_photos_has_none(self, rets: Rets, tmp_path: Path) -> None:
        fields = {name: ours for name, ours in FIELD_MAP.items() if ours != "PhotosCount"}
        with running(tmp_path) as server:
            key = server.homes()[0]["key"]
            server.change(key, Media=[], PhotosCount=0)
            for map in (FIELD_MAP, fields):
                [record] = await records(rets, server.source(fieldMap=map), MlsQuery(keys=(key,)))
                assert record.media == ()

    async def test_a_type_that_there_is_not_leaves_what_is_stored(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            found = await records(rets, server.source(photoType="Hologram"))
            assert {record.media for record in found} == {None}
            assert all("photos" in record.warnings[-1] for record in found)

    async def test_trouble_with_photos_keeps_no_status_waiting_and_is_made_up_for(
        self, rets: Rets, tmp_path: Path
    ) -> None:
        since = SPRING - timedelta(days=9999)
        with running(tmp_path, one_class=True) as server:
            source = server.source(classes="LISTING", pageSize=HOMES // 2)
            server.fail("status", "/rets/getobject", status=503, times=3)
            first, second = await pages(rets, source, MlsQuery(since=since))
            assert {row.media for row in first.rows if isinstance(row, MlsRecord)} == {None}
            assert all(row.media for row in second.rows if isinstance(row, MlsRecord))
            assert second.cursors == {PHOTOS: since.isoformat()}
            again = await pages(
                rets, source, MlsQuery(since=SPRING + timedelta(days=1), cursors=second.cursors)
            )
            assert len([row for page in again for row in page.rows]) == HOMES
            assert again[-1].cursors == {PHOTOS: ""}

    async def test_a_full_read_waits_for_them(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            server.fail("status", "/rets/getobject", status=503, times=None)
            with pytest.raises(Unavailable):
                await rets.fetch(server.source(), MlsQuery(), None)


class TestSettings:
    async def test_classes_that_are_not_named_are_told(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server, pytest.raises(ActionRequired, match=r"RES.*LND"):
            await rets.check(server.source(classes=""))

    async def test_a_single_class_needs_no_name(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path, one_class=True) as server:
            assert await keys(rets, server.source(classes=None)) == server.every_key()

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ({"fieldMap": {}}, "listingKey"),
            ({"fieldMap": {"L_UpdateDate": "modifiedInMlsAt"}}, "listingKey"),
            ({"fieldMap": {"L_ListingID": "listingKey"}}, "modifiedInMlsAt"),
            ({"fieldMap": {"L (x)": "modifiedInMlsAt"}}, "cannot be a field"),
            ({"timeZone": "Mars/Olympus"}, "timeZone"),
            ({"timeZone": "../../etc/passwd"}, "timeZone"),
            ({"classes": "RES)|(1"}, "classes"),
            ({"classes": {"RES": 1}}, "classes"),
            ({"resource": "Pro perty"}, "resource"),
            ({"retsVersion": "3"}, "retsVersion"),
            ({"pageSize": 0}, "pageSize"),
            ({"requestsPerMinute": "many"}, "requestsPerMinute"),
            ({"photoType": "a/b"}, "photoType"),
            ({"currency": "dollars"}, "currency"),
        ],
    )
    async def test_what_the_user_has_to_mend_is_said(
        self, rets: Rets, tmp_path: Path, settings: dict[str, Any], told: str
    ) -> None:
        with running(tmp_path) as server, pytest.raises(ActionRequired, match=told):
            await rets.check(server.source(**settings))

    async def test_a_budget_is_kept(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            with pytest.raises(Unavailable) as caught:
                await records(rets, server.source(requestsPerMinute=3))
            assert 0 < (caught.value.retry_after or 0) <= 60
            assert len(server.asked("search")) <= 3

    async def test_the_mls_is_named_where_rows_do_not(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            found = await records(rets, server.source(originatingSystemName="Lake MLS"))
            assert {record.facts.originating_system for record in found} == {"Lake MLS"}


class TestSamples:
    async def test_a_sample_shows_fields_a_row_and_a_map(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            sample = await rets.sample(server.source(fieldMap={}))
            assert sample.proposal["L_ListingID"] == "listingKey"
            assert {"price", "mlsNumber", "modifiedInMlsAt"} <= set(sample.proposal.values())
            status = next(field for field in sample.fields if field.name == "L_Status")
            assert {"Active", "Sold"} <= set(status.values)
            assert sample.raw is not None
            assert sample.raw["L_ListingID"] in server.every_key()
            assert isinstance(sample.row, MlsDefect)
            mapped = await rets.sample(server.source(fieldMap=sample.proposal))
            assert isinstance(mapped.row, MlsRecord)
            assert mapped.sources["price"] == "L_AskingPrice"

    async def test_of_an_mls_with_standard_names(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path, standard_names=True) as server:
            sample = await rets.sample(server.source(fieldMap={}))
            assert sample.proposal["L_AskingPrice"] == "price"
            assert await keys(rets, server.source(fieldMap=sample.proposal)) == server.every_key()
