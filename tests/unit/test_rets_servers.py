"""RETS beside servers of every habit: logins, sessions, pages, zones and deltas."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.mls.rets import Rets
from adapters.mls.rets_settings import read_settings
from domain.entities.mls import MlsQuery
from domain.errors import ActionRequired, Rejected, Unavailable
from sandbox.rets.server import PASSWORD
from tests.contracts.mls.cases import Clock, pages
from tests.contracts.mls.rets_case import FIELD_MAP
from tests.unit.rets_running import CLASSES, HOMES, SPRING, keys, records, running, speaking, swept


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def rets(clock: Clock, tmp_path: Path) -> AsyncIterator[Rets]:
    async with speaking(tmp_path, clock) as found:
        yield found


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

    @pytest.mark.parametrize("end", ["20701", "401"])
    async def test_requests_at_once_do_not_end_each_others_sessions(
        self, rets: Rets, tmp_path: Path, end: str
    ) -> None:
        with running(tmp_path, session_requests=2, session_end=end, location=False) as server:
            [home, *_] = [home for home in await records(rets, server.source()) if len(home.media or ()) > 1]
            photos = [*(home.media or ())] * 6
            found = await asyncio.gather(*(rets.photo(server.source(), photo) for photo in photos))
            assert all(found)

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
