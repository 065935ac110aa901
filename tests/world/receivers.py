"""Who is told: a server for webhooks and a mail server, real ones on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.serving import serve
from tests.redis_server import free_port


@dataclass
class Receiver:
    """A server for webhooks: what came, and the statuses it answers with, 204 when there are no more."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """Keep a delivery."""
        self.came.append((dict(request.headers), await request.body()))
        return Response(status_code=self.answers.pop(0) if self.answers else 204)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A running server for webhooks."""
    made = Receiver()
    with serve(Starlette(routes=[Route("/in", made.take, methods=["POST"])])) as base_url:
        made.url = f"{base_url}/in"
        yield made


@dataclass
class PostOffice:
    """A mail server: what came, and the answers it gives to recipients, 250 when there are no more."""

    port: int = 0
    came: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a mail."""
        parsed = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.came.append(parsed)
        return "250 OK"


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A running mail server."""
    made = PostOffice()
    made.port = free_port()
    controller = Controller(made, hostname="127.0.0.1", port=made.port)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
