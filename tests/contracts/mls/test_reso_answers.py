"""How the RESO Web API adapter takes odd servers and odd answers, and how it gets its tokens."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.entities.mls import MlsDefect, MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired, Rejected, Unavailable
from domain.ports import Mls
from tests.contracts.mls.cases import HOMES, Clock, ResoSandbox, keys, records, rows
from tests.contracts.mls.scripted import Scripted, body, error, homes, raw

pytestmark = pytest.mark.parametrize("running", ["reso-web-api"], indirect=True)


class TestOddServers:
    async def test_one_without_photos_anywhere_is_asked_for_them_once(
        self, mls: Mls, server: Scripted
    ) -> None:
        def plain(request: Request) -> Response:
            if request.url.path.endswith("/Media"):
                return error(404, "404", "no such resource")
            if "$expand" in request.query_params:
                return error(501, "501", "no $expand here", told=200)
            return body(*homes(1), next="?2") if "$count" in request.query_params else body(*homes(2))

        server.answer = plain
        found = await records(mls, server.source())
        assert [(record.key, record.media) for record in found] == [("K1", None), ("K2", None)]
        assert all("$expand" in record.warnings[0] for record in found)
        assert [request.url.path for request in server.asked] == [
            "/odata/Property",
            "/odata/Property",
            "/odata/Media",
            "/odata/Property",
        ]

    async def test_one_without_a_stamp_of_photos_is_asked_without_it(
        self, mls: Mls, server: Scripted
    ) -> None:
        def plain(request: Request) -> Response:
            if "PhotosChangeTimestamp" in request.query_params["$filter"]:
                return error(400, "", "there is no PhotosChangeTimestamp")
            return body({"ListingKey": "K1", "Media": []}) if "$skip" not in request.query_params else body()

        server.answer = plain
        [record] = await records(mls, server.source(), MlsQuery(since=datetime(2026, 1, 1, tzinfo=UTC)))
        assert record.media == ()
        assert record.warnings == ()

    async def test_one_that_refuses_all_says_why(self, mls: Mls, server: Scripted) -> None:
        messages = iter(["the first reason", "another", "another", "another"])
        server.answer = lambda _request: error(400, "x", next(messages))
        with pytest.raises(Rejected, match="the first reason"):
            await mls.fetch(server.source(), MlsQuery(since=datetime(2026, 1, 1, tzinfo=UTC)), None)
        assert len(server.asked) == 4

    @pytest.mark.parametrize(
        ("answer", "expected", "says"),
        [
            (error(501, "501", "unsupported", told=200), Rejected, "unsupported"),
            (error(401, "401", "who are you", told=200), ActionRequired, "who are you"),
            (error(429, "1550", "over the limit", told=200), Rejected, "over the limit"),
            (error(400, "", {"lang": "en", "value": "as OData 3 wrote"}), Rejected, "as OData 3 wrote"),
            (raw('{"error": "invalid_token"}', 401), ActionRequired, "invalid_token"),
            (raw('{"error": [1], "value": []}'), Rejected, "refused"),
            (raw("{}"), Rejected, "without a list of rows"),
            (raw('{"value": {}}'), Rejected, "without a list of rows"),
            (raw("[]"), Rejected, "no OData"),
            (raw("<!DOCTYPE html><p>hello"), Rejected, "HTML instead of JSON"),
            (raw("hello", kind="text/html"), Rejected, "HTML instead of JSON"),
            (raw("<feed/>", kind="application/atom+xml"), Rejected, "XML instead of JSON"),
            (raw("<html>down</html>", 503, "text/html"), Unavailable, "503"),
            (raw(""), Unavailable, "damaged or broken off"),
            (raw("[" * 100_000), Unavailable, "damaged or broken off"),
            (raw('{"value": []}', 418), Rejected, "418"),
        ],
    )
    async def test_each_answer_has_its_error(
        self, mls: Mls, server: Scripted, answer: Response, expected: type[Exception], says: str
    ) -> None:
        server.answer = lambda _request: answer
        with pytest.raises(expected, match=says) as caught:
            await mls.check(server.source())
        assert type(caught.value) in (expected, *expected.__subclasses__())

    async def test_a_null_error_is_none(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: raw('{"error": null, "value": []}')
        await mls.check(server.source())

    async def test_an_echoed_token_is_not_repeated(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda request: error(403, "403", f"bad {request.headers['authorization']}")
        with pytest.raises(ActionRequired, match="bad Bearer …") as caught:
            await mls.check(server.source("very-secret"))
        assert "very-secret" not in str(caught.value)

    async def test_one_bad_value_is_not_a_bad_page(self, mls: Mls, server: Scripted) -> None:
        text = b"""\xef\xbb\xbf{"value": [
            {"ListingKey": "K1", "ListPrice": NaN, "LivingArea": 1e999, "PublicRemarks": "a\\ud800\\u0000\xff\tb",
             "BedroomsTotal": DIGITS},
            7, null, [], "row",
            {"ListingKey": "K2", "ListPrice": 1449000.10}]}"""
        text = text.replace(b"DIGITS", b"9" * 5000)
        server.answer = lambda request: body() if "$skip" in request.query_params else raw(text)
        first, *defects, last = await rows(mls, server.source())
        assert isinstance(first, MlsRecord)
        assert (first.facts.price, first.facts.square_feet, first.facts.bedrooms) == (None, None, None)
        assert first.facts.description == "a\ufffd\tb"
        assert [defect.code for defect in defects if isinstance(defect, MlsDefect)] == ["UNREADABLE"] * 4
        assert isinstance(last, MlsRecord)
        assert str(last.facts.price) == "1449000.10"

    @pytest.mark.parametrize(
        ("header", "told"),
        [
            ("120", 120),
            ("99999999999", 3600),
            ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
            ("Fri, 01 Jan 2100 00:00:00 GMT", 3600),
            ("soon", None),
            ("-5", None),
            ("", None),
        ],
    )
    async def test_retry_after_is_seconds_or_a_date(
        self, mls: Mls, server: Scripted, clock: Clock, header: str, told: float | None
    ) -> None:
        server.answer = lambda _request: raw("{}", 429, Retry_After=header)
        with pytest.raises(Unavailable) as caught:
            await mls.check(server.source())
        assert caught.value.retry_after == told
        assert clock.slept == ([] if told else [1.5, 2.5])


class TestTokens:
    async def test_client_credentials_are_exchanged_once(self, mls: Mls, sandbox: ResoSandbox) -> None:
        assert len(await keys(mls, replace(sandbox.client(), settings={"pageSize": 20}))) == HOMES
        await mls.check(sandbox.client())
        assert len(sandbox.log("token")) == 1

    async def test_by_many_at_once_too(self, mls: Mls, sandbox: ResoSandbox) -> None:
        await asyncio.gather(*(mls.check(sandbox.client()) for _ in range(10)))
        assert len(sandbox.log("token")) == 1
        assert len(sandbox.log("odata")) == 10

    async def test_the_token_is_replaced_before_it_expires(
        self, mls: Mls, sandbox: ResoSandbox, clock: Clock
    ) -> None:
        await mls.check(sandbox.client())
        clock.time += timedelta(seconds=3600 - 61)
        await mls.check(sandbox.client())
        assert len(sandbox.log("token")) == 1
        clock.time += timedelta(seconds=2)
        await mls.check(sandbox.client())
        assert len(sandbox.log("token")) == 2

    async def test_a_revoked_token_is_replaced(self, mls: Mls, sandbox: ResoSandbox) -> None:
        await mls.check(sandbox.client())
        sandbox.control.delete("/tokens").raise_for_status()
        await mls.check(sandbox.client())
        assert [entry["status"] for entry in sandbox.log("odata")] == [200, 401, 200]

    async def test_a_fresh_token_that_is_refused_needs_the_user(self, mls: Mls, sandbox: ResoSandbox) -> None:
        sandbox.fail("status", status=401, times=None)
        with pytest.raises(ActionRequired):
            await mls.check(sandbox.client())
        assert len(sandbox.log("odata")) == 2
        assert len(sandbox.log("token")) == 2

    async def test_a_wrong_secret_needs_the_user_though_others_are_logged_in(
        self, mls: Mls, sandbox: ResoSandbox
    ) -> None:
        await mls.check(sandbox.client())
        with pytest.raises(ActionRequired, match="client secret") as caught:
            await mls.check(sandbox.client(client_secret="guessed"))
        assert "guessed" not in str(caught.value)

    @pytest.mark.parametrize(
        ("missing", "named"),
        [
            ({"token_url": None}, "token URL"),
            ({"client_secret": ""}, "client secret"),
            ({"client_id": None, "client_secret": None}, "client id, client secret"),
        ],
    )
    async def test_what_is_missing_is_named(
        self, mls: Mls, sandbox: ResoSandbox, missing: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(ActionRequired, match=f"not given: {named}"):
            await mls.check(sandbox.client(**missing))

    async def test_a_token_that_no_header_takes_needs_the_user(self, mls: Mls, server: Scripted) -> None:
        with pytest.raises(ActionRequired, match="copied"):
            await mls.check(server.source("to\nken"))
        await mls.check(server.source(" token\n"))
        assert server.authorizations == ["Bearer token"]

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ({"kind": "status", "status": 503}, Unavailable),
            ({"kind": "status", "status": 429, "retry_after": 90}, Unavailable),
            ({"kind": "status", "status": 404}, Rejected),
            ({"kind": "status", "status": 400}, ActionRequired),
            ({"kind": "reset"}, Unavailable),
            ({"kind": "garbage"}, Unavailable),
            ({"kind": "html"}, Rejected),
            ({"kind": "error200"}, Rejected),
        ],
    )
    async def test_a_failing_token_endpoint_is_one_of_the_four(
        self, mls: Mls, sandbox: ResoSandbox, fault: dict[str, Any], expected: type[Exception]
    ) -> None:
        sandbox.fail(**fault, match="token", times=None)
        with pytest.raises(expected) as caught:
            await mls.check(sandbox.client())
        assert not any(secret in str(caught.value) for secret in sandbox.secrets)

    async def test_it_is_tried_again(self, mls: Mls, sandbox: ResoSandbox) -> None:
        sandbox.fail("status", status=503, match="token", times=2)
        await mls.check(sandbox.client())

    @pytest.mark.parametrize("life", [None, "soon", 10, -1, 1e300, "3600"])
    async def test_any_life_of_a_token_will_do(self, mls: Mls, server: Scripted, life: Any) -> None:
        def answer(request: Request) -> Response:
            if request.method == "POST":
                return JSONResponse({"access_token": "T", "expires_in": life})
            return body()

        server.answer = answer
        credentials = MlsCredentials(
            client_id="I", client_secret="S", token_url=f"{server.base_url}/token?realm=x"
        )
        source: MlsSource = replace(server.source(), credentials=credentials)
        await mls.check(source)
        await mls.check(source)
        assert server.authorizations.count("Bearer T") == 2
