"""Reads how long a server of an MLS asks us to wait: by Retry-After, or by headers that tell of a quota."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from adapters.http import Reply, retry_after
from adapters.mls.reso_profiles import Quota

LONGEST = 3600.0
"""Seconds; whoever asks for more is asked again after an hour."""


def asked_wait(reply: Reply, quotas: Sequence[Quota], now: datetime) -> float | None:
    """The seconds to wait before the next request, an hour at most; None if the server asks for none.

    A quota that is used up counts before anybody was refused. A refusal (429) for which no quota says that it
    is used up is taken for one of the shortest of those that do not say how much is left.
    """
    told = retry_after(reply, now) if reply.status >= 400 else None
    if told is not None:
        return told
    spent = [wait for left, wait in _read(reply, quotas, now) if left is not None and left <= 0]
    if spent:
        return max(spent)
    unclear = [wait for left, wait in _read(reply, quotas, now) if left is None]
    return min(unclear) if unclear and reply.status == 429 else None


def _read(reply: Reply, quotas: Sequence[Quota], now: datetime) -> Iterator[tuple[float | None, float]]:
    """Of each quota that the answer speaks of: what is left of it, and the seconds until it is renewed."""
    for quota in quotas:
        limit, left, reset = (
            reply.headers.get(f"{quota.name}-{what}") for what in (quota.limit, quota.left, quota.reset)
        )
        if limit or left or reset:
            yield _number(left), _until(reset, now, quota.seconds)


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,15}(\.\d*)?", text.strip()) else None


def _until(text: str | None, now: datetime, window: int) -> float:
    """Seconds until a moment, told as such, in seconds or milliseconds since 1970, or as seconds from now."""
    number = _number(text)
    if number is None:
        return _bounded(_moment(text, now), window)
    if number > 1e11:
        return _bounded(number / 1000 - now.timestamp(), window)
    return _bounded(number - now.timestamp() if number > 1e9 else number, window)


def _moment(text: str | None, now: datetime) -> float | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


def _bounded(seconds: float | None, window: int) -> float:
    """A moment that is past, because clocks differ, or not told leaves the window's whole length."""
    return min(seconds, LONGEST) if seconds is not None and seconds > 0 else float(min(window, LONGEST))
