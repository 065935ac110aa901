"""How accounts keep within the limits of their vendors, and what happens when they do not."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from adapters.mls.reso_vendors import BRIDGE, MLS_GRID, TRESTLE
from domain.entities.mls import MlsQuery
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired, Rejected, Unavailable
from domain.ports import Mls
from tests.contracts.mls.cases import HOMES, Clock
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.scripted import Scripted, body, error, homes, raw
from tests.contracts.mls.vendors import reso_web_api, run, vendor_of


@pytest.fixture
def budgets(clock: Clock) -> ClockBudgets:
    return ClockBudgets(clock)


@pytest.fixture
async def mls(clock: Clock, budgets: ClockBudgets, tmp_path: Path) -> AsyncIterator[Mls]:
    async with reso_web_api(clock, budgets, tmp_path / "files") as protocol:
        yield protocol


def account(server: Scripted, vendor: str) -> MlsSource:
    settings = {"originatingSystemName": "actris"} if vendor == "mls-grid" else {}
    return replace(server.source(), vendor=vendor, settings=settings)


class TestBudgets:
    async def test_two_requests_a_second_are_not_exceeded(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as vendor:
            await run(mls, vendor.account(pageSize=5), MlsQuery())
            assert vendor.statuses() == {200}
            assert len(vendor.asked()) == HOMES / 5
        assert len(clock.slept) == HOMES / 5 / 2 - 1
        # With a margin, because on its way a request may come nearer to the one before.
        assert all(1 < seconds <= 1.25 for seconds in clock.slept)

    async def test_a_used_up_hour_is_told_without_a_request(
        self, mls: Mls, server: Scripted, clock: Clock
    ) -> None:
        source = account(server, "utah-real-estate")
        for _ in range(120):
            await mls.check(source)
        with pytest.raises(Unavailable) as caught:
            await mls.check(source)
        assert caught.value.retry_after == 60
        assert len(server.asked) == 120
        assert clock.slept == []
        clock.time += timedelta(seconds=60)
        await mls.check(source)

    async def test_it_is_the_token_that_has_the_limit_and_not_the_connection(
        self, mls: Mls, server: Scripted
    ) -> None:
        source = account(server, "utah-real-estate")
        for _ in range(120):
            await mls.check(source)
        with pytest.raises(Unavailable):
            await mls.check(replace(source, connection_id="C2", settings={"pageSize": 7}))
        await mls.check(replace(source, credentials=MlsCredentials(token="another")))

    async def test_bytes_count_too(self, mls: Mls, server: Scripted, budgets: ClockBudgets) -> None:
        [bytes_an_hour] = [budget for budget in MLS_GRID.budgets if budget.unit == "bytes"]
        assert (bytes_an_hour.amount, bytes_an_hour.seconds) == (4_000_000_000, 3600)
        server.answer = lambda _request: body({"ListingKey": "K1", "PublicRemarks": "x" * 1_000_000})
        await mls.check(account(server, "mls-grid"))
        [used] = budgets.used.values()
        assert sum(amount for _, unit, amount in used if unit == "bytes") > 1_000_000

    def test_the_numbers_are_those_the_vendors_tell(self) -> None:
        assert {(budget.amount, budget.seconds) for budget in MLS_GRID.budgets} == {
            (2, 1.25),
            (7200, 3600),
            (40_000, 86_400),
            (4_000_000_000, 3600),
        }
        assert {(budget.amount, budget.seconds) for budget in TRESTLE.budgets} == {(180, 60), (7200, 3600)}
        assert {(budget.amount, budget.seconds) for budget in TRESTLE.photos.budgets} == {
            (480, 60),
            (18_000, 3600),
        }
        assert {(budget.amount, budget.seconds) for budget in BRIDGE.budgets} == {(334, 60), (5000, 3600)}


class TestPauses:
    """The clock of the tests begins at 2026-01-01T00:00:00Z, which is 1767225600 in seconds."""

    @pytest.mark.parametrize(
        ("vendor", "status", "headers", "seconds"),
        [
            ("trestle", 429, {"Minute-Quota-Available": "0", "Hour-Quota-Available": "7000.0"}, 60),
            ("trestle", 429, {"Hour-Quota-Available": "0.0", "Hour-Quota-ResetTime": "1767226200000"}, 600),
            ("trestle", 429, {"Hour-Quota-Limit": "7200.0", "Hour-Quota-ResetTime": "1767226200000"}, 600),
            ("trestle", 200, {"Hour-Quota-Available": "0", "Hour-Quota-ResetTime": "1767226200000"}, 600),
            ("trestle", 200, {"Hour-Quota-Available": "0", "Hour-Quota-ResetTime": "1"}, 1),
            ("trestle", 200, {"Hour-Quota-Available": "0", "Hour-Quota-ResetTime": "soon"}, 3600),
            ("trestle", 200, {"Hour-Quota-Available": "0", "Hour-Quota-ResetTime": "9" * 15}, 3600),
            ("trestle", 200, {"Hour-Quota-Available": "1", "Hour-Quota-ResetTime": "1767226200000"}, None),
            ("trestle", 429, {"Retry-After": "30", "Hour-Quota-ResetTime": "1767226200000"}, 30),
            (
                "bridge",
                429,
                {"Burst-RateLimit-Remaining": "0", "Burst-RateLimit-Reset": "2026-01-01T00:00:42Z"},
                42,
            ),
            (
                "bridge",
                429,
                {"Burst-RateLimit-Remaining": "0", "Burst-RateLimit-Reset": "2025-12-31T23:59:00.123Z"},
                60,
            ),
            ("bridge", 429, {"Application-RateLimit-Reset": "1767225900"}, 300),
            ("generic", 429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "17"}, 17),
            ("generic", 429, {}, None),
            ("spark", 503, {"Retry-After": "Thu, 01 Jan 2026 00:01:40 GMT"}, 100),
        ],
    )
    async def test_what_the_server_asks_for_is_kept_by_all_who_use_the_token(
        self,
        mls: Mls,
        server: Scripted,
        budgets: ClockBudgets,
        vendor: str,
        status: int,
        headers: dict[str, str],
        seconds: float | None,
    ) -> None:
        server.answer = token_or(lambda _request: told(status, headers))
        source = with_token(account(server, vendor))
        if status == 200:
            await mls.check(source)
        else:
            with pytest.raises(Unavailable):
                await mls.check(source)
        waits = [until - 1767225600 for until in budgets.paused.values()]
        assert waits == ([] if seconds is None else [seconds])

    async def test_a_long_pause_is_kept_without_a_request(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: raw("{}", 429, Retry_After="90")
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                await mls.check(account(server, "spark"))
            assert caught.value.retry_after == 90
        assert len(server.asked) == 1

    async def test_a_short_one_is_waited_for(self, mls: Mls, server: Scripted, clock: Clock) -> None:
        server.answer = lambda _request: told(200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4"})
        await mls.check(server.source())
        await mls.check(server.source())
        assert clock.slept == [4]


class TestSuspension:
    @pytest.mark.parametrize(
        "answer",
        [
            lambda: error(429, "429", "This access token has been suspended. Contact support."),
            lambda: error(403, "403", "Account suspension in effect"),
            lambda: raw("Your token was SUSPENDED", 429, "text/plain"),
            lambda: raw("<html>suspended", 403, "text/html"),
        ],
    )
    async def test_a_suspended_token_needs_the_user_and_is_not_tried_again(
        self, mls: Mls, server: Scripted, clock: Clock, answer: Callable[[], Response]
    ) -> None:
        server.answer = lambda _request: answer()
        with pytest.raises(ActionRequired, match="suspended"):
            await mls.check(account(server, "mls-grid"))
        assert len(server.asked) == 1
        assert clock.slept == []

    async def test_so_it_is_at_the_sandbox(self, mls: Mls, clock: Clock, tmp_path: Path) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as vendor:
            vendor.control.post("/tokens/suspend").raise_for_status()
            with pytest.raises(ActionRequired, match="suspended"):
                await mls.fetch(vendor.account(), MlsQuery(), None)
            assert len(vendor.asked()) == 1


class TestSparkCodes:
    @pytest.mark.parametrize("shape", ["odata", "spark"])
    @pytest.mark.parametrize(
        ("status", "code", "expected", "says"),
        [
            (401, "1020", ActionRequired, "expired"),
            (403, "1021", ActionRequired, "another host"),
            (429, "1550", Unavailable, "fewer requests"),
            (200, "1550", Unavailable, "fewer requests"),
            (200, "1035", Rejected, "told"),
        ],
    )
    async def test_each_code_has_its_error(
        self,
        mls: Mls,
        server: Scripted,
        shape: str,
        status: int,
        code: str,
        expected: type[Exception],
        says: str,
    ) -> None:
        spark = f'{{"D": {{"Success": false, "Code": {code}, "Message": "told so"}}}}'
        server.answer = lambda _request: (
            error(status, code, "told so") if shape == "odata" else raw(spark, status)
        )
        with pytest.raises(expected, match=says):
            await mls.check(account(server, "spark"))

    async def test_the_wrong_host_is_told_at_the_sandbox(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with (
            vendor_of("spark", tmp_path, clock, host="replication.sparkapi.com") as vendor,
            pytest.raises(ActionRequired, match="another host"),
        ):
            await mls.check(vendor.account())


def told(status: int, headers: dict[str, str]) -> Response:
    answer = body(*homes(1)) if status == 200 else raw("{}", status)
    answer.headers.update(headers)
    return answer


def with_token(source: MlsSource) -> MlsSource:
    """The account, with a token that the scripted server gives if it is a vendor's that exchanges tokens."""
    if source.vendor != "trestle":
        return source
    return replace(source, credentials=MlsCredentials(client_id="I", client_secret="S"))


def token_or(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """What the server answers to all but requests for tokens."""
    return lambda request: raw('{"access_token": "T"}') if request.method == "POST" else answer(request)
