"""When the versions of platforms' APIs end that this installation speaks: told before they do."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import structlog

from app.findings import Finding, Level
from domain.ports import SocialPlatform

WARNED_BEFORE = timedelta(days=60)
SETTINGS = {
    "facebook": "FACEBOOK_GRAPH_VERSION",
    "instagram": "FACEBOOK_GRAPH_VERSION",
    "linkedin": "LINKEDIN_VERSION",
}
"""What the version of a platform's API is set by, by slug."""

_log = structlog.get_logger(__name__)


def version_findings(platforms: Mapping[str, SocialPlatform], today: date) -> list[Finding]:
    """One finding for each platform, in the order of their slugs."""
    return [_finding(platforms[slug], today) for slug in sorted(platforms)]


def _finding(platform: SocialPlatform, today: date) -> Finding:
    version, title = platform.version, platform.title
    setting = SETTINGS.get(platform.slug, "its version")
    if version.ends_on is None:
        return Finding(Level.OK, f"{title}: version {version.name} of the API has no announced end.")
    what = f"{title}: version {version.name} of the API"
    do = f"Set {setting} to a newer version that the platform's changelog names, and restart."
    left = version.ends_on - today
    if left <= timedelta():
        return Finding(Level.FAILURE, f"{what} ended on {version.ends_on}: nothing works there.", do)
    days = "tomorrow" if left.days == 1 else f"in {left.days} days"
    if left <= WARNED_BEFORE:
        return Finding(Level.WARNING, f"{what} ends on {version.ends_on}, {days}.", do)
    return Finding(Level.OK, f"{what} ends on {version.ends_on}.")


class VersionWatch:
    """Writes to the log what is near its end, when a process begins and once on each day after that."""

    def __init__(self, platforms: Mapping[str, SocialPlatform]) -> None:
        self._platforms = platforms
        self._looked: date | None = None

    def look(self, now: datetime) -> None:
        """Call it as often as you like."""
        if self._looked == now.date():
            return
        self._looked = now.date()
        for finding in version_findings(self._platforms, now.date()):
            if finding.level is not Level.OK:
                write = _log.error if finding.level is Level.FAILURE else _log.warning
                write("platform_version_ends", what=finding.what, do=finding.do)
