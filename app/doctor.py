"""`python -m app doctor`: looks at the installation and says what its keeper has to do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import adapters.social
from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.tools import Tools
from app.findings import Finding, Level
from app.identities import issuer_findings
from app.settings import Settings
from app.versions import version_findings

Check = Callable[[Settings, datetime], Awaitable[Sequence[Finding]]]


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


CHECKS: tuple[Check, ...] = (issuer_findings, platform_versions)
"""Everything that is looked at, in the order in which it is told."""


async def examined(settings: Settings, now: datetime) -> list[Finding]:
    """What all checks bring up."""
    return [finding for check in CHECKS for finding in await check(settings, now)]
