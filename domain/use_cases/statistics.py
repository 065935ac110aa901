"""What synchronizations came to over some days: of a connection, of a user, of the whole installation."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.entities.statistics import SyncTotals
from domain.errors import Invalid
from domain.ports import Ports
from domain.use_cases.lookup import connection_of

LONGEST_DAYS = 366
USUAL_DAYS = 30

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatistics:
    """Sums over whole UTC days.

    Attributes:
        since: the beginning of the first day.
        until: the end of the last day, which is the beginning of the next.
    """

    since: datetime
    until: datetime
    totals: SyncTotals


async def sync_statistics(
    ports: Ports,
    *,
    user_id: str,
    connection_id: str | None = None,
    everybody: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
) -> SyncStatistics:
    """Sum up the days that the range touches.

    Args:
        connection_id: one of the user's connections; None for all of them.
        everybody: without a connection, all users' runs; for administrators.
        since, until: in UTC; the last 30 days, today included, if neither is given.

    Raises:
        Invalid: the range ends before it begins, or touches more than 366 days.
        NotFound: the user has no such connection.
    """
    first, last = _days(ports.now(), since, until)
    if connection_id is not None:
        connection = await connection_of(ports, user_id, connection_id)
        totals = await ports.statistics.of_connection(user_id, connection.id, first, last)
    elif everybody:
        totals = await ports.statistics.of_all(first, last)
    else:
        totals = await ports.statistics.of_user(user_id, first, last)
    return SyncStatistics(since=_midnight(first), until=_midnight(last + _DAY), totals=totals)


def _days(now: datetime, since: datetime | None, until: datetime | None) -> tuple[date, date]:
    if since is not None and until is not None and since > until:
        raise Invalid("The range ends before it begins.", field=("to",))
    try:
        last = _last_day(until, since) if until is not None else max(now, since or now).date()
        first = since.date() if since is not None else last - _DAY * (USUAL_DAYS - 1)
        _midnight(last + _DAY)
    except OverflowError:
        raise Invalid("There are no such days.", field=("from",)) from None
    if (last - first).days >= LONGEST_DAYS:
        raise Invalid(f"The range touches more than {LONGEST_DAYS} days.", field=("from",))
    return first, last


def _last_day(until: datetime, since: datetime | None) -> date:
    """The day in which the range ends: one that ends with midnight does not touch the next day."""
    touches = until.time() != time() or until == since
    return until.date() if touches else until.date() - _DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
