"""What a server tells of rows that are gone: tombstones, logs of deletions and of events."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from domain.entities.mls import MlsQuery, MlsRecord, MlsRemoval
from domain.entities.mls_connection import MlsSource
from domain.errors import ActionRequired, Rejected, Unavailable
from domain.ports import Mls
from tests.contracts.mls.cases import HOMES, Clock
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.scripted import Answer, Scripted, body, error, homes, raw
from tests.contracts.mls.vendors import Vendor, all_keys, removed, reso_web_api, run, vendor_of

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def mls(clock: Clock, tmp_path: Path) -> AsyncIterator[Mls]:
    async with reso_web_api(clock, ClockBudgets(clock), tmp_path / "files") as protocol:
        yield protocol


@pytest.fixture
def events(tmp_path: Path, clock: Clock) -> Iterator[Vendor]:
    """A server with RESO's log of events."""
    with vendor_of("generic", tmp_path, clock, events=True) as vendor:
        yield vendor


def logged(rows: list[dict[str, Any]], *there: int, resource: str = "EntityEvent") -> Answer:
    """A server with these homes, in whose log are these rows, served two a page without links."""

    def answer(request: Request) -> Response:
        asked = request.query_params.get("$filter", "")
        skip = int(request.query_params.get("$skip", "0"))
        if request.url.path.endswith(f"/{resource}"):
            return (
                body(*rows[-1:])
                if "desc" in request.query_params["$orderby"]
                else body(*rows[skip : skip + 2])
            )
        found = [home for home in homes(*there) if f"'{home['ListingKey']}'" in asked]
        return body(*found[skip:])

    return answer


def event(sequence: int, key: str, resource: str = "Property") -> dict[str, Any]:
    return {"EntityEventSequence": sequence, "ResourceName": resource, "ResourceRecordKey": key}


def source(server: Scripted, log: str = "EntityEvent") -> MlsSource:
    return server.source(deletions=log)


class TestEntityEvents:
    async def test_a_full_read_begins_the_log_now_and_a_delta_reads_on(
        self, mls: Mls, events: Vendor, clock: Clock
    ) -> None:
        account = events.account(deletions="EntityEvent", pageSize=20)
        events.change(events.homes()[0]["key"], ListPrice=1)
        rows, cursors = await run(mls, account, MlsQuery())
        assert len(rows) == HOMES
        begun = int(cursors["EntityEvent"])
        gone, sold = events.homes()[3]["key"], events.homes()[4]["key"]
        clock.time += timedelta(hours=1)
        events.remove(gone)
        events.change(sold, StandardStatus="Closed")
        rows, cursors = await run(mls, account, MlsQuery(since=clock.time, cursors=cursors))
        assert removed(rows) == {gone}
        assert {row.key for row in rows if isinstance(row, MlsRecord)} == {sold}
        assert int(cursors["EntityEvent"]) == begun + 2
        clock.time += timedelta(hours=1)
        rows, after = await run(mls, account, MlsQuery(since=clock.time, cursors=cursors))
        assert (rows, after) == ([], cursors)

    async def test_what_happens_during_the_full_read_comes_with_the_next_delta(
        self, mls: Mls, events: Vendor, clock: Clock
    ) -> None:
        account = events.account(deletions="EntityEvent", pageSize=20)
        first = await mls.fetch(account, MlsQuery(), None)
        gone = first.rows[0].key
        assert gone is not None
        events.remove(gone)
        position, cursors = first.position, dict(first.cursors)
        while position is not None:
            page = await mls.fetch(account, MlsQuery(), position)
            position, cursors = page.position, {**cursors, **page.cursors}
        clock.time += timedelta(hours=1)
        rows, _ = await run(mls, account, MlsQuery(since=clock.time, cursors=cursors))
        assert removed(rows) == {gone}

    async def test_a_row_that_an_event_names_and_that_answers_is_an_ordinary_one(
        self, mls: Mls, server: Scripted
    ) -> None:
        server.answer = logged([event(7, "K1"), event(8, "K2"), event(9, "K1"), event(11, "M", "Media")], 1)
        query = MlsQuery(since=SINCE, cursors={"EntityEvent": "6"})
        rows, cursors = await run(mls, source(server), query)
        assert [type(row).__name__ for row in rows] == ["MlsRecord", "MlsRemoval", "MlsRecord"]
        assert removed(rows) == {"K2"}
        assert cursors == {"EntityEvent": "11"}
        asked = [
            request.query_params["$filter"] for request in server.asked if "EntityEvent" in request.url.path
        ]
        assert asked[0] == "ResourceName eq 'Property' and EntityEventSequence gt 6"

    async def test_the_cursor_advances_only_by_what_a_page_gives(self, mls: Mls, server: Scripted) -> None:
        server.answer = logged([event(7, "K1"), event(8, "K2"), event(9, "K3")])
        query = MlsQuery(since=SINCE, cursors={"EntityEvent": "6"})
        found = [await mls.fetch(source(server), query, None)]
        while found[-1].position is not None:
            found.append(await mls.fetch(source(server), query, found[-1].position))
        told = [page.cursors.get("EntityEvent") for page in found]
        assert told == [None, "8", "9", "9"]

    async def test_a_page_of_answers_that_breaks_off_removes_nothing(
        self, mls: Mls, server: Scripted
    ) -> None:
        log = logged([event(7, "K1"), event(8, "K2")])
        named = "ListingKey eq"
        server.answer = lambda request: (
            raw("", 503) if named in request.query_params.get("$filter", "") else log(request)
        )
        query = MlsQuery(since=SINCE, cursors={"EntityEvent": "6"})
        first = await mls.fetch(source(server), query, None)
        with pytest.raises(Unavailable):
            await mls.fetch(source(server), query, first.position)

    async def test_answers_on_several_short_pages_are_all_read_before_a_row_counts_as_gone(
        self, mls: Mls, server: Scripted
    ) -> None:
        log = logged([event(7, "K1"), event(8, "K2")], 1, 2)

        def one_at_a_time(request: Request) -> Response:
            if request.url.path.endswith("/Property"):
                skip = int(request.query_params.get("$skip", "0"))
                asked = "ListingKey eq" in request.query_params.get("$filter", "")
                return body(*homes(1, 2)[skip : skip + 1] if asked else [])
            return log(request)

        server.answer = one_at_a_time
        query = MlsQuery(since=SINCE, cursors={"EntityEvent": "6"})
        rows, _ = await run(mls, source(server), query)
        assert [row.key for row in rows] == ["K1", "K2"]
        assert removed(rows) == set()

    async def test_a_full_read_made_again_reads_on_too(self, mls: Mls, server: Scripted) -> None:
        """What was deleted since the last delta is in no full read, and would be missed for a day."""
        server.answer = logged([event(6, "K9")])
        query = MlsQuery(cursors={"EntityEvent": "5"}, anew=True)
        rows, cursors = await run(mls, source(server), query)
        assert (rows, cursors) == ([MlsRemoval(key="K9")], {"EntityEvent": "6"})

    async def test_without_a_cursor_a_delta_begins_the_log_now(self, mls: Mls, server: Scripted) -> None:
        server.answer = logged([event(7, "K1"), event(8, "K2")])
        for known in ({}, {"EntityEvent": "no number"}):
            rows, cursors = await run(mls, source(server), MlsQuery(since=SINCE, cursors=known))
            assert rows == []
            assert cursors["EntityEvent"] == "8"

    async def test_an_empty_log_begins_at_its_beginning(self, mls: Mls, server: Scripted) -> None:
        _, cursors = await run(mls, source(server), MlsQuery())
        assert cursors == {"EntityEvent": "0"}

    @pytest.mark.parametrize("status", [400, 403, 404, 501])
    async def test_a_log_that_cannot_be_read_costs_no_rows(
        self, mls: Mls, server: Scripted, status: int
    ) -> None:
        def refusing(request: Request) -> Response:
            if request.url.path.endswith("/Property"):
                return body(*homes(1)) if "$skip" not in request.query_params else body()
            return error(status, str(status), "no")

        server.answer = refusing
        for query in (MlsQuery(), MlsQuery(since=SINCE, cursors={"EntityEvent": "5"})):
            rows, cursors = await run(mls, source(server), query)
            assert [row.key for row in rows] == ["K1"]
            assert cursors == dict(query.cursors)


class TestDeleted:
    async def test_it_is_read_as_utahs_documentation_has_it_and_no_request_is_refused(
        self, mls: Mls, server: Scripted
    ) -> None:
        stamp = "2026-01-01T10:00:00.500Z"
        told: list[dict[str, Any]] = [
            {"resource": "Property", "primary_key": "K1", "ts": "2026-01-01T09:00:00Z"},
            {"resource": "Property", "primary_key": 4711.0, "ts": stamp},
            {"resource": "OpenHouse", "primary_key": "K3", "ts": "2026-01-01T09:30:00Z"},
        ]
        server.answer = logged(told, resource="Deleted")
        account = replace(server.source(), vendor="utah-real-estate")
        rows, cursors = await run(
            mls, account, MlsQuery(since=SINCE, cursors={"Deleted": "2026-01-01T08:00:00Z"})
        )
        assert rows == [
            MlsRemoval(key="K1", at=datetime(2026, 1, 1, 9, tzinfo=UTC)),
            MlsRemoval(key="4711", at=datetime(2026, 1, 1, 10, 0, 0, 500000, tzinfo=UTC)),
        ]
        assert cursors == {"Deleted": stamp}
        asked = [request for request in server.asked if request.url.path.endswith("/Deleted")]
        assert {request.query_params["$filter"] for request in asked} == {
            "resource eq 'Property' and ts ge 2026-01-01T08:00:00.000Z"
        }

    async def test_one_that_came_back_is_not_removed(self, mls: Mls, server: Scripted) -> None:
        told = [
            {"resource": "Property", "primary_key": key, "ts": "2026-01-01T09:00:00Z"} for key in ("K1", "K2")
        ]
        server.answer = logged(told, 2, resource="Deleted")
        rows, _ = await run(
            mls, source(server, "Deleted"), MlsQuery(since=SINCE, cursors={"Deleted": "2026-01-01"})
        )
        assert [(type(row).__name__, row.key) for row in rows] == [("MlsRecord", "K2"), ("MlsRemoval", "K1")]

    async def test_a_full_read_begins_it_before_now_because_clocks_differ(
        self, mls: Mls, server: Scripted, clock: Clock
    ) -> None:
        _, cursors = await run(mls, source(server, "Deleted"), MlsQuery())
        assert datetime.fromisoformat(cursors["Deleted"]) == clock.time - timedelta(minutes=20)

    async def test_without_a_cursor_it_is_read_from_the_moment_of_the_delta(
        self, mls: Mls, server: Scripted
    ) -> None:
        server.answer = logged([], resource="Deleted")
        _, cursors = await run(mls, source(server, "Deleted"), MlsQuery(since=SINCE))
        assert cursors == {"Deleted": "2026-01-01T00:00:00.000Z"}

    async def test_a_home_deleted_at_utahs_server_is_gone(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("utah-real-estate", tmp_path, clock) as utah:
            _, cursors = await run(mls, utah.account(), MlsQuery())
            key = utah.homes()[0]["key"]
            clock.time += timedelta(hours=1)
            utah.remove(key)
            rows, cursors = await run(mls, utah.account(), MlsQuery(since=clock.time, cursors=cursors))
            assert [(type(row), row.key) for row in rows] == [(MlsRemoval, key)]
            assert datetime.fromisoformat(cursors["Deleted"]) == clock.time

    async def test_a_setting_that_names_no_log_needs_the_user(self, mls: Mls, server: Scripted) -> None:
        with pytest.raises(ActionRequired, match="deletions"):
            await mls.check(source(server, "Trash"))


class TestMlgCanView:
    async def test_the_first_import_asks_for_what_may_be_shown_and_a_delta_for_all(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as grid:
            await mls.fetch(grid.account(), MlsQuery(), None)
            await mls.fetch(grid.account(), MlsQuery(since=clock.time), None)
            asked = [query.partition("&")[0] for query in grid.asked()]
        system = "$filter=OriginatingSystemName%20eq%20'Sandbox%20MLS'"
        assert asked == [
            f"{system}%20and%20MlgCanView%20eq%20true",
            f"{system}%20and%20ModificationTimestamp%20ge%202026-01-01T00:00:00.000Z",
        ]

    async def test_a_home_that_may_not_be_shown_any_more_is_deleted_and_no_key(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as grid:
            await run(mls, grid.account(), MlsQuery())
            clock.time += timedelta(hours=1)
            key = grid.homes()[0]["key"]
            grid.remove(key)
            rows, _ = await run(mls, grid.account(), MlsQuery(since=clock.time))
            assert removed(rows) == {key}
            keys = await all_keys(mls, grid.account())
        assert len(keys) == HOMES - 1

    async def test_the_system_must_be_named(self, mls: Mls, clock: Clock, tmp_path: Path) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as grid:
            for given in (None, "", "  ", 7):
                with pytest.raises(ActionRequired, match="originatingSystemName"):
                    await mls.check(grid.account(originatingSystemName=given))
            assert grid.asked() == []


class TestKeys:
    async def test_tombstones_are_left_out(self, mls: Mls, server: Scripted) -> None:
        rows = [
            {"ListingKey": "K1", "StandardStatus": "Active"},
            {"ListingKey": "K2", "StandardStatus": "Delete"},
            {"ListingKey": "K3", "MlgCanView": False},
            {"ListingId": "N4", "StandardStatus": "Closed"},
            "no row",
        ]
        server.answer = lambda request: body() if "$skip" in request.query_params else body(*rows)
        assert await all_keys(mls, server.source()) == ["K1", "N4"]
        assert server.asked[0].query_params["$select"] == "ListingKey,ListingId,StandardStatus"

    async def test_a_server_that_refuses_a_selection_is_asked_without(
        self, mls: Mls, server: Scripted
    ) -> None:
        def refusing(request: Request) -> Response:
            if "$select" in request.query_params:
                return error(400, "400", "no $select")
            return body(*homes(1, 2)) if "$skip" not in request.query_params else body()

        server.answer = refusing
        assert await all_keys(mls, server.source()) == ["K1", "K2"]

    async def test_rows_without_keys_are_no_sweep(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: body({"ListPrice": 1})
        with pytest.raises(Rejected, match="without a ListingKey"):
            await mls.keys(server.source(), None)

    async def test_a_page_that_fails_fails_the_sweep(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda request: (
            raw("", 500) if "2" in request.query_params else body(*homes(1), next="?2=")
        )
        first = await mls.keys(server.source(), None)
        with pytest.raises(Unavailable):
            await mls.keys(server.source(), first.position)

    async def test_a_short_page_is_not_the_end_of_a_sweep_at_any_vendor(
        self, mls: Mls, server: Scripted
    ) -> None:
        """A server that forgets its links must not make homes disappear."""

        def forgetful(request: Request) -> Response:
            skip = int(request.query_params.get("$skip", "0"))
            return body(*homes(*range(1, 8))[skip : skip + 3])

        server.answer = forgetful
        for vendor in ("generic", "spark", "utah-real-estate"):
            found = await all_keys(mls, replace(server.source(), vendor=vendor))
            assert found == [f"K{number}" for number in range(1, 8)]

    async def test_trestle_gives_all_keys_at_once(self, mls: Mls, clock: Clock, tmp_path: Path) -> None:
        with vendor_of("trestle", tmp_path, clock, page_max=10) as trestle:
            assert len(await all_keys(mls, trestle.account())) == HOMES
            assert trestle.asked()[0].startswith("$select=ListingKey&")
            assert "$top=300000" in trestle.asked()[0]
