"""What an error of LinkedIn's API means, told by status and code.

The text is read for one thing only, which stands nowhere else: the post that a duplicate is one of. Sources:
https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling and
https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/rate-limits
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from domain.errors import ActionRequired, Rejected, Unavailable, YardsignError


class Kind(StrEnum):
    """What can be done about an error."""

    RECONNECT = "RECONNECT"
    """the token is not valid, or not any more"""
    PERMISSION = "PERMISSION"
    """the token is valid, but may not do this"""
    THROTTLED = "THROTTLED"
    """too many calls today; nothing was done"""
    TRANSIENT = "TRANSIENT"
    """a fault of theirs; what was asked for may have been done all the same"""
    SUNSET = "SUNSET"
    """the version of the API has ended: whoever runs this system has to set another one"""
    REJECTED = "REJECTED"
    """what was asked for is not acceptable"""
    GONE = "GONE"
    """there is no such thing"""
    DUPLICATE = "DUPLICATE"
    """the same content is up already; `LinkedInFault.duplicate_of` names it"""
    AMBIGUOUS = "AMBIGUOUS"
    """nobody can tell whether it was done"""


_RECONNECT = frozenset({65_600, 65_601, 65_602, 65_604})
_DENIED = 100
_THROTTLED = 101
_SUNSET_CODES = frozenset({"NONEXISTENT_VERSION", "VERSION_DEPRECATED"})
_DUPLICATE_CODE = "DUPLICATE_POST"
_DUPLICATE_OF = re.compile(r"\bduplicate of (urn:li:(?:share|ugcPost):\d+)")
_BY_STATUS = {
    401: Kind.RECONNECT,
    403: Kind.PERMISSION,
    404: Kind.GONE,
    408: Kind.TRANSIENT,
    410: Kind.GONE,
    426: Kind.SUNSET,
    429: Kind.THROTTLED,
}
_SUNSET_SECONDS = 3_600.0
_LONGEST_TEXT = 300

_TEXTS = {
    Kind.RECONNECT: "LinkedIn does not accept this login any more: connect the account again",
    Kind.PERMISSION: "LinkedIn says that a permission is missing: connect the account again and grant all of them",
    Kind.THROTTLED: "LinkedIn takes no more of this until midnight, UTC",
    Kind.TRANSIENT: "LinkedIn had a fault of its own",
    Kind.SUNSET: "LinkedIn does not answer this version of its API any more; the server needs a newer one",
    Kind.GONE: "LinkedIn does not show us what this is about",
    Kind.DUPLICATE: "LinkedIn has a post with the same content already",
    Kind.AMBIGUOUS: "LinkedIn's answer does not tell whether it was done",
}


class LinkedInFault(Exception):
    """An error of LinkedIn's API.

    Attributes:
        message: for the user; holds no secret.
        duplicate_of: the URN of the post that has the same content, where LinkedIn names it.
        retry_after: seconds, if it is throttled or the version has ended.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        duplicate_of: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.duplicate_of = duplicate_of
        self.retry_after = retry_after

    def as_error(self) -> YardsignError:
        """The domain's error for it."""
        match self.kind:
            case Kind.RECONNECT | Kind.PERMISSION:
                return ActionRequired(self.message)
            case Kind.REJECTED | Kind.GONE | Kind.DUPLICATE:
                return Rejected(self.message)
            case Kind.THROTTLED | Kind.TRANSIENT | Kind.SUNSET:
                return Unavailable(self.message, retry_after=self.retry_after)
            case Kind.AMBIGUOUS:
                return Unavailable(self.message, outcome_unknown=True)


def fault_of(status: int, body: Any, now: datetime) -> LinkedInFault | None:
    """The error that an answer tells of; None if it tells of none.

    Args:
        body: the decoded JSON, or None if it was none, as with all that only say that it is done.
        now: LinkedIn never says when to come again; its limits end at 00:00 UTC.
    """
    if 200 <= status < 300:
        return None
    error = body if isinstance(body, dict) else {}
    duplicate_of = _DUPLICATE_OF.search(str(error.get("message"))) if status == 422 else None
    kind = Kind.DUPLICATE if duplicate_of else _kind(status, error)
    return LinkedInFault(
        kind,
        _text(kind, status, error),
        duplicate_of=duplicate_of[1] if duplicate_of else None,
        retry_after=_retry_after(kind, now),
    )


def _kind(status: int, error: Mapping[str, Any]) -> Kind:
    service, code = error.get("serviceErrorCode"), error.get("code")
    if status == 422 and _DUPLICATE_CODE in _codes(error):
        return Kind.AMBIGUOUS  # a duplicate of what?
    known = {
        Kind.RECONNECT: service in _RECONNECT,
        Kind.SUNSET: code in _SUNSET_CODES,
        Kind.THROTTLED: service == _THROTTLED,
        Kind.PERMISSION: service == _DENIED,
    }
    for kind, holds in known.items():
        if holds:
            return kind
    return _BY_STATUS.get(status, Kind.TRANSIENT if status >= 500 else Kind.REJECTED)


def _codes(error: Mapping[str, Any]) -> set[object]:
    """The codes of an error, which some answers hide among details of the input."""
    details = error.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    nested = [item.get("code") for item in inputs or () if isinstance(item, dict)]
    return {code for code in (error.get("code"), *nested) if isinstance(code, str)}


def _text(kind: Kind, status: int, error: Mapping[str, Any]) -> str:
    text = _TEXTS.get(kind)
    if text is None:
        said = " ".join(str(error.get("message") or "no reason given").split())
        said = re.sub(r"[\w|-]{24,}", "…", said)
        text = f"LinkedIn refused: {said[:_LONGEST_TEXT].rstrip('.')}"
    number = error.get("serviceErrorCode")
    return f"{text} (status {status}{f', code {number}' if isinstance(number, int) else ''})."


def _retry_after(kind: Kind, now: datetime) -> float | None:
    if kind == Kind.SUNSET:
        return _SUNSET_SECONDS
    return seconds_to_midnight(now) if kind == Kind.THROTTLED else None


def seconds_to_midnight(now: datetime) -> float:
    """Until the next 00:00 UTC."""
    today = now.astimezone(UTC)
    midnight = datetime.combine(today.date() + timedelta(days=1), time(), UTC)
    return (midnight - today).total_seconds()
