"""The protocol graphql-transport-ws, where Strawberry's handler would end a connection with code 1006."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from domain.errors import Unavailable
from schema.context import Context
from schema.limits import exceeded

_LONGEST_REASON = 123
"""In bytes (RFC 6455, section 5.5): with a longer reason no close frame can be sent at all."""

_FORBIDDEN = 4403
"""Of the codes for who may not ask, the one on which the client graphql-ws connects again, with a fresh token; it
gives up on 4401 (https://github.com/enisdenjo/graphql-ws, `shouldRetryConnectOrThrow`)."""

_TRY_AGAIN_LATER = 1013


@dataclass(frozen=True, slots=True)
class OperationLimits:
    """How many operations may run at once over WebSockets to this process, and how many of a user over those and as
    streams of events; 0 of a user for any number."""

    of_connection: int = 50
    of_user: int = 0


class SocketAdapter(ASGIWebSocketAdapter):
    """Sends and closes."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a text frame; raises `WebSocketDisconnected` once the connection is closed."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        """Close, with as much of the reason as a close frame holds; a second time does nothing."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            return
        fitting = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        await super().close(code, fitting)


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Checks the shape of messages before they are taken apart, and ends with the token that opened it."""

    view: Any
    _life: asyncio.Timeout

    async def handle(self) -> None:
        """Serve until either side closes; when the token expires, end all operations, then close with 4403."""
        self.view.meter.connected(1)
        try:
            async with asyncio.timeout(None) as self._life:
                await super().handle()
        except TimeoutError:
            if not self._life.expired():
                raise
            await self.websocket.close(_FORBIDDEN, "The token has expired")
        finally:
            self.view.meter.connected(-1)

    async def send_message(self, message: Message) -> None:
        """Send it, but nothing once the token has expired, however late the timer is."""
        viewer = self.context.known_viewer
        if viewer is None or not viewer.expired(self.context.ports.now()):
            await super().send_message(message)
        else:
            self._end_in(0)

    async def handle_task_exception(self, error: Exception) -> None:
        """Log it, unless the client is gone in the middle of a message: that is no error of anybody's."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    def _end_in(self, seconds: float) -> None:
        if not self._life.expired():
            self._life.reschedule(asyncio.get_running_loop().time() + seconds)

    async def handle_message(self, message: Any) -> None:
        """Close with 4400 for what is no message of the protocol."""
        fault = _fault(message)
        if fault:
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Close with 1013 while nobody can be recognized, so that the client tries again."""
        try:
            await super().handle_connection_init(message)
        except Unavailable:
            await self.websocket.close(_TRY_AGAIN_LATER, "Try again later")
        viewer = self.context.known_viewer
        if viewer is not None:
            self._end_in((viewer.expires_at - self.context.ports.now()).total_seconds())

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Find the document that is named, and refuse one operation too many, of this connection or of its user's
        connections to this process."""
        user, id = self.context.known_viewer, message["id"]
        if user is None or id in self.operations:
            await super().handle_subscribe(message)
            return
        counts = {"of_connection": len(self.operations), "of_user": self.view.operations[user.user_id]}
        refusal = one_too_many(self.view.operation_limits, **counts) or self._name_document(message)
        if refusal is not None:
            await self.send_message({"id": id, "type": "error", "payload": [refusal.formatted]})
            return
        await super().handle_subscribe(message)
        operation = self.operations.get(id)
        if operation is not None and operation.task is not None:
            self.view.operations[user.user_id] += 1
            operation.task.add_done_callback(lambda _: self._leave(user.user_id))

    def _name_document(self, message: SubscribeMessage) -> GraphQLError | None:
        """Put the document that the message names in its place; what is wrong with the name."""
        asked: dict[str, Any] = cast(dict[str, Any], message["payload"])
        named = asked.get("documentId"), asked.get("extensions")
        try:
            asked["query"] = self.view.trusted.text_of(asked.get("query"), *named)
        except GraphQLError as error:
            return error
        asked["operationName"] = asked.get("operationName") or None  # as over HTTP
        if asked["query"] is None:
            return GraphQLError("The message names no document.", extensions={"code": "BAD_USER_INPUT"})
        return None

    def _leave(self, user_id: str) -> None:
        self.view.operations[user_id] -= 1
        if not self.view.operations[user_id]:
            del self.view.operations[user_id]


def one_too_many(limits: OperationLimits, *, of_connection: int, of_user: int) -> GraphQLError | None:
    """What is told instead of a result, if so many run already."""
    if of_connection >= limits.of_connection:
        limit, maximum, where = "operationsOfConnection", limits.of_connection, "on a connection"
    elif of_user >= limits.of_user > 0:
        limit, maximum, where = "operationsOfUser", limits.of_user, "of a user"
    else:
        return None
    message = f"There may be {maximum} subscriptions and other operations at once {where}."
    return GraphQLError(**exceeded(message, limit=limit, maximum=maximum))


def _fault(message: Any) -> str | None:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a type"
    kind, payload = message["type"], message.get("payload")
    if kind in ("subscribe", "complete") and not (isinstance(message.get("id"), str) and message["id"]):
        return f"A {kind} message needs an id"
    if kind == "connection_init" and payload is None:
        message.pop("payload", None)
    if kind == "subscribe":
        return _payload_fault(payload)
    return None


def _payload_fault(payload: Any) -> str | None:
    if not isinstance(payload, dict):
        return "The payload of a subscribe message is an object"
    if not isinstance(payload.get("extensions"), (dict, type(None))):
        return "Extensions are an object"
    query = payload.get("query")
    if not isinstance(query, str) and (
        query is not None or not (payload.keys() & {"documentId", "extensions"})
    ):
        return "The payload of a subscribe message needs a query"
    if not isinstance(payload.get("variables"), (dict, type(None))):
        return "Variables are an object"
    if not isinstance(payload.get("operationName"), (str, type(None))):
        return "An operation's name is a string"
    return None
