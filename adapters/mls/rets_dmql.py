"""Writes queries in DMQL2, the query language of RETS (RETS 1.7.2, section 7.7), and moments as servers read them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from domain.entities.mls import MlsQuery

KEYS_AT_ONCE = 40
"""Values in one condition: old servers take a query of about 2,000 characters."""

EVER = datetime(1900, 1, 1, tzinfo=UTC)
"""RETS has no query for "everything"; every row was modified after this."""

_NAME = re.compile(r"[A-Za-z0-9_.]{1,64}")
_PLAIN = re.compile(r"[A-Za-z0-9]+")
_HOUR = timedelta(hours=1)


def conditions(
    query: MlsQuery, *, stamps: Sequence[str], key: str, number: str, zone: tzinfo | None
) -> list[str]:
    """One DMQL2 query for each search that the query needs; none if it asks for no row at all.

    Args:
        stamps: the MLS's fields that say when a row was modified; one of them is enough.
        key, number: the MLS's fields for ListingKey and ListingId.
        zone: in which the server takes moments; None if it takes UTC.
    """
    since = _since(query.since or EVER, stamps if query.since else stamps[:1], zone)
    if query.keys is None and query.numbers is None:
        return [since]
    always = [since] if query.since else []
    named = _named(key, query.keys) + _named(number, query.numbers)
    return [",".join([*always, group]) for group in named]


def moment(at: datetime, zone: tzinfo | None) -> str:
    """A moment as DMQL2 writes it: UTC with a Z, or the local time of the server's zone without one.

    Where clocks are about to be set back, what is modified later may bear an earlier local time: the time
    given is then one that is earlier than all of them.
    """
    if zone is None:
        return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    local = _wall(at, zone)
    if at < datetime.max.replace(tzinfo=UTC) - _HOUR:
        local = min(local, _wall(at + _HOUR, zone) - _HOUR)
    return local.isoformat(timespec="milliseconds")


def literal(value: str) -> str | None:
    """A text that stands for itself alone, whatever signs it has; None if DMQL2 cannot say it."""
    if _PLAIN.fullmatch(value):
        return value
    if not value.strip() or not value.isprintable():
        return None
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def is_name(text: str) -> bool:
    """Whether a text can be the system name of a field, a resource or a class."""
    return _NAME.fullmatch(text) is not None


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _since(at: datetime, stamps: Sequence[str], zone: tzinfo | None) -> str:
    return _any([f"({name}={moment(at, zone)}+)" for name in stamps])


def _named(field: str, values: Sequence[str] | None) -> list[str]:
    """Conditions for these values, in groups: plain ones as a list, others as literals joined by OR."""
    unique = list(dict.fromkeys(values or ()))
    written = [text for value in unique if (text := literal(value)) is not None]
    groups = [written[start : start + KEYS_AT_ONCE] for start in range(0, len(written), KEYS_AT_ONCE)]
    return [_group(field, group) for group in groups]


def _group(field: str, values: Sequence[str]) -> str:
    plain = ",".join(value for value in values if not value.startswith('"'))
    parts = [f"({field}={plain})"] if plain else []
    return _any([*parts, *(f"({field}={value})" for value in values if value.startswith('"'))])


def _any(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"
