"""What the doctor says of servers outside: their clocks against ours, and whether mail can be sent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.http import WebClient
from adapters.mail import greet
from app.findings import Finding, Level
from app.settings import Settings
from app.skew import skew_finding
from domain.errors import YardsignError

SECONDS = 5.0
_LARGEST = 200_000


async def clock_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """This machine's clock beside those of the issuer and of AWS."""
    found = []
    if settings.oidc_issuer:
        found += await _beside("the issuer", settings.oidc_issuer, loopback=settings.allow_loopback)
    if settings.uses_aws:
        # Any server of AWS tells the time, the one that is asked for the table or another.
        url = settings.aws_endpoint_url or "https://sts.amazonaws.com/"
        found += await _beside("AWS", url, loopback=True)
    return found


async def _beside(whose: str, url: str, *, loopback: bool) -> list[Finding]:
    web = WebClient(allow_http=loopback, allow_loopback=loopback)
    try:
        before = datetime.now(UTC)
        reply = await web.send("GET", url, max_bytes=_LARGEST, seconds=SECONDS, redirects=0)
        between = before + (datetime.now(UTC) - before) / 2
        told = parsedate_to_datetime(reply.headers["Date"])
        return [skew_finding(whose, told - between)] if told.tzinfo else []
    except (YardsignError, KeyError, ValueError):
        return []  # whether it can be reached is for another check
    finally:
        await web.aclose()


async def mail_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """Whether the mail server takes us in."""
    smtp = settings.smtp()
    if smtp is None:
        return ()
    try:
        await greet(smtp, seconds=SECONDS)
    except YardsignError as error:
        do = "See SMTP_HOST, SMTP_PORT, SMTP_SECURITY, SMTP_USERNAME and SMTP_PASSWORD."
        return [Finding(Level.FAILURE, error.message, do)]
    return [Finding(Level.OK, f"The mail server {smtp.host} takes mail of ours.")]
