"""`python -m app doctor`: looks at the installation and says what its keeper has to do."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import adapters.social
from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.tools import Tools
from app.doctor_outside import clock_findings, mail_findings
from app.doctor_queue import queue_findings
from app.doctor_settings import setting_findings
from app.doctor_stores import bucket_findings, folder_findings, key_findings, table_findings
from app.findings import Finding, Level
from app.identities import issuer_findings
from app.settings import Settings
from app.versions import version_findings
from domain.errors import YardsignError

Check = Callable[[Settings, datetime], Awaitable[Sequence[Finding]]]

CHECK_SECONDS = 10.0
"""What a check may take; all are made at once."""


async def platform_versions(settings: Settings, now: datetime) -> Sequence[Finding]:
    """Whether the platforms still answer the versions of their APIs that are set."""
    web = WebClient()
    try:
        tools = Tools(web=web, budgets=LocalBudgets(), now=lambda: now, sleep=asyncio.sleep)
        platforms = adapters.social.discover(tools, settings.platforms())
        if not platforms:
            return [Finding(Level.OK, "No platform's app is set: nothing can be published.")]
        return version_findings(platforms, now.date())
    finally:
        await web.aclose()


CHECKS: Mapping[str, Check] = {
    "The settings": setting_findings,
    "The data folder": folder_findings,
    "The table": table_findings,
    "The keys": key_findings,
    "The photos' store": bucket_findings,
    "Redis": queue_findings,
    "The clock of this machine": clock_findings,
    "The issuer": issuer_findings,
    "The mail server": mail_findings,
    "The platforms": platform_versions,
}
"""Everything that is looked at, by name, in the order in which it is told."""


async def examined(
    settings: Settings,
    now: datetime,
    checks: Mapping[str, Check] = CHECKS,
    seconds: float = CHECK_SECONDS,
) -> list[Finding]:
    """What the checks bring up, whatever is down.

    Args:
        seconds: what each may take.
    """
    made = [_made(name, check(settings, now), seconds) for name, check in checks.items()]
    return [finding for findings in await asyncio.gather(*made) for finding in findings]


async def _made(name: str, check: Awaitable[Sequence[Finding]], seconds: float) -> Sequence[Finding]:
    do = "See that it runs and can be reached from here, then ask again."
    try:
        async with asyncio.timeout(seconds):
            return await check
    except TimeoutError:
        return [Finding(Level.FAILURE, f"{name}: no answer within {seconds:g} s.", do)]
    except YardsignError as error:
        return [Finding(Level.FAILURE, f"{name}: {error.message}", do)]
    except (Exception, SystemExit) as error:  # what is wrong with one must not silence the others
        return [Finding(Level.FAILURE, f"{name}: {type(error).__name__}: {error}", do)]
