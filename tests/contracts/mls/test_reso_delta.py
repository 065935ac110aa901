"""The hazards of reading only what changed, and of paging through rows that change meanwhile."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from domain.entities.mls import MlsQuery
from domain.errors import Rejected
from domain.ports import Mls
from tests.contracts.mls.cases import HOMES, Clock, reso_sandbox
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.scripted import Scripted, body, homes, scripted
from tests.contracts.mls.vendors import all_keys, reso_web_api, run, vendor_of

SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def mls(clock: Clock, tmp_path: Path) -> AsyncIterator[Mls]:
    async with reso_web_api(clock, ClockBudgets(clock), tmp_path / "files") as protocol:
        yield protocol


class TestStamps:
    @pytest.mark.parametrize("kind", ["skip", "skiptoken", "none"])
    async def test_rows_that_share_a_millisecond_over_the_edge_of_a_page(
        self, mls: Mls, tmp_path: Path, kind: str
    ) -> None:
        with reso_sandbox(tmp_path, next_link=kind) as sandbox:
            for home in sandbox.homes():
                sandbox.change(home["key"], ModificationTimestamp="2026-01-01T12:00:00.000Z")
            rows, _ = await run(mls, sandbox.source(page_size=7), MlsQuery(since=SINCE))
        assert len(rows) == len({row.key for row in rows}) == HOMES

    async def test_the_moment_itself_is_within_the_delta(self, mls: Mls, tmp_path: Path) -> None:
        with reso_sandbox(tmp_path) as sandbox:
            key = sandbox.homes()[0]["key"]
            for at in ("2030-01-01T12:00:00.000Z", "2030-01-01T11:59:59.999Z"):
                sandbox.change(key, ModificationTimestamp=at, PhotosChangeTimestamp=at)
                rows, _ = await run(
                    mls, sandbox.source(), MlsQuery(since=datetime(2030, 1, 1, 12, tzinfo=UTC))
                )
                assert [row.key for row in rows] == ([key] if at.startswith("2030-01-01T12") else [])

    async def test_a_clock_of_ours_that_is_wrong_changes_nothing_that_is_asked(
        self, mls: Mls, server: Scripted, clock: Clock
    ) -> None:
        """The moment of a delta is one of the MLS's own stamps: clock skew cannot lose a row."""
        for skew in (timedelta(days=-400), timedelta(0), timedelta(days=400)):
            clock.time = SINCE + skew
            await mls.fetch(server.source(), MlsQuery(since=SINCE), None)
        assert len({request.url.query for request in server.asked}) == 1
        assert "2026-01-01T12:00:00.000Z" in server.asked[0].url.query

    async def test_a_moment_of_another_zone_is_asked_for_in_utc(self, mls: Mls, server: Scripted) -> None:
        away = datetime.fromisoformat("2026-01-01T05:00:00.0005-07:00")
        await mls.fetch(server.source(), MlsQuery(since=away), None)
        assert "ge 2026-01-01T12:00:00.000Z" in server.asked[0].query_params["$filter"]


class TestMovingRows:
    @pytest.mark.parametrize("kind", ["skip", "skiptoken", "none"])
    async def test_a_row_that_is_touched_while_paging_takes_no_other_with_it(
        self, mls: Mls, tmp_path: Path, kind: str
    ) -> None:
        with reso_sandbox(tmp_path, next_link=kind) as sandbox:
            page = await mls.fetch(sandbox.source(page_size=7), MlsQuery(), None)
            found = {row.key for row in page.rows}
            while page.position is not None:
                for key in list(found)[:3]:
                    sandbox.change(str(key), PublicRemarks=f"Touched {len(found)} times")
                page = await mls.fetch(sandbox.source(page_size=7), MlsQuery(), page.position)
                found |= {row.key for row in page.rows}
            assert found == {home["key"] for home in sandbox.homes()}

    async def test_nor_at_mls_grid_which_orders_by_stamps(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as grid:
            page = await mls.fetch(grid.account(pageSize=7), MlsQuery(), None)
            found = [row.key for row in page.rows]
            touched = found[0]
            grid.change(str(touched), PublicRemarks="Touched")
            while page.position is not None:
                page = await mls.fetch(grid.account(pageSize=7), MlsQuery(), page.position)
                found += [row.key for row in page.rows]
            assert set(found) == {home["key"] for home in grid.homes()}
            assert found.count(touched) == 2, "it came again, with its change"

    async def test_duplicates_over_pages_come_as_they_are_and_end(self, mls: Mls, server: Scripted) -> None:
        """Writes are idempotent, so that a row that comes twice costs nothing but its way."""

        def overlapping(request: Request) -> Response:
            skip = int(request.query_params.get("$skip", "0"))
            return body(*(homes(*range(max(skip, 1), skip + 4)) if skip < 12 else []))

        server.answer = overlapping
        rows, _ = await run(mls, server.source(), MlsQuery())
        assert {row.key for row in rows} == {f"K{number}" for number in range(1, 15)}
        assert len(rows) > 14


class TestLinks:
    async def test_one_in_a_header_is_followed(self, mls: Mls, server: Scripted) -> None:
        """As Bridge's replication links to the next page."""

        def linked(request: Request) -> Response:
            answer = body(*homes(len(server.asked)))
            if len(server.asked) < 3:
                link = (
                    f'<{server.base_url}/odata/Property/replication?next=a%2B{len(server.asked)}>; rel="next"'
                )
                answer.headers["Link"] = f'<{server.base_url}/x>; rel="prev", {link}'
            return answer

        server.answer = linked
        rows, _ = await run(mls, replace(server.source(), vendor="bridge"), MlsQuery())
        assert [row.key for row in rows] == ["K1", "K2", "K3"]
        assert [request.url.path for request in server.asked] == ["/odata/Property/replication"] * 3
        assert server.asked[2].url.query == "next=a%2B2"

    async def test_one_in_a_header_that_leads_elsewhere_is_not_and_the_token_stays(
        self, mls: Mls, server: Scripted
    ) -> None:
        with scripted() as elsewhere:

            def away(_request: Request) -> Response:
                answer = body(*homes(1))
                answer.headers["Link"] = f"<{elsewhere.base_url}/odata>; rel=next"
                return answer

            server.answer = away
            with pytest.raises(Rejected, match="elsewhere"):
                await mls.fetch(server.source(), MlsQuery(), None)
            assert elsewhere.asked == []

    async def test_a_loop_ends_at_every_vendor(self, mls: Mls, server: Scripted) -> None:
        for vendor in ("bridge", "spark", "utah-real-estate"):
            server.answer = lambda _request: body(*homes(1), next=f"?{len(server.asked) % 3}")
            with pytest.raises(Rejected):
                await run(mls, replace(server.source(), vendor=vendor), MlsQuery())
            with pytest.raises(Rejected):
                await all_keys(mls, replace(server.source(), vendor=vendor))

    async def test_a_server_that_takes_top_for_a_total_loses_no_rows(
        self, mls: Mls, tmp_path: Path, clock: Clock
    ) -> None:
        """Bridge's version 3 does, as the standard has it."""
        with vendor_of("utah-real-estate", tmp_path, clock, top_is_page=False) as vendor:
            rows, _ = await run(mls, vendor.account(pageSize=7), MlsQuery())
        assert len({row.key for row in rows}) == HOMES


class TestBridge:
    async def test_an_import_of_everything_goes_by_replication(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("bridge", tmp_path, clock, skip_max=10) as bridge:
            rows, _ = await run(mls, bridge.account(pageSize=25), MlsQuery())
            assert len(rows) == HOMES
            assert len(await all_keys(mls, bridge.account(pageSize=25))) == HOMES
            assert bridge.statuses() == {200}
            assert not any("$skip=" in query or "$orderby" in query for query in bridge.asked())

    async def test_so_does_a_delta_of_more_than_ten_thousand_rows(self, mls: Mls, server: Scripted) -> None:
        def many(request: Request) -> Response:
            bulk = request.url.path.endswith("/replication")
            return body(*homes(3 if bulk else 1), next=None if bulk else "?$skip=200", count=10_001)

        server.answer = many
        rows, _ = await run(mls, replace(server.source(), vendor="bridge"), MlsQuery(since=SINCE))
        assert [row.key for row in rows] == ["K1", "K3"]
        assert [request.url.path for request in server.asked] == [
            "/odata/Property",
            "/odata/Property/replication",
        ]
        assert server.asked[1].query_params["$filter"] == server.asked[0].query_params["$filter"]

    async def test_and_one_of_fewer_does_not(self, mls: Mls, server: Scripted) -> None:
        answers: list[Any] = [body(*homes(1), next="?$skip=200", count=10_000), body(*homes(2))]
        server.answer = lambda _request: answers.pop(0)
        rows, _ = await run(mls, replace(server.source(), vendor="bridge"), MlsQuery(since=SINCE))
        assert [row.key for row in rows] == ["K1", "K2"]
