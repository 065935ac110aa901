"""What is SimplyRETS's own: its pages, what it shows unless asked, feeds that were not refreshed, single homes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from starlette.requests import Request
from starlette.responses import Response

from domain.entities.listing import Media
from domain.entities.mls import MlsPage, MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired, Rejected
from domain.ports import Mls
from sandbox.simplyrets.searches import STATUSES
from tests.contracts.mls.cases import HOMES, keys, pages, records
from tests.contracts.mls.scripted import Answer, Scripted, raw, scripted
from tests.contracts.mls.simplyrets_case import SimplyRetsSandbox, simplyrets_sandbox

pytestmark = pytest.mark.parametrize("running", ["simplyrets"], indirect=True)
FIVE = frozenset({"Active", "ActiveUnderContract", "Pending", "ComingSoon", "Closed"})


def source_of(server: Scripted, **settings: Any) -> MlsSource:
    credentials = MlsCredentials(username="key", password="hush")
    url = f"{server.base_url}/properties"
    source = replace(server.source(), url=url, vendor="simplyrets", settings=settings)
    return replace(source, credentials=credentials)


def listings(*ids: int | None) -> bytes:
    return ("[" + ",".join(f'{{"mlsId": {id or "null"}}}' for id in ids) + "]").encode()


def linking(link: str) -> Answer:
    """Answers with a home and the link."""
    return lambda _request: raw(listings(1), Link=f'<{link}>; rel="next"')


def by_last_id(count: int, size: int) -> Answer:
    """A server that answers by lastId, and links to nothing."""

    def answer(request: Request) -> Response:
        last = int(request.query_params["lastId"])
        return raw(listings(*range(last + 1, min(last + size, count) + 1)))

    return answer


async def all_keys(mls: Mls, source: MlsSource) -> list[str]:
    """By the port's `keys`."""
    found: list[str] = []
    position: str | None = None
    while True:
        page = await mls.keys(source, position)
        found += page.keys
        position = page.position
        if position is None:
            return found


class TestRequests:
    async def test_homes_of_every_type_and_status_are_asked_for(
        self, mls: Mls, sandbox: SimplyRetsSandbox
    ) -> None:
        await mls.fetch(sandbox.source(page_size=33), MlsQuery(), None)
        [asked] = sandbox.log()
        options = parse_qs(asked["query"])
        assert set(options["status"]) == STATUSES
        assert len(options["type"]) == 8
        assert (options["limit"], options["lastId"]) == (["33"], ["0"])
        assert "vendor" not in options
        assert "idx" not in options
        assert asked["authorization"] == "Basic"

    async def test_the_feed_and_the_display_rules_are_the_connection_s(
        self, mls: Mls, server: Scripted
    ) -> None:
        server.answer = lambda _request: raw(b"[]")
        await mls.check(source_of(server, vendor=" abcmls ", idx="listing"))
        options = dict(parse_qsl(server.asked[0].url.query))
        assert (options["vendor"], options["idx"]) == ("abcmls", "listing")

    @pytest.mark.parametrize(
        "settings", [{"idx": "everything"}, {"vendor": 7}, {"pageSize": 501}, {"currency": "dollars"}]
    )
    async def test_impossible_settings_need_the_user(
        self, mls: Mls, server: Scripted, settings: dict[str, Any]
    ) -> None:
        with pytest.raises(ActionRequired, match=f"setting {next(iter(settings))}"):
            await mls.check(source_of(server, **settings))
        assert server.asked == []

    async def test_an_account_with_several_feeds_has_to_name_one(self, mls: Mls, tmp_path: Path) -> None:
        with simplyrets_sandbox(tmp_path, vendors=("abc", "xyz")) as sandbox:
            sandbox.reset()
            with pytest.raises(Rejected, match="vendor is required"):
                await mls.check(sandbox.source())
            source = sandbox.source(vendor="xyz")
            assert len(await keys(mls, source)) == HOMES
            query = MlsQuery(keys=(sandbox.homes()[0]["key"],))
            assert await keys(mls, source, query) == [sandbox.homes()[0]["key"]]

    async def test_homes_that_may_not_be_shown_are_left_out_unless_the_user_says_otherwise(
        self, mls: Mls, sandbox: SimplyRetsSandbox
    ) -> None:
        hidden = sandbox.homes()[5]["key"]
        sandbox.change(hidden, InternetAddressDisplayYN=False)
        assert hidden not in await keys(mls, sandbox.source())
        assert hidden in await keys(mls, sandbox.source(idx="listing"))


class TestStatuses:
    @pytest.fixture
    def narrow(self, tmp_path: Path) -> Iterator[SimplyRetsSandbox]:
        """A feed that refuses to be asked for homes off the market."""
        with simplyrets_sandbox(tmp_path, statuses=FIVE) as sandbox:
            sandbox.reset()
            yield sandbox

    async def test_a_feed_that_refuses_some_is_asked_for_the_others(
        self, mls: Mls, narrow: SimplyRetsSandbox
    ) -> None:
        known = sorted(home["key"] for home in narrow.homes() if home["status"] in FIVE)
        assert 0 < len(known) < HOMES
        assert await keys(mls, narrow.source(page_size=7)) == known
        refused = [entry for entry in narrow.log() if entry["status"] == 400]
        assert len(refused) == 1
        assert await all_keys(mls, narrow.source()) == known

    async def test_so_are_numbers(self, mls: Mls, narrow: SimplyRetsSandbox) -> None:
        home = next(home for home in narrow.homes() if home["status"] == "Pending")
        assert await keys(mls, narrow.source(), MlsQuery(numbers=(home["number"],))) == [home["key"]]


class TestPaging:
    @pytest.mark.parametrize("page_size", [1, 7, 59, 60, 61, 500])
    async def test_keys_are_all_keys(self, mls: Mls, sandbox: SimplyRetsSandbox, page_size: int) -> None:
        sandbox.change(sandbox.homes()[3]["key"], StandardStatus="Delete")
        wanted = sorted(home["key"] for home in sandbox.homes() if home["status"] != "Delete")
        assert await all_keys(mls, sandbox.source(page_size=page_size)) == wanted

    @pytest.mark.parametrize("size", [1, 4, 5, 11])
    async def test_a_server_without_links_is_paged_by_the_last_id(
        self, mls: Mls, server: Scripted, size: int
    ) -> None:
        server.answer = by_last_id(11, size)
        assert await keys(mls, source_of(server)) == [str(id) for id in range(1, 12)]

    async def test_links_are_followed_as_they_are(self, mls: Mls, server: Scripted) -> None:
        links = iter(
            [
                '</properties?cursor=a%2Bb>; rel="next"',
                "<?x=1>; rel=prev, <?x=2>; rel=next",
                '<?x=1>; rel="prev"',
            ]
        )
        server.answer = lambda request: raw(listings(len(server.asked)), Link=next(links))
        assert await keys(mls, source_of(server)) == ["1", "2", "3"]
        assert [request.url.query for request in server.asked[1:]] == ["cursor=a%2Bb", "x=2"]

    @pytest.mark.parametrize("length", [1, 2, 5])
    async def test_a_loop_of_links_ends(self, mls: Mls, server: Scripted, length: int) -> None:
        server.answer = lambda request: raw(
            listings(len(server.asked) % length + 1), Link=f'<?{len(server.asked)}>; rel="next"'
        )
        with pytest.raises(Rejected, match="loop"):
            await pages(mls, source_of(server))
        assert len(server.asked) < 10

    async def test_so_does_a_server_that_ignores_the_last_id(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: raw(listings(1, 2))
        with pytest.raises(Rejected, match="loop"):
            await pages(mls, source_of(server))

    async def test_the_credentials_stay_at_home(self, mls: Mls, server: Scripted) -> None:
        with scripted() as canary:
            for link in (
                f"{canary.base_url}/properties",
                canary.base_url.replace("http:", ""),
                server.base_url.replace("127.0.0.1", "localhost"),
                server.base_url.replace("//", "//user@"),
                "http://[x",
            ):
                server.answer = linking(link)
                with pytest.raises(Rejected):
                    await mls.fetch(source_of(server), MlsQuery(), None)
            assert canary.asked == []

    async def test_a_position_cannot_lead_away_either(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: raw(listings(1), Link='<?2>; rel="next"')
        position = (await mls.fetch(source_of(server), MlsQuery(), None)).position
        with scripted() as canary, pytest.raises(Rejected):
            await mls.fetch(source_of(canary), MlsQuery(), position)
        assert canary.asked == []

    async def test_a_home_without_an_id_takes_no_other_with_it(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda request: raw(listings(None, 4) if len(server.asked) == 1 else b"[]")
        page = await mls.fetch(source_of(server), MlsQuery(), None)
        assert [getattr(row, "code", row.key) for row in page.rows] == ["NO_KEY", "4"]


class TestRefreshes:
    async def first(self, mls: Mls, sandbox: SimplyRetsSandbox) -> MlsPage:
        """The last page of a whole import; its cursors are to be kept."""
        return (await pages(mls, sandbox.source(page_size=25)))[-1]

    async def test_a_feed_that_was_not_refreshed_costs_one_small_request(
        self, mls: Mls, sandbox: SimplyRetsSandbox
    ) -> None:
        cursors = (await self.first(mls, sandbox)).cursors
        before = sandbox.requests()
        [page] = await pages(mls, sandbox.source(), MlsQuery(cursors=cursors))
        assert (page.rows, page.cursors) == ((), cursors)
        assert sandbox.requests() == before + 1
        assert parse_qs(sandbox.log()[-1]["query"])["limit"] == ["1"]

    async def test_unless_all_is_wanted_anew(self, mls: Mls, sandbox: SimplyRetsSandbox) -> None:
        cursors = (await self.first(mls, sandbox)).cursors
        found = await pages(mls, sandbox.source(), MlsQuery(cursors=cursors, anew=True))
        assert sum(len(page.rows) for page in found) == HOMES
        assert found[-1].cursors == cursors

    async def test_one_that_was_is_read_whole(self, mls: Mls, sandbox: SimplyRetsSandbox) -> None:
        cursors = (await self.first(mls, sandbox)).cursors
        key = sandbox.homes()[7]["key"]
        sandbox.change(key, photos={"add": 1}, **{"$touch": False})
        found = await pages(mls, sandbox.source(), MlsQuery(cursors=cursors))
        assert sum(len(page.rows) for page in found) == HOMES
        assert found[-1].cursors != cursors
        again = await pages(mls, sandbox.source(), MlsQuery(cursors=found[-1].cursors))
        assert [page.rows for page in again] == [()]

    async def test_a_refresh_while_it_is_read_is_not_taken_for_known(
        self, mls: Mls, sandbox: SimplyRetsSandbox
    ) -> None:
        source = sandbox.source(page_size=25)
        page = await mls.fetch(source, MlsQuery(), None)
        sandbox.change(sandbox.homes()[0]["key"], ListPrice=7)
        while page.position is not None:
            page = await mls.fetch(source, MlsQuery(), page.position)
        found = await records(mls, source, MlsQuery(cursors=page.cursors))
        assert [str(row.facts.price) for row in found if row.key == sandbox.homes()[0]["key"]] == ["7.00"]

    async def test_a_server_that_does_not_tell_is_always_read(self, mls: Mls, server: Scripted) -> None:
        server.answer = by_last_id(3, 5)
        page = await mls.fetch(source_of(server), MlsQuery(), None)
        assert page.cursors == {}
        assert len(await keys(mls, source_of(server), MlsQuery(cursors={"lastUpdate": "before"}))) == 3


class TestNamed:
    async def test_a_few_homes_are_asked_for_one_by_one(self, mls: Mls, sandbox: SimplyRetsSandbox) -> None:
        wanted = sorted(home["key"] for home in sandbox.homes())[:3]
        assert await keys(mls, sandbox.source(), MlsQuery(keys=tuple(wanted))) == wanted
        assert [entry["path"] for entry in sandbox.log()] == [f"/properties/{key}" for key in wanted]

    async def test_for_many_the_feed_is_read(self, mls: Mls, sandbox: SimplyRetsSandbox) -> None:
        wanted = sorted(home["key"] for home in sandbox.homes())[:30]
        assert await keys(mls, sandbox.source(), MlsQuery(keys=tuple(wanted))) == wanted
        assert {entry["path"] for entry in sandbox.log()} == {"/properties"}

    async def test_a_number_is_none_that_merely_has_it(self, mls: Mls, sandbox: SimplyRetsSandbox) -> None:
        home = sandbox.homes()[0]
        part = str(home["number"])[:-1]
        assert await keys(mls, sandbox.source(), MlsQuery(numbers=(part,))) == []


class TestAnswers:
    async def test_errors_are_told_in_its_own_words_without_the_secret(
        self, mls: Mls, server: Scripted
    ) -> None:
        server.answer = lambda _request: raw(b'{"error": 400, "message": "offset too high for hush"}', 400)
        with pytest.raises(Rejected, match="offset too high for …"):
            await mls.check(source_of(server))

    @pytest.mark.parametrize("body", [b'"text"', b"7", b"null", b'{"value": 7}', b'{"listings": []}'])
    async def test_other_json_is_rejected(self, mls: Mls, server: Scripted, body: bytes) -> None:
        server.answer = lambda _request: raw(body)
        if body.startswith(b"{"):
            # An object is taken for a single listing, and this one has no number.
            page = await mls.fetch(source_of(server), MlsQuery(), None)
            assert [row.key for row in page.rows] == [None]
        else:
            with pytest.raises(Rejected):
                await mls.fetch(source_of(server), MlsQuery(), None)

    async def test_one_bad_value_is_not_a_bad_page(self, mls: Mls, server: Scripted) -> None:
        text = b'\xef\xbb\xbf[{"mlsId": 1, "listPrice": NaN, "remarks": "a\\ud800\xffb"}, 7, {"mlsId": 2}]'
        server.answer = lambda request: raw(text if len(server.asked) == 1 else b"[]")
        first, junk, last = (await mls.fetch(source_of(server), MlsQuery(), None)).rows
        assert isinstance(first, MlsRecord)
        assert (first.facts.price, first.facts.description) == (None, "a\ufffdb")
        assert (junk.key, last.key) == (None, "2")

    async def test_photos_are_fetched_without_the_credentials(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: raw(b"jpeg", kind="image/jpeg")
        photo = Media(key="P", url=f"{server.base_url}/p.jpg")
        assert await mls.photo(source_of(server), photo) == b"jpeg"
        assert server.authorizations == [None]


class TestSample:
    async def test_it_shows_what_is_read_from_where(self, mls: Mls, sandbox: SimplyRetsSandbox) -> None:
        sample = await mls.sample(sandbox.source())
        assert isinstance(sample.row, MlsRecord)
        assert sample.raw is not None
        assert str(sample.raw["mlsId"]) == sample.row.key
        assert "property.area" in {field.name for field in sample.fields}
        read = {
            ours: sample.sources[ours]
            for ours in ("price", "squareFeet", "status", "photos", "address.street")
        }
        assert read == {
            "price": "listPrice",
            "squareFeet": "property.area",
            "status": "mls.status",
            "photos": "photos",
            "address.street": "address.full",
        }

    async def test_a_field_map_reaches_into_it(self, mls: Mls, sandbox: SimplyRetsSandbox) -> None:
        source = sandbox.source(fieldMap={"mls.daysOnMarket": "bedrooms"})
        key = sandbox.homes()[0]["key"]
        sandbox.change(key, DaysOnMarket=9)
        [record] = await records(mls, source, MlsQuery(keys=(key,)))
        assert record.facts.bedrooms == 9

    async def test_a_feed_without_a_home_has_no_sample(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: raw(b"[]")
        sample = await mls.sample(source_of(server))
        assert (sample.raw, sample.row, sample.fields) == (None, None, ())
