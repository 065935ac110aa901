"""The graph over HTTP and WebSockets: Strawberry's view, with its traps stepped around."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from json import JSONDecodeError
from typing import Any

import orjson
from cross_web import HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from adapters.identity import Identity
from app.bodies import LARGEST_BODY
from app.graphql_app import Schema
from app.graphql_sockets import OperationLimits, SocketAdapter, SocketHandler
from domain.entities.viewer import Unauthenticated
from domain.errors import Unavailable
from domain.ports import Ports
from schema.context import Context
from schema.errors import answer

_GRAPHQL_JSON = "application/graphql-response+json"
_INTRODUCTION = timedelta(seconds=10)


class GraphView(GraphQL[Context, None]):
    """An ASGI application for one path.

    HTTP answers 401 without a good token; batching and server-sent events are off, and a GET may only read.
    WebSockets speak `graphql-transport-ws` alone and prove who they are in `connection_init`.

    Args:
        allowed_origins: of pages that may open WebSockets; tokens are no cookies, so `*` is no danger.
        explorer: whether a browser's GET shows GraphiQL.
        operation_limits: of WebSockets.
    """

    websocket_adapter_class = SocketAdapter
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self,
        schema: Schema,
        *,
        ports: Ports,
        identity: Identity,
        allowed_origins: Sequence[str],
        explorer: bool,
        operation_limits: OperationLimits,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if explorer else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=_INTRODUCTION,
            allowed_origins=allowed_origins,
        )
        self._ports = ports
        self._identity = identity
        self.operation_limits = operation_limits
        self.operations: Counter[str] = Counter()  # by user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; nothing that goes wrong leaves here as a bare 500."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except ClientDisconnect:
            return
        except Exception as error:
            response = _refusal(error)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """For a WebSocket, who asks is not known before `on_ws_connect`."""
        if isinstance(request, WebSocket) or self.should_render_graphql_ide(
            self.request_adapter_class(request)
        ):
            return Context(self._ports)
        viewer = await self._identity.viewer(request.headers.get("authorization"))
        return Context(self._ports, viewer)

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Find out who has opened the WebSocket; close code 4403 without a good token."""
        token = context.connection_params.get("authorization")
        try:
            viewer = await self._identity.viewer(token if isinstance(token, str) else None)
        except Unauthenticated as error:
            raise ConnectionRejectionError from error
        if viewer.expired(self._ports.now()):  # the leeway is for requests, which are over at once
            raise ConnectionRejectionError
        context.known_viewer = viewer
        nothing: UnsetType = UNSET
        return nothing

    def decode_json(self, data: str | bytes) -> object:
        """Orjson refuses what is nested too deep, and wrong encodings, as malformed; json crashes on them."""
        if len(data) > LARGEST_BODY:
            raise JSONDecodeError("too large", "", 0)
        decoded: object = orjson.loads(data)
        return decoded

    def parse_json(self, data: str | bytes) -> Any:
        """A body, or the variables of a GET."""
        parsed = super().parse_json(data)
        if not isinstance(parsed, (dict, list)):
            raise HTTPException(400, "The request must be a JSON object")
        return parsed

    def encode_json(self, data: object) -> str:
        """Text, never bytes: from bytes Strawberry makes binary frames, which clients refuse."""
        return orjson.dumps(data).decode()

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Remembers the media type that the client asked for."""
        response = await super().get_sub_response(request)
        asked = _GRAPHQL_JSON in request.headers.get("accept", "")
        response.media_type = _GRAPHQL_JSON if asked else "application/json"
        return response

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """A request that was never executed answers no `data` at all (GraphQL, section 7.1)."""
        answered: GraphQLHTTPResponse = {}
        if result.errors:
            answered["errors"] = [error.formatted for error in result.errors]
        if result.data is not None or not result.errors or any(error.path for error in result.errors):
            answered["data"] = result.data
        if result.extensions:
            answered["extensions"] = result.extensions
        return answered

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """200 for everything in application/json, as legacy clients expect; 400 for a malformed document in
        application/graphql-response+json (GraphQL over HTTP, section 6.4)."""
        malformed = "data" not in response_data and sub_response.media_type == _GRAPHQL_JSON
        return Response(
            orjson.dumps(response_data),
            400 if malformed else 200,
            headers={"Cache-Control": "no-store"},
            media_type=sub_response.media_type,
        )


def _refusal(error: Exception) -> Response:
    status, headers = 500, {"Cache-Control": "no-store"}
    told = GraphQLError(str(error), original_error=error)
    if isinstance(error, Unauthenticated):
        status, headers["WWW-Authenticate"] = 401, "Bearer"
    elif isinstance(error, Unavailable):
        status, headers["Retry-After"] = 503, "10"
    elif isinstance(error, HTTPException):
        status = error.status_code
        told = GraphQLError(error.reason, extensions={"code": "BAD_USER_INPUT"})
    body: Mapping[str, object] = {"errors": [answer(told, suggestions=False).formatted]}
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")
