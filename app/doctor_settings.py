"""What the doctor says of settings that are right by themselves, and yet leave something out."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.findings import Finding, Level
from app.settings import Settings

_LOCAL = frozenset(("localhost", "127.0.0.1", "::1", "0.0.0.0"))  # noqa: S104  looked for, not listened on


def refusals(error: ValidationError) -> list[Finding]:
    """A finding for each setting that is wrong, missing, or contradicts another."""
    do = "Set it otherwise, or take it away; docs/reference/settings.md says what it may be."
    return [Finding(Level.FAILURE, f"{what}.", do) for problem in error.errors() for what in _told(problem)]


def _told(problem: ErrorDetails) -> list[str]:
    name = ".".join(str(part) for part in problem["loc"]).upper()
    message = problem["msg"].removeprefix("Value error, ")
    return [f"{name}: {message}"] if name else message.split("; ")


async def setting_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """What is missing that somebody will miss."""
    found = [*_address(settings), *_apps(settings), *_watching(settings)]
    return found or [Finding(Level.OK, f"The settings are complete for {settings.yardsign_env}.")]


def _address(settings: Settings) -> Iterator[Finding]:
    address = urlsplit(settings.own_url)
    do = "Set PUBLIC_URL to the https address of your load balancer or proxy."
    if address.scheme not in ("http", "https") or not address.hostname or address.path not in ("", "/"):
        yield Finding(Level.FAILURE, f"PUBLIC_URL is no address of a server: {settings.own_url}.", do)
        return
    if not settings.production:
        return
    if address.scheme != "https":
        yield Finding(Level.FAILURE, "PUBLIC_URL is not https: tokens would go over it in the clear.", do)
    if address.hostname in _LOCAL:
        yield Finding(Level.FAILURE, "PUBLIC_URL leads to this machine: no platform can reach it.", do)


def _apps(settings: Settings) -> Iterator[Finding]:
    yield from _pair(
        "FACEBOOK_APP_ID", settings.facebook_app_id, "FACEBOOK_APP_SECRET", settings.facebook_app_secret
    )
    client, secret = settings.linkedin_client_id, settings.linkedin_client_secret
    yield from _pair("LINKEDIN_CLIENT_ID", client, "LINKEDIN_CLIENT_SECRET", secret)
    if settings.facebook_app_id and not settings.facebook_webhook_token:
        what = "FACEBOOK_WEBHOOK_TOKEN is not set: Meta does not tell when a post is removed or an app is."
        yield Finding(
            Level.WARNING, what, "Set it, and the same as the verify token of the app's webhook at Meta."
        )


def _pair(name: str, value: object, other: str, its: object) -> Iterator[Finding]:
    if bool(value) != bool(its):
        have, lack = (name, other) if value else (other, name)
        what = f"{have} is set without {lack}: the platform is not offered."
        yield Finding(Level.FAILURE, what, f"Set {lack}.")


def _watching(settings: Settings) -> Iterator[Finding]:
    if settings.production and not settings.metrics_tokens:
        what = "METRICS_TOKEN is not set: nobody can watch this installation."
        yield Finding(Level.WARNING, what, "Set it here and in your Prometheus.")
    if settings.production and settings.smtp_host is None:
        what = "SMTP_HOST is not set: users are notified in the graph and by webhooks, not by e-mail."
        yield Finding(Level.WARNING, what, "Set SMTP_HOST and SMTP_SENDER, unless that is wanted.")
