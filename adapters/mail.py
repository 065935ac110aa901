"""Sends e-mail over SMTP."""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from domain.entities.notification import Mail
from domain.errors import Rejected, Unavailable

SECONDS = 20.0
_GONE = range(500, 600)
"""SMTP's permanent answers (RFC 5321, section 4.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A mail server.

    Attributes:
        security: `starttls` (port 587), `tls` (port 465), or `none`, for a server on the own machine.
        sender: the address that mail comes from.
    """

    host: str
    port: int = 587
    security: str = "starttls"
    username: str | None = None
    password: str | None = None
    sender: str

    def __repr__(self) -> str:
        return f"SmtpSettings({self.host}:{self.port})"


class SmtpMailer:
    """Implements `domain.ports.Mailer`; a connection for each mail, since there are few.

    Args:
        settings: None if this installation sends no e-mail.
    """

    def __init__(self, settings: SmtpSettings | None, *, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls

    @property
    def configured(self) -> bool:
        """See the port."""
        return self._settings is not None

    async def send(self, mail: Mail) -> None:
        """See the port; the Message-ID follows from the mail's id, so that a repetition can be told."""
        settings = self._settings
        if settings is None:
            raise Unavailable("No mail server is configured.")
        try:
            await aiosmtplib.send(
                _message(mail, settings.sender),
                hostname=settings.host,
                port=settings.port,
                username=settings.username,
                password=settings.password,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                tls_context=self._tls,
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPAuthenticationError as error:
            raise Unavailable("The mail server did not accept the user name or password.") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise _failed(max(codes, default=550), "the address") from error
        except aiosmtplib.SMTPResponseException as error:
            raise _failed(error.code, "the mail") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable("The mail server could not be reached.") from error


async def greet(settings: SmtpSettings, *, seconds: float, tls: ssl.SSLContext | None = None) -> None:
    """Connect to the mail server, log in if there is a login, and say goodbye.

    Raises:
        Unavailable: with the reason.
    """
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        username=settings.username,
        password=settings.password,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        tls_context=tls,
        timeout=seconds,
    )
    try:
        async with client:
            await client.noop()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unavailable(f"The mail server could not be used: {error}") from error


def _failed(code: int, what: str) -> Rejected | Unavailable:
    message = f"The mail server refused {what} ({code})."
    return Rejected(message) if code in _GONE else Unavailable(message)


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    domain = sender.rpartition("@")[2].strip("> ") or "localhost"
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
