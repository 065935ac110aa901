"""What a WebSocket's operation logs when it breaks off."""

import logging

import pytest
from strawberry.http.exceptions import WebSocketDisconnected

from app.graphql_sockets import SocketHandler


@pytest.mark.parametrize(("error", "logged"), [(WebSocketDisconnected(), 0), (KeyError("x"), 1)])
async def test_only_a_client_that_is_gone_is_no_error(
    error: Exception, logged: int, caplog: pytest.LogCaptureFixture
) -> None:
    handler = SocketHandler.__new__(SocketHandler)  # what it asks for is of no matter here
    with caplog.at_level(logging.ERROR):
        await handler.handle_task_exception(error)
    assert len(caplog.records) == logged
