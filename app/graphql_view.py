"""The graph over HTTP and WebSockets: Strawberry's view, with its traps stepped around."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from json import JSONDecodeError
from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException, StarletteRequestAdapter
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError, MissingQueryError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.streaming import HTTPStreamTransport
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType

from adapters.identity import Identity
from app.bodies import LARGEST_BODY, replaying
from app.event_streams import EventStream, EventTransport, Streams
from app.graphql_app import Schema
from app.graphql_plain import PlainRequest, asked_in, shown, status_of
from app.graphql_requests import read_request
from app.graphql_sockets import OperationLimits, SocketAdapter, SocketHandler
from app.media_types import EVENTS, GRAPHQL_JSON, JSON, answered_as, is_json
from domain.entities.viewer import Unauthenticated, Viewer
from domain.errors import Unavailable
from domain.ports import Ports
from schema.context import Context
from schema.errors import answer
from schema.trusted import TrustedDocuments

_ALLOWED = {
    "GET": {OperationType.QUERY},
    "POST": {OperationType.QUERY, OperationType.MUTATION},
}
"""Over plain HTTP, by method."""


class RequestAdapter(StarletteRequestAdapter):
    """Strawberry takes a type for JSON only if it is written in small letters."""

    @property
    def content_type(self) -> str | None:
        """`application/json` for each way to write it."""
        kind = super().content_type
        return JSON if kind and is_json(kind) else kind


_NAMES = frozenset({"documentId", "extensions"})
"""The parameters that may name a document in place of `query`."""


class GraphView(GraphQL[Context, None]):
    """An ASGI application for one path.

    HTTP answers 401 without a good token; batching is off, and a GET may only read. WebSockets speak
    `graphql-transport-ws` alone and prove who they are in `connection_init`. Who asks for events rather than JSON
    gets them, subscriptions too.

    Args:
        allowed_origins: of pages that may open WebSockets; tokens are no cookies, so `*` is no danger.
        explorer: whether a browser's GET shows GraphiQL.
        operation_limits: of WebSockets and streams of events.
        introduction_seconds: how long a WebSocket may stay silent before `connection_init`.
        trusted: documents that requests may name in place of their text.
        closing: set when the server ends, so that no stream of events holds it up.
    """

    request_adapter_class = RequestAdapter
    stream_transport_classes_by_protocol: Mapping[str, type[HTTPStreamTransport]] = {
        GRAPHQL_SSE_PROTOCOL: EventTransport
    }
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
        introduction_seconds: float,
        trusted: TrustedDocuments,
        closing: asyncio.Event,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if explorer else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=introduction_seconds),
            allowed_origins=allowed_origins,
        )
        self._schema = schema
        self._ports = ports
        self.meter = ports.meter
        self._identity = identity
        self.trusted = trusted
        self.operation_limits = operation_limits
        self.operations: Counter[str] = Counter()  # by user
        self._closing = closing
        self._streams = Streams(operation_limits, self.operations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; nothing that goes wrong leaves here as a bare 500."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        plain = PlainRequest.of(scope)
        try:
            if plain is not None:
                message = await receive()
                if await self._answered(plain, message, send):
                    return
                receive = replaying(message, receive)
            response = await self.run(Request(scope, receive))
        except ClientDisconnect:
            return
        except Exception as error:
            response = _refusal(error, _wanted(Request(scope)))
        await response(scope, receive, send)

    async def _answered(self, plain: PlainRequest, message: Message, send: Send) -> bool:
        """Whether this was an ordinary request for what the schema knows, and is answered."""
        asked = asked_in(message, self.trusted)
        if asked is None or asked.query is None or not self._schema.takes(asked.query, asked.operation_name):
            return False
        try:
            viewer = await self._identity.viewer(plain.authorization)
        except (Unauthenticated, Unavailable):
            return False
        self._ports.marks.user(viewer.user_id)
        result = await self._schema.execute(
            asked.query,
            variable_values=asked.variables,
            context_value=Context(self._ports, viewer, plain.traceparent),
            operation_name=asked.operation_name,
            operation_extensions=asked.extensions,
        )
        await plain.answer(result, send)
        return True

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """For a WebSocket, who asks is not known before `on_ws_connect`."""
        if isinstance(request, WebSocket) or self.should_render_graphql_ide(
            self.request_adapter_class(request)
        ):
            return Context(self._ports)
        viewer = await self._identity.viewer(request.headers.get("authorization"))
        if _wanted(request) == EVENTS and viewer.expired(self._ports.now()):
            # The leeway is for requests that are over at once.
            raise Unauthenticated("The token has expired.")
        request.state.viewer = viewer
        self._ports.marks.user(viewer.user_id)
        return Context(self._ports, viewer, request.headers.get("traceparent", ""))

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Find out who has opened the WebSocket; close code 4403 without a good token."""
        # GraphiQL sends what stands in its editor of headers, where the name has a capital.
        named = {name.lower(): value for name, value in context.connection_params.items()}
        token = named.get("authorization")
        try:
            viewer = await self._identity.viewer(token if isinstance(token, str) else None)
        except Unauthenticated as error:
            raise ConnectionRejectionError from error
        if viewer.expired(self._ports.now()):  # the leeway is for requests, which are over at once
            raise ConnectionRejectionError
        context.known_viewer = viewer
        self._ports.marks.user(viewer.user_id)
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
        """Remembers the media type that the client asked for; 406 before anything is done if there is none."""
        response = Response()
        response.media_type = _wanted(request)
        if response.media_type is None and not self.should_render_graphql_ide(
            self.request_adapter_class(cast(Request, request))
        ):
            raise HTTPException(406, f"The answer can be {JSON}, {GRAPHQL_JSON} or {EVENTS}")
        return response

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """The parameters of a GraphQL request; 415 if they are not JSON, 400 if one has the wrong type."""
        if request.method == "GET":
            asked = self.parse_query_params(request.query_params)
        elif request.content_type == JSON:
            asked = self.parse_json(await request.get_body())
        else:
            raise HTTPException(415, f"The body must be {JSON} in UTF-8, and its Content-Type must say so")
        events = answered_as(request.headers.get("accept", "")) == EVENTS
        return read_request(asked, "sse" if events else "http", self.trusted)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Only for browsers, which name HTML (`*/*` is of programs), and not if a document is named."""
        asked = "text/html" in request.headers.get("accept", "") and _NAMES.isdisjoint(request.query_params)
        return asked and super().should_render_graphql_ide(request)

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Answer one query or mutation; what is well-formed but cannot be executed is answered as a result."""
        try:
            return await self.schema.execute(
                request_data.query,
                variable_values=request_data.variables,
                context_value=context,
                operation_name=request_data.operation_name,
                allowed_operation_types=_ALLOWED[request_adapter.method],
                operation_extensions=request_data.extensions,
            )
        except MissingQueryError:
            raise HTTPException(400, "The request has no query") from None
        except CannotGetOperationTypeError as error:
            unknown = GraphQLError(error.as_http_error_reason(), original_error=error)
            return ExecutionResult(data=None, errors=[answer(unknown, suggestions=False)])
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(406, f"A subscription needs a WebSocket, or {EVENTS} as Accept") from None
            raise HTTPException(405, "A mutation needs POST") from None

    def _stream_result(
        self, request: Request, result: SubscriptionExecutionResult, transport: HTTPStreamTransport
    ) -> Callable[[], AsyncGenerator[str, None]]:
        """Strawberry's, which leaves the closing of what it reads to the garbage collection."""

        async def events() -> AsyncGenerator[str, None]:
            stream = cast(AsyncGenerator[ExecutionResult, None], result)
            viewer: Viewer = request.state.viewer
            async with aclosing(self._streams.counted(viewer.user_id, stream)) as results:
                async for each in results:
                    answered = await self.process_result(request, each)
                    yield transport.encode_next(answered, self.encode_json)
            yield transport.encode_complete()

        return events

    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """A stream that ends with the server, or with the token that opened it."""
        viewer: Viewer = request.state.viewer
        left = viewer.expires_at - self._ports.now()
        return EventStream(stream, headers=headers, closing=self._closing, seconds=left.total_seconds())

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """As each request is answered."""
        return shown(result)

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """In the media type that was asked for."""
        return Response(
            orjson.dumps(response_data),
            status_of(cast(GraphQLHTTPResponse, response_data), sub_response.media_type),
            headers={"Cache-Control": "no-store"},
            media_type=f"{sub_response.media_type}; charset=utf-8",
        )


def _wanted(request: Request | WebSocket) -> str | None:
    return answered_as(",".join(request.headers.getlist("accept")))


def _refusal(error: Exception, wanted: str | None) -> Response:
    status, headers = 500, {"Cache-Control": "no-store"}
    told = GraphQLError(str(error), original_error=error)
    if isinstance(error, Unauthenticated):
        status, headers["WWW-Authenticate"] = 401, "Bearer"
    elif isinstance(error, Unavailable):
        status, headers["Retry-After"] = 503, "10"
    elif isinstance(error, HTTPException):
        status = error.status_code
        told = GraphQLError(error.reason, extensions={"code": "BAD_USER_INPUT"})
    elif isinstance(error, GraphQLError):
        status, told = (200 if wanted == JSON else 400), error
    if status == 405:
        headers["Allow"] = "GET, POST"
    body: Mapping[str, object] = {"errors": [answer(told, suggestions=False).formatted]}
    kind = GRAPHQL_JSON if wanted == GRAPHQL_JSON else JSON
    return Response(orjson.dumps(body), status, headers=headers, media_type=f"{kind}; charset=utf-8")
