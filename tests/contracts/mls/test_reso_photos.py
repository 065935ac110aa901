"""Photos: with their rows, apart from them, and their bytes by the vendors' rules."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from adapters.mls.reso_vendors import MLS_GRID
from domain.entities.listing import Media
from domain.entities.mls import MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired, Rejected, Unavailable
from domain.ports import Mls
from sandbox.mls.reso import TOKEN
from tests.contracts.mls.cases import HOMES, Clock, reso_sandbox
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.scripted import Scripted, body, error, homes, raw, scripted
from tests.contracts.mls.vendors import reso_web_api, run, vendor_of


@pytest.fixture
def budgets(clock: Clock) -> ClockBudgets:
    return ClockBudgets(clock)


@pytest.fixture
async def mls(clock: Clock, budgets: ClockBudgets, tmp_path: Path) -> AsyncIterator[Mls]:
    async with reso_web_api(clock, budgets, tmp_path / "files") as protocol:
        yield protocol


def media(key: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "MediaKey": f"{key}-{number}",
        "ResourceRecordKey": key,
        "MediaCategory": "Photo",
        "Order": number,
        "MediaURL": f"https://photos.example/{key}/{number}.jpg",
        **more,
    }


def apart(*photos: dict[str, Any], page: int = 3) -> Any:
    """A server of Core 2.0: no `$expand`, no nextLink, and Media in pages of so many."""

    def answer(request: Request) -> Response:
        skip = int(request.query_params.get("$skip", "0"))
        if "$expand" in request.query_params:
            return error(501, "501", "no $expand")
        if request.url.path.endswith("/Media"):
            return body(*photos[skip : skip + page])
        return body(*homes(1, 2)[skip:])

    return answer


class TestApartFromTheirRows:
    async def test_they_come_all_the_same(self, mls: Mls, server: Scripted) -> None:
        server.answer = apart(
            *(media("K1", number) for number in range(5)),
            media("K2", 1, ResourceName="Property"),
            media("K2", 2, ResourceName="Member"),
            media("K9", 1),
        )
        rows, _ = await run(mls, server.source(), MlsQuery())
        found = {row.key: row for row in rows if isinstance(row, MlsRecord)}
        assert [photo.key for photo in found["K1"].media or ()] == [f"K1-{number}" for number in range(5)]
        assert [photo.key for photo in found["K2"].media or ()] == ["K2-1"]
        assert not any(row.warnings for row in found.values())
        asked = next(request for request in server.asked if request.url.path.endswith("/Media"))
        assert asked.query_params["$filter"] == "(ResourceRecordKey eq 'K1' or ResourceRecordKey eq 'K2')"

    async def test_a_home_without_any_has_none(self, mls: Mls, server: Scripted) -> None:
        server.answer = apart()
        rows, _ = await run(mls, server.source(), MlsQuery())
        assert [row.media for row in rows if isinstance(row, MlsRecord)] == [(), ()]

    @pytest.mark.parametrize(
        "refusal", [error(403, "403", "no"), error(404, "404", "no"), error(400, "400", "no"), raw("<html>")]
    )
    async def test_where_there_are_none_to_be_had_the_rows_say_so(
        self, mls: Mls, server: Scripted, refusal: Response
    ) -> None:
        with_rows = apart()
        server.answer = lambda request: refusal if "/Media" in request.url.path else with_rows(request)
        rows, _ = await run(mls, server.source(), MlsQuery())
        for row in rows:
            assert isinstance(row, MlsRecord)
            assert row.media is None
            assert "photos" in row.warnings[0]
        assert len([request for request in server.asked if "/Media" in request.url.path]) == 1

    async def test_a_media_resource_that_is_down_is_asked_again_with_the_page(
        self, mls: Mls, server: Scripted
    ) -> None:
        with_rows = apart()
        server.answer = lambda request: raw("", 503) if "/Media" in request.url.path else with_rows(request)
        with pytest.raises(Unavailable):
            await mls.fetch(server.source(), MlsQuery(), None)

    async def test_pages_of_photos_without_end_are_given_up(self, mls: Mls, server: Scripted) -> None:
        with_rows = apart()
        server.answer = lambda request: (
            body(media("K1", 1)) if "/Media" in request.url.path else with_rows(request)
        )
        page = await mls.fetch(server.source(), MlsQuery(), None)
        assert [row.media for row in page.rows if isinstance(row, MlsRecord)] == [None, None]

    async def test_the_sandbox_without_expand_gives_the_same_photos(self, mls: Mls, tmp_path: Path) -> None:
        found = []
        for name in (True, False):
            with reso_sandbox(tmp_path / str(name), expand=name, base_url="http://mls.example") as sandbox:
                rows, _ = await run(mls, sandbox.source(), MlsQuery())
                found.append({row.key: row.media for row in rows if isinstance(row, MlsRecord)})
        assert found[0] == found[1]
        assert len(found[0]) == HOMES

    async def test_all_of_bridges_photos_come_not_ten(self, mls: Mls, clock: Clock, tmp_path: Path) -> None:
        with vendor_of("bridge", tmp_path, clock, media_max=2) as bridge:
            rows, _ = await run(mls, bridge.account(), MlsQuery())
        assert max(len(row.media or ()) for row in rows if isinstance(row, MlsRecord)) > 2


class TestBytes:
    """MLS Grid wants to see the token, and each URL fetched once an hour."""

    def grid(self, server: Scripted) -> MlsSource:
        return replace(
            server.source("tok-en"), vendor="mls-grid", settings={"originatingSystemName": "actris"}
        )

    async def test_mls_grid_is_shown_the_token_as_user_agent(
        self, mls: Mls, server: Scripted, budgets: ClockBudgets
    ) -> None:
        server.answer = lambda _request: raw(b"photo", kind="image/jpeg")
        photo = Media(key="M1", url=f"{server.base_url}/photos/1.jpg")
        assert await mls.photo(self.grid(server), photo) == b"photo"
        assert server.asked[0].headers["user-agent"] == "tok-en"
        assert "authorization" not in server.asked[0].headers
        counted = [amount for uses in budgets.used.values() for _, unit, amount in uses if unit == "bytes"]
        assert counted == [5]

    async def test_the_sandbox_gives_it_photos_once_an_hour(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as grid:
            rows, _ = await run(mls, grid.account(), MlsQuery(numbers=(grid.homes()[0]["number"],)))
            [record] = rows
            assert isinstance(record, MlsRecord)
            assert record.media
            assert await mls.photo(grid.account(token=f" {TOKEN}\n"), record.media[0])
            with pytest.raises(Unavailable) as caught:
                await mls.photo(grid.account(), record.media[0])
            assert caught.value.retry_after is not None
            assert 3500 < caught.value.retry_after <= 3600
            assert len(grid.log("photos")) == 1
            clock.time += timedelta(hours=1)
            assert await mls.photo(grid.account(), record.media[0])

    async def test_a_stranger_is_not_shown_the_token(self, mls: Mls, server: Scripted) -> None:
        source = replace(self.grid(server), url="https://api.mlsgrid.com/v2")
        server.answer = lambda _request: raw(b"photo", kind="image/jpeg")
        await mls.photo(source, Media(key="M1", url=f"{server.base_url}/photos/1.jpg"))
        assert server.asked[0].headers["user-agent"] != "tok-en"

    async def test_nor_is_where_a_redirect_leads(self, mls: Mls, server: Scripted) -> None:
        with scripted() as elsewhere:
            server.answer = lambda _request: raw("", 302, Location=f"{elsewhere.base_url}/1.jpg")
            with pytest.raises(Rejected):
                await mls.photo(self.grid(server), Media(key="M1", url=f"{server.base_url}/1.jpg"))
            assert elsewhere.asked == []

    async def test_without_a_token_it_needs_the_user(self, mls: Mls, server: Scripted) -> None:
        nobody = replace(self.grid(server), credentials=MlsCredentials())
        with pytest.raises(ActionRequired, match="token"):
            await mls.photo(nobody, Media(key="M1", url=f"{server.base_url}/1.jpg"))

    async def test_trestles_photos_have_a_budget_of_their_own(
        self, mls: Mls, server: Scripted, clock: Clock
    ) -> None:
        source = replace(server.source(), vendor="trestle")
        server.answer = lambda _request: raw(b"photo", kind="image/jpeg")
        photo = Media(key="M1", url=f"{server.base_url}/1.jpg")
        for _ in range(480):
            await mls.photo(source, photo)
        with pytest.raises(Unavailable) as caught:
            await mls.photo(source, photo)
        assert caught.value.retry_after == 60
        assert len(server.asked) == 480
        clock.time += timedelta(seconds=60)
        await mls.photo(source, photo)

    async def test_what_was_not_asked_for_was_no_attempt(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: raw("", 503)
        photo = Media(key="M1", url=f"{server.base_url}/1.jpg")
        asked = []
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await mls.photo(self.grid(server), photo)
            asked.append(caught.value.asked)
        assert asked == [True, False]
        assert len(server.asked) == 1

    async def test_a_pause_that_the_mls_asked_for_is_for_photos_too(
        self, mls: Mls, server: Scripted, clock: Clock
    ) -> None:
        server.answer = lambda _request: raw("", 429, **{"Retry-After": "600"})
        with pytest.raises(Unavailable):
            await mls.check(server.source())
        server.answer = lambda _request: raw(b"photo", kind="image/jpeg")
        photo = Media(key="M1", url=f"{server.base_url}/1.jpg")
        with pytest.raises(Unavailable) as caught:
            await mls.photo(server.source(), photo)
        assert (caught.value.asked, len(server.asked)) == (False, 1)
        clock.time += timedelta(seconds=601)
        assert await mls.photo(server.source(), photo) == b"photo"

    async def test_so_are_the_bytes_of_an_hour(
        self, mls: Mls, server: Scripted, budgets: ClockBudgets
    ) -> None:
        server.answer = lambda _request: raw(b"photo", kind="image/jpeg")
        await mls.photo(self.grid(server), Media(key="M1", url=f"{server.base_url}/1.jpg"))
        name = next(
            name for name, uses in budgets.used.items() if any(unit == "bytes" for _, unit, _ in uses)
        )
        await budgets.spend(name, MLS_GRID.budgets, 4_000_000_000)
        with pytest.raises(Unavailable):
            await mls.photo(self.grid(server), Media(key="M2", url=f"{server.base_url}/2.jpg"))
        assert len(server.asked) == 1

    @pytest.mark.parametrize("url", ["http://[x/1.jpg", "nonsense", "ftp://photos.example/1.jpg"])
    async def test_an_address_that_is_none_is_rejected(self, mls: Mls, server: Scripted, url: str) -> None:
        for source in (server.source(), self.grid(server)):
            with pytest.raises(Rejected):
                await mls.photo(source, Media(key="M1", url=url))
