"""What an error of Meta's Graph API means, told by its codes alone.

The type says nothing (`OAuthException` labels throttling too) and texts change. Sources:
https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/graph-api/overview/rate-limiting and, for the subcodes from 2207001,
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import orjson

from domain.errors import ActionRequired, Rejected, Unavailable, YardsignError


class Kind(StrEnum):
    """What can be done about an error."""

    RECONNECT = "RECONNECT"
    """the token is not valid, or not any more"""
    PERMISSION = "PERMISSION"
    """the token is valid, but may not do this"""
    THROTTLED = "THROTTLED"
    """too many calls, or a temporary block; nothing was done"""
    NOT_READY = "NOT_READY"
    """what was prepared cannot be published yet, or not any more; nothing was done"""
    TRANSIENT = "TRANSIENT"
    """a fault of theirs; what was asked for may have been done all the same"""
    REJECTED = "REJECTED"
    """what was asked for is not acceptable"""
    GONE = "GONE"
    """absent, invisible to this token, or not possible: Meta never says which"""
    AMBIGUOUS = "AMBIGUOUS"
    """a duplicate, perhaps of our own lost attempt, or an answer nobody understands"""


_RECONNECT = frozenset({102, 104, 190, 463, 467, 2500})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
# 80000 and up are the limits of business use cases: 80001 Pages, 80002 Instagram.
_THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_BLOCKED = 368
_TRANSIENT = frozenset({1, 2})
_DUPLICATE = 506
_GONE = frozenset({(100, 33), (803, None)})

_INSTAGRAM = {
    2_207_001: Kind.TRANSIENT,  # a fault of Instagram's server
    2_207_003: Kind.TRANSIENT,  # fetching a photo took too long
    2_207_004: Kind.REJECTED,  # a photo is too large
    2_207_005: Kind.REJECTED,  # a photo's format
    2_207_006: Kind.NOT_READY,  # there is no such container: make it anew
    2_207_008: Kind.TRANSIENT,  # a passing fault while publishing
    2_207_009: Kind.REJECTED,  # a photo's ratio
    2_207_010: Kind.REJECTED,  # the caption
    2_207_020: Kind.NOT_READY,  # the container has expired
    2_207_027: Kind.NOT_READY,  # the container is not finished
    2_207_028: Kind.REJECTED,  # the carousel
    2_207_032: Kind.TRANSIENT,  # no container could be made
    2_207_042: Kind.THROTTLED,  # as many posts as a day may have
    2_207_050: Kind.PERMISSION,  # the account is restricted or has to be confirmed
    2_207_051: Kind.AMBIGUOUS,  # taken for spam, which was seen after posts that did go up
    2_207_052: Kind.TRANSIENT,  # a photo could not be fetched; seen to pass
    2_207_053: Kind.TRANSIENT,  # a fault while a photo was fetched
    2_207_073: Kind.REJECTED,  # what cannot be removed
    2_207_085: Kind.REJECTED,  # an account whose posts cannot be removed
}
"""By subcode, because Instagram gives one code to many things."""

_THROTTLED_SECONDS = 900.0
_BLOCKED_SECONDS = 3_600.0
_NOT_READY_SECONDS = 60.0
_FULL_DAY = 2_207_042
_FULL_DAY_SECONDS = 21_600.0
_USAGE = ("x-business-use-case-usage", "x-page-usage", "x-app-usage")
_LONGEST_TEXT = 300

_TEXTS = {
    Kind.RECONNECT: "{name} does not accept this login any more: connect the account again",
    Kind.PERMISSION: "{name} says that a permission is missing: connect the account again and grant all of them",
    Kind.THROTTLED: "{name} asks us to come back later",
    Kind.NOT_READY: "{name} is not ready to publish the post",
    Kind.TRANSIENT: "{name} had a fault of its own",
    Kind.GONE: "{name} does not show us the account or the post: connect the account again",
    Kind.AMBIGUOUS: "{name}'s answer does not tell whether it was done",
}


class GraphFault(Exception):
    """An error of the Graph API.

    Attributes:
        message: for the user; holds no secret.
        code, subcode: Meta's, or None.
        retry_after: seconds, if it is throttled or not ready.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        code: int | None = None,
        subcode: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.code = code
        self.subcode = subcode
        self.retry_after = retry_after

    def as_error(self) -> YardsignError:
        """The domain's error for it."""
        match self.kind:
            case Kind.RECONNECT | Kind.PERMISSION | Kind.GONE:
                return ActionRequired(self.message)
            case Kind.REJECTED:
                return Rejected(self.message)
            case Kind.THROTTLED | Kind.NOT_READY | Kind.TRANSIENT:
                return Unavailable(self.message, retry_after=self.retry_after)
            case Kind.AMBIGUOUS:
                return Unavailable(self.message, outcome_unknown=True)


@contextmanager
def certain(name: str) -> Iterator[None]:
    """Calls of which none can leave a post behind: their errors in the domain's words, no outcome unknown.

    Args:
        name: what the user calls who answered.
    """
    try:
        yield
    except GraphFault as fault:
        error = fault.as_error()
        if isinstance(error, Unavailable):
            raise Unavailable(error.message, retry_after=error.retry_after) from None
        raise error from None
    except Unavailable as error:
        raise Unavailable(error.message, retry_after=error.retry_after) from error
    except (LookupError, TypeError, ValueError) as error:
        raise Unavailable(f"{name}'s answer has a form that is not known.") from error


def fault_of(
    status: int, headers: Mapping[str, str], body: Any, *, name: str = "Facebook"
) -> GraphFault | None:
    """The error that an answer tells of; None if it tells of none.

    Args:
        headers: with names in lower case, or a mapping that does not mind the case.
        body: the decoded JSON, or None if it was none.
        name: what the user calls who answered.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return _fault_without_envelope(status, headers, body, name)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    kind = _kind(status, code, subcode, error.get("is_transient") is True)
    return GraphFault(
        kind,
        _text(kind, error, code, subcode, name),
        code=code,
        subcode=subcode,
        retry_after=_retry_after(kind, headers, code, subcode),
    )


def kind_of_subcode(subcode: int) -> Kind:
    """What a subcode that stands alone means, as in the status of a container."""
    return _INSTAGRAM.get(subcode, Kind.REJECTED)


def _kind(status: int, code: int | None, subcode: int | None, is_transient: bool) -> Kind:
    known = {
        Kind.GONE: (code, subcode) in _GONE or (code, None) in _GONE,
        Kind.RECONNECT: code in _RECONNECT,
        Kind.PERMISSION: code in _PERMISSION,
        Kind.THROTTLED: code in _THROTTLED or code == _BLOCKED,
        Kind.TRANSIENT: code in _TRANSIENT,
        Kind.AMBIGUOUS: code == _DUPLICATE,
    }
    if subcode in _INSTAGRAM:
        return _INSTAGRAM[subcode]
    for kind, holds in known.items():
        if holds:
            return kind
    if status == 429:
        return Kind.THROTTLED
    return Kind.TRANSIENT if status >= 500 or is_transient else Kind.REJECTED


def _fault_without_envelope(
    status: int, headers: Mapping[str, str], body: Any, name: str
) -> GraphFault | None:
    """Errors of what stands before the Graph API, which knows no envelope."""
    if 200 <= status < 300:
        unclear = GraphFault(Kind.AMBIGUOUS, f"{_TEXTS[Kind.AMBIGUOUS].format(name=name)}.")
        return None if isinstance(body, dict) else unclear
    kinds = {401: Kind.RECONNECT, 404: Kind.GONE, 408: Kind.TRANSIENT, 429: Kind.THROTTLED}
    kind = kinds.get(status, Kind.TRANSIENT if status >= 500 else Kind.REJECTED)
    text = _TEXTS.get(kind, "{name} refused").format(name=name)
    return GraphFault(kind, f"{text} (status {status}).", retry_after=_retry_after(kind, headers, None, None))


def _text(kind: Kind, error: Mapping[str, Any], code: int | None, subcode: int | None, name: str) -> str:
    if kind in _TEXTS:
        text = _TEXTS[kind].format(name=name)
    else:
        said = error.get("error_user_msg") or error.get("message") or "no reason given"
        # Meta repeats tokens in some of its texts.
        said = re.sub(r"[\w|-]{24,}", "…", " ".join(str(said).split()))
        text = f"{name} refused: {said[:_LONGEST_TEXT].rstrip('.')}"
    number = f"{code}" if subcode is None else f"{code}/{subcode}"
    return f"{text} (code {number})."


def _retry_after(
    kind: Kind, headers: Mapping[str, str], code: int | None, subcode: int | None
) -> float | None:
    """Seconds until calls are answered again. Meta sends no Retry-After but tells the minutes among the usage."""
    if kind is Kind.NOT_READY:
        return _NOT_READY_SECONDS
    if kind is not Kind.THROTTLED:
        return None
    if subcode == _FULL_DAY:
        return _FULL_DAY_SECONDS
    minutes = [minutes for name in _USAGE for minutes in _regain_minutes(headers.get(name, ""))]
    if longest := max(minutes, default=0.0):
        return longest * 60
    return _BLOCKED_SECONDS if code == _BLOCKED else _THROTTLED_SECONDS


def _regain_minutes(header: str) -> Iterator[float]:
    try:
        waiting = [orjson.loads(header)]
    except ValueError:
        return
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            minutes = item.get("estimated_time_to_regain_access")
            if isinstance(minutes, int | float):
                yield float(minutes)
            waiting.extend(item.values())


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
