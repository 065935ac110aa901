"""The ordinary request of the graph: a POST of JSON that is answered in JSON, read and answered without ceremony.

Strawberry's view makes adapters, responses and contexts step by step, each of which may be another for other kinds of
requests. Whatever is not ordinary here is left to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cross_web import HTTPException
from graphql import GraphQLError
from starlette.types import Message, Scope, Send
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types import ExecutionResult

from app.bodies import LARGEST_BODY
from app.graphql_requests import read_request
from app.media_types import GRAPHQL_JSON, JSON, answered_as, is_json
from schema.trusted import TrustedDocuments

_NAMES = {
    b"accept": "accept",
    b"authorization": "authorization",
    b"content-type": "content-type",
    b"traceparent": "traceparent",
}


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """What an ordinary request says beside its body.

    Attributes:
        answered_as: a media type of JSON.
    """

    answered_as: str
    authorization: str | None
    traceparent: str

    @staticmethod
    def of(scope: Scope) -> "PlainRequest | None":
        """From an HTTP request; None if it is not ordinary."""
        if scope["method"] != "POST":
            return None
        found: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name = _NAMES.get(raw)
            if name is None:
                continue
            if name in found:
                return None
            found[name] = value.decode("latin-1")
        kind = answered_as(found.get("accept", ""))
        if kind not in (JSON, GRAPHQL_JSON) or not is_json(found.get("content-type", "")):
            return None
        return PlainRequest(kind, found.get("authorization"), found.get("traceparent", ""))

    async def answer(self, result: ExecutionResult, send: Send) -> None:
        """Send what was found."""
        answered = shown(result)
        body = orjson.dumps(answered)
        headers = [
            (b"cache-control", b"no-store"),
            (b"content-length", b"%d" % len(body)),
            (b"content-type", f"{self.answered_as}; charset=utf-8".encode()),
        ]
        status = status_of(answered, self.answered_as)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def asked_in(message: Message, trusted: TrustedDocuments) -> GraphQLRequestData | None:
    """What a body asks; None unless it is whole and right."""
    body = message.get("body", b"")
    if message["type"] != "http.request" or message.get("more_body") or len(body) > LARGEST_BODY:
        return None
    try:
        parsed: Any = orjson.loads(body)
        return read_request(parsed, "http", trusted) if isinstance(parsed, dict) else None
    except (orjson.JSONDecodeError, HTTPException, GraphQLError):
        return None


def shown(result: ExecutionResult) -> GraphQLHTTPResponse:
    """A request that was never executed answers no `data` at all (GraphQL, section 7.1)."""
    answered: GraphQLHTTPResponse = {}
    if result.errors:
        answered["errors"] = [error.formatted for error in result.errors]
    if result.data is not None or not result.errors or any(error.path for error in result.errors):
        answered["data"] = result.data
    if result.extensions:
        answered["extensions"] = result.extensions
    return answered


def status_of(answered: Mapping[str, Any], media_type: str | None) -> int:
    """200 for everything in application/json, as legacy clients expect; 400 for a malformed document in
    application/graphql-response+json (GraphQL over HTTP, section 6.4)."""
    return 400 if "data" not in answered and media_type == GRAPHQL_JSON else 200
