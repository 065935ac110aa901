"""What every MLS protocol promises, against a sandbox that speaks it."""

import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.entities.mls import MlsDefect, MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired, Rejected, Unavailable, YardsignError
from domain.ports import Mls
from domain.rules.photos import GRACE_DAYS
from domain.rules.statuses import COMING_SOON_PUBLISHABLE, STATUS_MAP, UNPUBLISH_OFF_MARKET
from domain.rules.sweeps import GRACE_HOURS, SWEEP, SWEEP_LIMIT_PERCENT
from tests.contracts.mls.cases import (
    BEYOND,
    CASES,
    HOMES,
    Clock,
    Sandbox,
    keys,
    pages,
    protocol_of,
    records,
    rows,
)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def moment(home: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(home["modified"]))


async def failure_of(call: Callable[[], Awaitable[object]]) -> YardsignError:
    with pytest.raises(YardsignError) as caught:
        await call()
    return caught.value


def test_every_protocol_has_a_sandbox(protocols: dict[str, Mls]) -> None:
    assert protocols.keys() == {protocol_of(case) for case in CASES}


def test_every_form_has_what_any_connection_may_be_set_to(protocols: dict[str, Mls]) -> None:
    kinds = {
        "pageSize": "number",
        "currency": "text",
        "fieldMap": "json",
        STATUS_MAP: "json",
        COMING_SOON_PUBLISHABLE: "boolean",
        UNPUBLISH_OFF_MARKET: "boolean",
        SWEEP: "boolean",
        GRACE_HOURS: "number",
        GRACE_DAYS: "number",
        SWEEP_LIMIT_PERCENT: "number",
    }
    for vendor in (vendor for protocol in protocols.values() for vendor in protocol.vendors):
        asked = {field.name: field.kind for field in vendor.settings}
        assert kinds.items() <= asked.items(), vendor.name
        assert all(field.title and (field.help or field.kind != "json") for field in vendor.settings)


def test_what_is_left_out_is_a_test_and_has_a_reason() -> None:
    classes = (TestDescription, TestRows, TestQueries, TestAccess, TestFailures)
    for reasons in BEYOND.values():
        assert all(reasons.values())
        assert all(any(hasattr(one, name) for one in classes) for name in reasons)


class TestDescription:
    def test_it_says_what_to_ask_the_user_for(self, mls: Mls) -> None:
        assert mls.name
        assert mls.title
        assert mls.vendors
        for vendor in mls.vendors:
            names = [setting.name for setting in vendor.settings]
            assert len(names) == len(set(names))
            assert any(setting.secret for setting in vendor.settings)


class TestRows:
    @pytest.mark.parametrize("page_size", [1, 7, HOMES, 500])
    async def test_every_home_comes_once_whatever_the_page(
        self, mls: Mls, sandbox: Sandbox, page_size: int
    ) -> None:
        found = await keys(mls, sandbox.source(page_size=page_size))
        assert len(found) == HOMES
        assert set(found) == {home["key"] for home in sandbox.homes()}

    async def test_a_home_that_is_touched_while_paging_takes_no_other_with_it(
        self, mls: Mls, sandbox: Sandbox
    ) -> None:
        source = sandbox.source(page_size=7)
        page = await mls.fetch(source, MlsQuery(), None)
        found = [row.key for row in page.rows if row.key]
        for key in list(found):
            sandbox.change(key, PublicRemarks="Touched")
        while page.position is not None:
            page = await mls.fetch(source, MlsQuery(), page.position)
            found += [row.key for row in page.rows if row.key]
        assert set(found) == {home["key"] for home in sandbox.homes()}

    async def test_the_pages_tell_how_many_there_are(self, mls: Mls, sandbox: Sandbox) -> None:
        found = await pages(mls, sandbox.source(page_size=25))
        assert [page.total for page in found if page.rows] == [HOMES] * 3

    async def test_all_statuses_come(self, mls: Mls, sandbox: Sandbox) -> None:
        found = {row.key: row.facts.standard_status for row in await records(mls, sandbox.source())}
        assert found == {home["key"]: home["status"] for home in sandbox.homes()}
        assert {"Active", "Closed", "Incomplete", "Expired"} <= set(found.values())

    async def test_the_facts_are_those_of_the_home(self, mls: Mls, sandbox: Sandbox) -> None:
        home = sandbox.homes()[0]
        sandbox.change(home["key"], ListPrice=525000, City="Raleigh", BedroomsTotal=4, LivingArea=2100.5)
        [record] = await records(mls, sandbox.source(), MlsQuery(keys=(home["key"],)))
        facts = record.facts
        assert (facts.mls_number, str(facts.price), facts.address.city) == (
            home["number"],
            "525000.00",
            "Raleigh",
        )
        assert (facts.bedrooms, facts.square_feet) == (4, 2100.5)

    async def test_the_same_home_read_twice_is_equal(self, mls: Mls, sandbox: Sandbox) -> None:
        assert await records(mls, sandbox.source()) == await records(mls, sandbox.source(page_size=11))

    async def test_photos_come_in_order_with_web_addresses(self, mls: Mls, sandbox: Sandbox) -> None:
        for record in await records(mls, sandbox.source()):
            assert record.media
            assert [photo.order for photo in record.media] == sorted(photo.order for photo in record.media)
            assert len({photo.key for photo in record.media}) == len(record.media)
            assert all(photo.url.startswith("http://") for photo in record.media)

    async def test_a_deleted_home_is_marked(self, mls: Mls, sandbox: Sandbox) -> None:
        key = sandbox.homes()[3]["key"]
        sandbox.change(key, StandardStatus="Delete")
        assert [row.key for row in await records(mls, sandbox.source()) if row.deleted] == [key]

    async def test_a_dirty_row_harms_nobody(self, mls: Mls, sandbox: Sandbox) -> None:
        dirty, keyless, *_ = (home["key"] for home in sandbox.homes())
        sandbox.change(
            dirty, ListPrice="call us", BedroomsTotal=[1], CloseDate="TBD", PublicRemarks="\x00" * 9
        )
        fields = ["ListingKey", "ListingId"]
        sandbox.change(keyless, **{"$remove": fields})
        found = await rows(mls, sandbox.source())
        assert len(found) == HOMES
        [defect] = [row for row in found if isinstance(row, MlsDefect)]
        assert defect.code == "NO_KEY"
        [record] = [row for row in found if isinstance(row, MlsRecord) and row.key == dirty]
        assert (record.facts.price, record.facts.bedrooms, record.facts.close_date) == (None, None, None)
        assert len(record.warnings) == 3


class TestQueries:
    async def test_since_gives_what_changed_at_the_moment_or_later(self, mls: Mls, sandbox: Sandbox) -> None:
        homes = sorted(sandbox.homes(), key=moment)
        since = moment(homes[40])
        found = await keys(mls, sandbox.source(page_size=7), MlsQuery(since=since))
        assert set(found) == {home["key"] for home in homes if moment(home) >= since}
        later = moment(homes[-1]) + timedelta(milliseconds=1)
        assert await keys(mls, sandbox.source(), MlsQuery(since=later)) == []

    async def test_a_change_of_any_status_comes_with_the_next_delta(self, mls: Mls, sandbox: Sandbox) -> None:
        homes = sorted(sandbox.homes(), key=moment)
        key, since = homes[0]["key"], moment(homes[-1]) + timedelta(milliseconds=1)
        sandbox.change(key, StandardStatus="Closed")
        [record] = await records(mls, sandbox.source(), MlsQuery(since=since))
        assert (record.key, record.facts.standard_status) == (key, "Closed")

    async def test_so_do_new_photos_that_moved_no_other_stamp(self, mls: Mls, sandbox: Sandbox) -> None:
        homes = sorted(sandbox.homes(), key=moment)
        since = moment(homes[-1]) + timedelta(milliseconds=1)
        stamp = (since + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
        sandbox.change(homes[0]["key"], PhotosChangeTimestamp=stamp, **{"$touch": False})
        assert await keys(mls, sandbox.source(), MlsQuery(since=since)) == [homes[0]["key"]]

    @pytest.mark.parametrize("count", [1, 20, 45])
    async def test_keys_give_these_rows_only(self, mls: Mls, sandbox: Sandbox, count: int) -> None:
        wanted = [home["key"] for home in sandbox.homes()][:count]
        query = MlsQuery(keys=(*wanted, "no-such-key", "o'no' or 1 eq 1"))
        assert sorted(await keys(mls, sandbox.source(), query)) == sorted(wanted)

    async def test_a_key_given_twice_comes_once(self, mls: Mls, sandbox: Sandbox) -> None:
        wanted = [home["key"] for home in sandbox.homes()][:30]
        assert sorted(await keys(mls, sandbox.source(), MlsQuery(keys=(*wanted, *wanted)))) == sorted(wanted)

    async def test_numbers_give_these_rows_only(self, mls: Mls, sandbox: Sandbox) -> None:
        homes = sandbox.homes()[:25]
        query = MlsQuery(numbers=(*(home["number"] for home in homes), "no-such-number"))
        assert sorted(await keys(mls, sandbox.source(), query)) == sorted(home["key"] for home in homes)

    async def test_no_keys_are_no_rows_and_no_request(self, mls: Mls, sandbox: Sandbox) -> None:
        assert await keys(mls, sandbox.source(), MlsQuery(keys=())) == []
        assert sandbox.requests() == 0

    async def test_keys_and_since_together(self, mls: Mls, sandbox: Sandbox) -> None:
        homes = sorted(sandbox.homes(), key=moment)
        query = MlsQuery(keys=tuple(home["key"] for home in homes), since=moment(homes[-1]))
        assert set(await keys(mls, sandbox.source(), query)) == {
            home["key"] for home in homes if moment(home) == moment(homes[-1])
        }

    async def test_a_failed_page_is_asked_for_again_from_the_same_position(
        self, mls: Mls, sandbox: Sandbox
    ) -> None:
        source = sandbox.source(page_size=25)
        first = await mls.fetch(source, MlsQuery(), None)
        sandbox.fail("status", status=503, times=3)
        assert isinstance(
            await failure_of(lambda: mls.fetch(source, MlsQuery(), first.position)), Unavailable
        )
        found, position = list(first.rows), first.position
        while position is not None:
            page = await mls.fetch(source, MlsQuery(), position)
            found, position = found + list(page.rows), page.position
        assert len({row.key for row in found}) == HOMES

    async def test_a_position_that_is_none_is_rejected(self, mls: Mls, sandbox: Sandbox) -> None:
        for position in (
            "",
            "nonsense",
            "{}[",
            '{"chunk":-1}',
            '{"shape":99}',
            '{"next":7}',
            '{"other":1}',
            "3",
        ):
            with pytest.raises(Rejected):
                await mls.fetch(sandbox.source(), MlsQuery(), position)


class TestAccess:
    async def test_a_good_account_passes(self, mls: Mls, sandbox: Sandbox) -> None:
        await mls.check(sandbox.source())

    async def test_so_does_an_mls_without_a_row(self, mls: Mls, sandbox: Sandbox) -> None:
        for home in sandbox.homes():
            sandbox.remove(home["key"])
        await mls.check(sandbox.source())
        assert await keys(mls, sandbox.source()) == []

    async def test_unknown_credentials_need_the_user(self, mls: Mls, sandbox: Sandbox) -> None:
        stranger = sandbox.stranger()
        assert isinstance(await failure_of(lambda: mls.check(stranger)), ActionRequired)
        assert isinstance(await failure_of(lambda: mls.fetch(stranger, MlsQuery(), None)), ActionRequired)
        assert sandbox.requests() == 2, "refused credentials were tried again"

    async def test_so_do_none_at_all(self, mls: Mls, sandbox: Sandbox) -> None:
        nobody = replace(sandbox.source(), credentials=MlsCredentials())
        failure = await failure_of(lambda: mls.check(nobody))
        assert isinstance(failure, ActionRequired)
        assert "needs" in failure.message

    async def test_an_address_with_nothing_behind_it_is_rejected(self, mls: Mls, sandbox: Sandbox) -> None:
        source = sandbox.source()
        for url in (f"{source.url}/elsewhere", "nonsense", "ftp://mls.example", "http://", "http://[x"):
            with pytest.raises(Rejected):
                await mls.check(replace(source, url=url))

    async def test_nobody_listening_is_unavailable(self, mls: Mls, sandbox: Sandbox) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/odata"
            failure = await failure_of(lambda: mls.check(replace(sandbox.source(), url=url)))
        assert isinstance(failure, Unavailable)


FAULTS = [
    ("status", {"status": 400}, Rejected),
    ("status", {"status": 401}, ActionRequired),
    ("status", {"status": 403}, ActionRequired),
    ("status", {"status": 404}, Rejected),
    ("status", {"status": 408}, Unavailable),
    ("status", {"status": 429}, Unavailable),
    ("status", {"status": 500}, Unavailable),
    ("status", {"status": 503}, Unavailable),
    ("timeout", {"seconds": 0}, Unavailable),
    ("truncate", {}, Unavailable),
    ("garbage", {}, Unavailable),
    ("reset", {}, Unavailable),
    ("html", {}, Rejected),
    ("error200", {}, Unavailable),
]


class TestFailures:
    @pytest.mark.parametrize(("kind", "more", "expected"), FAULTS)
    async def test_each_is_one_of_the_four_errors_and_shows_no_secret(
        self, mls: Mls, sandbox: Sandbox, kind: str, more: dict[str, int], expected: type[YardsignError]
    ) -> None:
        sandbox.fail(kind, times=None, **more)
        source = sandbox.source()
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: mls.check(source),
            lambda: mls.fetch(source, MlsQuery(), None),
        ]
        for call in calls:
            failure = await failure_of(call)
            assert isinstance(failure, expected)
            told = "".join(map(str, _chain(failure)))
            assert not any(secret in told for secret in sandbox.secrets)
            assert "?" not in failure.message.replace("address right?", "")

    @pytest.mark.parametrize(
        ("kind", "more", "expected"), [fault for fault in FAULTS if fault[2] is Unavailable]
    )
    async def test_what_passes_is_tried_again_within_the_call(
        self,
        mls: Mls,
        sandbox: Sandbox,
        clock: Clock,
        kind: str,
        more: dict[str, int],
        expected: type[YardsignError],
    ) -> None:
        sandbox.fail(kind, times=2, **more)
        assert len(await keys(mls, sandbox.source())) == HOMES
        assert clock.slept == [1.5, 2.5]

    async def test_three_attempts_are_all(self, mls: Mls, sandbox: Sandbox, clock: Clock) -> None:
        sandbox.fail("status", status=500, times=None)
        assert isinstance(await failure_of(lambda: mls.check(sandbox.source())), Unavailable)
        assert sandbox.requests() == 3
        assert len(clock.slept) == 2

    async def test_what_will_be_refused_again_is_not_tried_again(
        self, mls: Mls, sandbox: Sandbox, clock: Clock
    ) -> None:
        sandbox.fail("status", status=404, times=None)
        assert isinstance(await failure_of(lambda: mls.check(sandbox.source())), Rejected)
        assert sandbox.requests() == 1
        assert clock.slept == []

    async def test_a_short_pause_that_the_mls_asks_for_is_kept(
        self, mls: Mls, sandbox: Sandbox, clock: Clock
    ) -> None:
        sandbox.fail("status", status=429, retry_after=7)
        await mls.check(sandbox.source())
        assert clock.slept == [7]

    async def test_a_long_one_is_handed_on_at_once(self, mls: Mls, sandbox: Sandbox, clock: Clock) -> None:
        for asked, told in ((60, 60), (10**9, 3600)):
            sandbox.fail("status", status=429, retry_after=asked)
            failure = await failure_of(lambda: mls.check(sandbox.source()))
            assert isinstance(failure, Unavailable)
            assert failure.retry_after == told
            # Until then nobody would be let through to be told the next.
            clock.time += timedelta(seconds=told)
        assert clock.slept == []


def _chain(failure: BaseException | None) -> list[BaseException]:
    """The error with all that led to it, as a log would show it."""
    found: list[BaseException] = []
    while failure is not None:
        found.append(failure)
        failure = failure.__cause__ or failure.__context__
    return found


def test_credentials_show_nothing_when_printed() -> None:
    source = MlsSource(
        connection_id="C", url="u", vendor="v", settings={}, credentials=MlsCredentials(token="hush")
    )
    assert "hush" not in repr(source)
