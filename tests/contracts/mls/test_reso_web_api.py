"""What is the RESO Web API's own: paging with and without nextLink, addresses it goes to."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from domain.entities.mls import MlsQuery, MlsRecord
from domain.errors import ActionRequired, Rejected
from domain.ports import Mls
from tests.contracts.mls.cases import HOMES, ResoSandbox, keys, pages, reso_sandbox
from tests.contracts.mls.scripted import Answer, Scripted, body, homes, raw, scripted

pytestmark = pytest.mark.parametrize("running", ["reso-web-api"], indirect=True)


def linking(link: str) -> Answer:
    """Answers with a home and the link."""
    return lambda _request: body(*homes(1), next=link)


class TestRequests:
    async def test_the_first_page_is_asked_for_as_the_standard_says(
        self, mls: Mls, sandbox: ResoSandbox
    ) -> None:
        since = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
        await mls.fetch(sandbox.source(), MlsQuery(since=since), None)
        [asked] = sandbox.log("odata")
        assert asked["query"] == (
            "$filter=(ModificationTimestamp%20ge%202026-01-02T03:04:05.678Z%20or%20"
            "PhotosChangeTimestamp%20ge%202026-01-02T03:04:05.678Z)"
            "&$orderby=ListingKey&$expand=Media&$count=true"
        )
        assert asked["headers"]["prefer"] == "odata.maxpagesize=200"
        assert asked["headers"]["accept"] == "application/json"

    async def test_a_full_import_filters_nothing(self, mls: Mls, sandbox: ResoSandbox) -> None:
        await mls.fetch(sandbox.source(page_size=33), MlsQuery(), None)
        [asked] = sandbox.log("odata")
        assert "$filter" not in asked["query"]
        assert asked["headers"]["prefer"] == "odata.maxpagesize=33"

    async def test_many_keys_are_asked_for_in_short_filters(self, mls: Mls, sandbox: ResoSandbox) -> None:
        await keys(mls, sandbox.source(), MlsQuery(keys=tuple(f"{n:036}" for n in range(50))))
        asked = sandbox.log("odata")
        assert len(asked) == 3
        assert all(len(entry["query"]) < 2048 for entry in asked)

    async def test_quotes_in_keys_are_doubled(self, mls: Mls, server: Scripted) -> None:
        await mls.fetch(server.source(), MlsQuery(keys=("o'k",), numbers=None), None)
        assert server.asked[0].query_params["$filter"] == "(ListingKey eq 'o''k')"

    async def test_all_keys_found_need_no_further_request(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: body(*homes(1, 2))
        page = await mls.fetch(server.source(), MlsQuery(keys=("K1", "K2")), None)
        assert page.position is None

    @pytest.mark.parametrize("size", [0, -1, 5001, "many", 2.5, [3]])
    async def test_an_impossible_page_size_needs_the_user(
        self, mls: Mls, server: Scripted, size: Any
    ) -> None:
        with pytest.raises(ActionRequired, match="pageSize"):
            await mls.check(server.source(pageSize=size))

    @pytest.mark.parametrize("currency", ["dollars", 7, "€€€"])
    async def test_so_does_an_impossible_currency(self, mls: Mls, server: Scripted, currency: Any) -> None:
        with pytest.raises(ActionRequired, match="currency"):
            await mls.check(server.source(currency=currency))

    async def test_prices_are_in_the_currency_of_the_connection(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: body({"ListingKey": "K1", "ListPrice": 5})
        page = await mls.fetch(server.source(currency="cad"), MlsQuery(keys=("K1",)), None)
        assert isinstance(page.rows[0], MlsRecord)
        assert page.rows[0].facts.currency == "CAD"


class TestPaging:
    @pytest.mark.parametrize("kind", ["skiptoken", "none"])
    @pytest.mark.parametrize("page_size", [1, 13, 500])
    async def test_every_home_comes_once(self, mls: Mls, tmp_path: Path, kind: str, page_size: int) -> None:
        with reso_sandbox(tmp_path, next_link=kind, page_max=50) as sandbox:
            found = await keys(mls, sandbox.source(page_size=page_size))
            wanted = {home["key"] for home in sandbox.homes()}
        assert len(found) == HOMES
        assert set(found) == wanted

    async def test_rows_served_count_not_rows_asked_for(self, mls: Mls, server: Scripted) -> None:
        """A server without nextLink that serves short pages, and a wrong count."""

        def short(request: Request) -> Response:
            skip = int(request.query_params.get("$skip", "0"))
            numbers = range(1, 12)[skip : skip + (2 if skip % 4 else 3)]
            return body(*homes(*numbers), count=3)

        server.answer = short
        assert await keys(mls, server.source(pageSize=5)) == [f"K{number}" for number in range(1, 12)]

    async def test_next_links_are_followed_as_they_are(self, mls: Mls, server: Scripted) -> None:
        links = iter(["?$skiptoken=a%2Bb%27c", "/other/Rows?x=1&y=%20", f"{server.base_url}/odata/P;v=1?q"])
        server.answer = lambda request: body(*homes(len(server.asked)), next=next(links, None))
        assert await keys(mls, server.source()) == ["K1", "K2", "K3", "K4"]
        assert [f"{request.url.path}?{request.url.query}" for request in server.asked[1:]] == [
            "/odata/Property?$skiptoken=a%2Bb%27c",
            "/other/Rows?x=1&y=%20",
            "/odata/P;v=1?q",
        ]

    async def test_an_empty_page_with_a_next_link_is_not_the_end(self, mls: Mls, server: Scripted) -> None:
        answers = iter([body(next="?2"), body(next="?3"), body(*homes(1))])
        server.answer = lambda _request: next(answers)
        assert await keys(mls, server.source()) == ["K1"]

    @pytest.mark.parametrize("length", [1, 2, 3, 7])
    async def test_a_loop_of_next_links_ends(self, mls: Mls, server: Scripted, length: int) -> None:
        server.answer = lambda _request: body(*homes(1), next=f"?{len(server.asked) % length}")
        with pytest.raises(Rejected):
            await pages(mls, server.source())
        assert len(server.asked) < 40

    async def test_so_does_a_server_that_ignores_skip(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: body(*homes(1, 2))
        with pytest.raises(Rejected, match="again and again"):
            await pages(mls, server.source())

    async def test_so_do_empty_pages_without_end(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: body(next=f"?{len(server.asked)}")
        with pytest.raises(Rejected, match="end"):
            await pages(mls, server.source())

    async def test_the_token_stays_at_home(self, mls: Mls, server: Scripted) -> None:
        with scripted() as canary:
            for link in (
                f"{canary.base_url}/odata/Property?x=1",
                canary.base_url.replace("http:", "") + "/odata",
                server.base_url.replace("http:", "https:"),
                server.base_url.replace("127.0.0.1", "localhost"),
                server.base_url.replace("//", "//user@"),
                "file:///etc/passwd",
                "http://[x",
            ):
                server.answer = linking(link)
                with pytest.raises(Rejected):
                    await mls.fetch(server.source(), MlsQuery(), None)
                assert canary.asked == []

    async def test_a_position_cannot_lead_away_either(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: body(*homes(1), next="?2")
        position = (await mls.fetch(server.source(), MlsQuery(), None)).position
        assert position is not None
        with scripted() as canary, pytest.raises(Rejected):
            await mls.fetch(canary.source(), MlsQuery(), position)
        assert canary.asked == []

    async def test_a_redirect_is_told_and_not_followed(self, mls: Mls, server: Scripted) -> None:
        with scripted() as canary:
            server.answer = lambda _request: raw("", 302, Location=f"{canary.base_url}/odata?secret=1")
            with pytest.raises(Rejected, match=f"{canary.base_url}/odata") as caught:
                await mls.check(server.source())
        assert canary.asked == []
        assert "secret" not in caught.value.message
