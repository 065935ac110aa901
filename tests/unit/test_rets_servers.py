"""RETS over real HTTP, beside servers of every habit: logins, sessions, zones, pages, photos, metadata."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.budgets import LocalBudgets
from adapters.downloads import WebDownloads
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.mls.rets import PHOTOS, Rets
from adapters.mls.rets_settings import read_settings
from adapters.mls.tools import Tools
from domain.entities.listing import Media
from domain.entities.mls import MlsDefect, MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsSource
from domain.errors import ActionRequired, Rejected, Unavailable
from sandbox.rets.server import PASSWORD, create_app
from sandbox.serving import serve
from tests.contracts.mls.cases import Clock, pages
from tests.contracts.mls.rets_case import FIELD_MAP, rets_source

HOMES = 20
SPRING = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)
CLASSES = 8


@dataclass
class Running:
    """A sandbox server with its control calls."""

    base_url: str
    control: httpx.Client

    def source(self, **settings: Any) -> MlsSource:
        return rets_source(self.base_url, **settings)

    def homes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("/homes").raise_for_status().json()
        return found

    def every_key(self) -> set[str]:
        return {home["key"] for home in self.homes()}

    def change(self, key: str, **fields: Any) -> None:
        self.control.post(f"/homes/{key}", json=fields).raise_for_status()

    def fail(self, kind: str, match: str, **more: Any) -> None:
        self.control.post("/faults", json={"kind": kind, "match": match, **more}).raise_for_status()

    def asked(self, path: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.control.get("/log", params={"kind": "rets"}).json()["requests"]
        return [entry for entry in entries if entry["path"] == f"/rets/{path}"]


@contextmanager
def running(folder: Path, **habits: Any) -> Iterator[Running]:
    options = {"homes": HOMES, "now": lambda: SPRING, **habits}
    with (
        serve(create_app(folder, **options)) as base_url,
        httpx.Client(base_url=f"{base_url}/_control") as http,
    ):
        yield Running(base_url, http)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def rets(clock: Clock, tmp_path: Path) -> AsyncIterator[Rets]:
    web = WebClient(allow_http=True, allow_loopback=True)
    files = LocalFiles(
        tmp_path / "files", base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=clock.now
    )
    tools = Tools(
        web=web,
        downloads=WebDownloads(web, now=clock.now),
        files=files,
        budgets=LocalBudgets(),
        now=clock.now,
        sleep=clock.sleep,
        random=lambda: 0.5,
    )
    found = Rets(tools)
    yield found
    await found.close()
    await web.aclose()


async def records(rets: Rets, source: MlsSource, query: MlsQuery | None = None) -> list[MlsRecord]:
    found = [row for page in await pages(rets, source, query or MlsQuery()) for row in page.rows]
    assert not [row for row in found if isinstance(row, MlsDefect)]
    return [row for row in found if isinstance(row, MlsRecord)]


async def keys(rets: Rets, source: MlsSource, query: MlsQuery | None = None) -> set[str]:
    return {record.key for record in await records(rets, source, query)}


async def swept(rets: Rets, source: MlsSource) -> list[str]:
    page = await rets.keys(source, None)
    found = list(page.keys)
    while page.position is not None:
        page = await rets.keys(source, page.position)
        found += page.keys
    return found


class TestHabits:
    @pytest.mark.parametrize(
        "habits",
        [
            {"auth": "basic"},
            {"relative_urls": False},
            {"version": "RETS/1.8"},
            {"max_rows": 3},
            {"max_rows": 1},
            {"max_rows": 3, "over_limit": "20208"},
            {"empty": "status"},
            {"delimiter": 0x7C},
            {"delimiter": 0x2C},
            {"encoding": "cp1252"},
            {"order": "modified", "max_rows": 3},
            {"session_end": "401", "session_requests": 2},
            {"session_end": "20701", "session_requests": 2},
            {"cookie": "JSESSIONID"},
            {"location": False},
            {"boundaries": "unclosed"},
            {"boundaries": "bare LF"},
            {"boundaries": "dashes"},
        ],
        ids=str,
    )
    async def test_every_home_comes_with_its_photos(
        self, rets: Rets, tmp_path: Path, habits: dict[str, Any]
    ) -> None:
        with running(tmp_path, **habits) as server:
            found = await records(rets, server.source())
            assert sorted(record.key for record in found) == sorted(server.every_key())
            assert all(record.media for record in found)
            assert sorted(await swept(rets, server.source())) == sorted(server.every_key())

    @pytest.mark.parametrize("cookie", ["RETS-Session-ID", "rets-session-id", "ASP.NET_SessionId"])
    @pytest.mark.parametrize("auth", ["digest", "basic"])
    async def test_the_user_agent_vouches_for_itself(
        self, rets: Rets, tmp_path: Path, auth: str, cookie: str
    ) -> None:
        with running(tmp_path, auth=auth, ua_password="ua-word", cookie=cookie) as server:
            source = server.source()
            vouched = replace(
                source,
                credentials=replace(source.credentials, user_agent="Known/2", user_agent_password="ua-word"),
            )
            assert await keys(rets, vouched) == server.every_key()
            with pytest.raises(ActionRequired):
                await rets.check(source)

    async def test_a_server_that_does_not_heed_offset_is_found_out(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path, offset=False, one_class=True) as server:
            source = server.source(classes="LISTING", pageSize=7)
            with pytest.raises(Rejected, match="loop"):
                await pages(rets, source)
            assert await keys(rets, server.source(classes="LISTING")) == server.every_key()

    async def test_homes_touched_while_paging_take_no_other_with_them(
        self, rets: Rets, tmp_path: Path
    ) -> None:
        times = iter(range(10**6))
        now = lambda: SPRING + timedelta(seconds=next(times))  # noqa: E731
        with running(tmp_path, order="modified", one_class=True, now=now) as server:
            source = server.source(classes="LISTING", pageSize=5)
            page = await rets.fetch(source, MlsQuery(), None)
            found = {row.key for row in page.rows}
            for key in list(found)[:4]:
                server.change(str(key), PublicRemarks="Touched")
            while page.position is not None:
                page = await rets.fetch(source, MlsQuery(), page.position)
                found |= {row.key for row in page.rows}
            assert found == server.every_key()


class TestSessions:
    async def test_one_login_serves_all_and_close_logs_out(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path, single_login=True) as server:
            for _ in range(2):
                await keys(rets, server.source())
            assert [entry["status"] for entry in server.asked("login")] == [401, 200]
            await rets.close()
            assert [entry["status"] for entry in server.asked("logout")] == [200]
            await rets.check(server.source())

    async def test_a_session_that_ends_in_mid_run_is_replaced(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            page = await rets.fetch(server.source(pageSize=1), MlsQuery(), None)
            server.control.delete("/tokens").raise_for_status()
            found = {row.key for row in page.rows}
            while page.position is not None:
                page = await rets.fetch(server.source(pageSize=1), MlsQuery(), page.position)
                found |= {row.key for row in page.rows}
            assert found == server.every_key()
            assert sum(entry["status"] == 200 for entry in server.asked("login")) == 2

    @pytest.mark.parametrize("end", ["20701", "401"])
    async def test_a_server_that_ends_every_session_is_asked_again_once(
        self, rets: Rets, tmp_path: Path, end: str
    ) -> None:
        with running(tmp_path, session_requests=0, session_end=end) as server:
            with pytest.raises(ActionRequired):
                await rets.check(server.source())
            assert len(server.asked("search")) <= 4

    async def test_another_login_that_lives_is_waited_for(
        self, rets: Rets, tmp_path: Path, clock: Clock
    ) -> None:
        with running(tmp_path, single_login=True) as server:
            await rets.check(server.source())
            other = server.source()
            other = replace(other, credentials=replace(other.credentials, user_agent="Other/1"))
            with pytest.raises(Unavailable, match="20022"):
                await rets.check(other)
            assert clock.slept == [1.5, 2.5]

    async def test_a_search_by_post_that_is_refused_is_made_by_get(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            server.fail("status", "/rets/search", status=405)
            assert await keys(rets, server.source()) == server.every_key()
            methods = [entry["method"] for entry in server.asked("search")]
            assert methods[0] == "POST"
            assert set(methods[1:]) == {"GET"}

    async def test_no_error_shows_the_password(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            source = server.source()
            stranger = replace(source, credentials=replace(source.credentials, password="wrong-word"))
            with pytest.raises(ActionRequired) as caught:
                await rets.check(stranger)
            failure: BaseException | None = caught.value
            while failure is not None:
                assert "wrong-word" not in str(failure)
                failure = failure.__cause__ or failure.__context__
            assert PASSWORD not in repr(read_settings(source))


class TestDeltas:
    @pytest.mark.parametrize("version", ["RETS/1.7.2", "RETS/1.8"])
    @pytest.mark.parametrize("zone", ["America/Chicago", "UTC", "Asia/Kolkata"])
    async def test_moments_are_read_and_asked_for_in_the_servers_zone(
        self, rets: Rets, tmp_path: Path, version: str, zone: str
    ) -> None:
        with running(tmp_path, version=version, time_zone=zone) as server:
            source = server.source(timeZone=zone, retsVersion=version)
            moments = {home["key"]: datetime.fromisoformat(home["modified"]) for home in server.homes()}
            found = {record.key: record.facts.modified_in_mls_at for record in await records(rets, source)}
            assert found == moments
            since = sorted(moments.values())[HOMES // 2]
            changed = await keys(rets, source, MlsQuery(since=since))
            assert changed == {key for key, moment in moments.items() if moment >= since}

    async def test_a_delta_without_news_is_one_small_search_a_class(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            await keys(rets, server.source(), MlsQuery(since=SPRING + timedelta(days=1)))
            assert len(server.asked("search")) == CLASSES
            assert server.asked("getobject") == []

    async def test_a_stamp_that_is_not_there_is_not_asked_for_again(self, rets: Rets, tmp_path: Path) -> None:
        fields = {**FIELD_MAP, "L_NoSuchStamp": "PhotosChangeTimestamp"}
        del fields["L_Last_Photo_updt"]
        with running(tmp_path) as server:
            source = server.source(fieldMap=fields)
            assert (
                await keys(rets, source, MlsQuery(since=SPRING - timedelta(days=9999))) == server.every_key()
            )
            assert len(server.asked("search")) == CLASSES + 1

    async def test_an_hour_that_comes_twice_makes_no_news_look_old(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            key = server.homes()[0]["key"]
            for stamp, known in (("2026-11-01T06:30:00Z", False), ("2026-11-01T05:30:00Z", True)):
                server.change(key, **{"ModificationTimestamp": stamp, "$touch": False})
                [record] = await records(rets, server.source(), MlsQuery(keys=(key,)))
                assert (record.facts.modified_in_mls_at is not None) is known

    async def test_numbers_and_keys_with_signs_in_them(self, rets: Rets, tmp_path: Path) -> None:
        with running(tmp_path) as server:
            home = server.homes()[0]
            server.change(home["key"], ListingId='12-5 (b) "x", |')
            query = MlsQuery(numbers=('12-5 (b) "x", |', "o'no' or 1 eq 1", ")|(L_DisplayId=*"))
            assert await keys(rets, server.source(), query) == {home["key"]}


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
