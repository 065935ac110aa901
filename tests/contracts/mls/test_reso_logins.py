"""The ways in to a RESO Web API server."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.http import WebClient
from adapters.mls.reso_profiles import Login
from adapters.mls.tokens import Tokens
from domain.entities.mls import MlsQuery
from domain.entities.mls_connection import MlsCredentials
from domain.errors import ActionRequired, YardsignError
from domain.ports import Mls
from domain.ports.meters import Refreshed
from sandbox.mls.reso import PASSWORD, USERNAME
from tests.contracts.mls.cases import HOMES, Clock, reso_sandbox
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.scripted import Scripted, body, error
from tests.contracts.mls.vendors import reso_web_api, run, vendor_of


@pytest.fixture
async def mls(clock: Clock, tmp_path: Path) -> AsyncIterator[Mls]:
    async with reso_web_api(clock, ClockBudgets(clock), tmp_path / "files") as protocol:
        yield protocol


class Exchange:
    """A server that gives tokens for forms, and keeps the forms."""

    def __init__(self) -> None:
        self.forms: list[dict[str, list[str]]] = []

    def __call__(self, request: Request) -> Response:
        if request.method != "POST":
            return body()
        # The server has read the body already.
        self.forms.append(parse_qs(request._body.decode()))
        return JSONResponse({"access_token": f"T{len(self.forms)}", "expires_in": 3600})


def _always(answer: Response, request: Request) -> Response:
    return answer


class TestWaysIn:
    async def test_basic_goes_with_every_request(self, mls: Mls, server: Scripted) -> None:
        credentials = MlsCredentials(username="ann", password="pä:ss")
        await mls.check(replace(server.source(), credentials=credentials))
        assert server.authorizations == [f"Basic {b64encode('ann:pä:ss'.encode()).decode()}"]

    async def test_a_user_with_a_token_url_is_exchanged_for_a_token(self, mls: Mls, server: Scripted) -> None:
        server.answer = exchange = Exchange()
        credentials = MlsCredentials(
            username="ann", password="secret", client_id="app", token_url=f"{server.base_url}/token"
        )
        source = replace(server.source(), credentials=credentials)
        await mls.check(source)
        await mls.check(source)
        assert exchange.forms == [
            {"grant_type": ["password"], "username": ["ann"], "password": ["secret"], "client_id": ["app"]}
        ]
        assert server.authorizations[1:] == ["Bearer T1", "Bearer T1"]

    async def test_what_came_of_each_exchange_is_measured(self, server: Scripted) -> None:
        measured: list[Refreshed] = []
        web = WebClient(allow_http=True, allow_loopback=True)
        tokens = Tokens(web, now=lambda: datetime.now(UTC), refreshed=measured.append)
        credentials = MlsCredentials(client_id="app", client_secret="s", token_url=f"{server.base_url}/token")
        for status in (503, 401, 404, 200, 200):
            answer = JSONResponse({"access_token": "T"}, status)
            server.answer = partial(_always, answer)
            with suppress(YardsignError):
                await tokens.authorization(credentials, [Login.CLIENT_CREDENTIALS])
        await web.aclose()
        assert measured == ["unavailable", "refused", "refused", "renewed"]  # the last one is kept

    async def test_one_user_never_gets_anothers_token(self, mls: Mls, server: Scripted) -> None:
        server.answer = Exchange()
        for name in ("ann", "bob"):
            credentials = MlsCredentials(username=name, password="p", token_url=f"{server.base_url}/token")
            await mls.check(replace(server.source(), credentials=credentials))
        assert [given for given in server.authorizations if given] == ["Bearer T1", "Bearer T2"]

    @pytest.mark.parametrize("token_url", [None, "/oauth/token"])
    async def test_both_work_at_the_sandbox(self, mls: Mls, tmp_path: Path, token_url: str | None) -> None:
        with reso_sandbox(tmp_path) as sandbox:
            url = f"{sandbox.base_url}{token_url}" if token_url else None
            credentials = MlsCredentials(username=USERNAME, password=PASSWORD, token_url=url)
            source = replace(sandbox.source(), credentials=credentials)
            rows, _ = await run(mls, source, MlsQuery())
            assert len(rows) == HOMES
            wrong = replace(credentials, password="guessed")
            with pytest.raises(ActionRequired) as caught:
                await mls.check(replace(source, credentials=wrong))
        assert "guessed" not in str(caught.value)

    async def test_trestle_needs_no_token_url_and_no_scope(
        self, mls: Mls, clock: Clock, tmp_path: Path
    ) -> None:
        with vendor_of("trestle", tmp_path, clock) as trestle:
            await mls.check(trestle.account())
            await mls.check(trestle.account())
            assert len(trestle.log("token")) == 1


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("vendor", "given", "says"),
        [
            ("generic", {"username": "ann"}, "not given: password"),
            ("generic", {"password": "p", "token_url": "u"}, "not given: user name"),
            ("trestle", {"client_id": "app"}, "not given: client secret"),
            ("bridge", {"client_id": "app", "client_secret": "s"}, "needs an access token; nothing of it"),
            ("spark", {"username": "ann", "password": "p"}, "needs an access token; nothing of it"),
            ("generic", {"username": "a:b", "password": "p"}, "colon"),
        ],
    )
    async def test_it_is_named(
        self, mls: Mls, server: Scripted, vendor: str, given: dict[str, Any], says: str
    ) -> None:
        source = replace(server.source(), vendor=vendor, credentials=MlsCredentials(**given))
        with pytest.raises(ActionRequired, match=says):
            await mls.check(source)
        assert server.asked == []

    async def test_no_echo_shows_a_secret(self, mls: Mls, server: Scripted) -> None:
        credentials = MlsCredentials(username="ann", password="hush-hush")
        server.answer = lambda request: error(
            403, "403", f"{request.headers['authorization']} for ann hush-hush"
        )
        with pytest.raises(ActionRequired) as caught:
            await mls.check(replace(server.source(), credentials=credentials))
        assert "hush" not in str(caught.value)
        assert b64encode(b"ann:hush-hush").decode() not in str(caught.value)
