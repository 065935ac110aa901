"""What is asked for in the query of a URL: days, and a few words."""

from datetime import date

from starlette.datastructures import QueryParams

from domain.errors import Invalid
from domain.rules.aggregates import MetricsPeriod, range_of

DAYS = frozenset({"period", "from", "to"})


def check_names(query: QueryParams, known: frozenset[str]) -> None:
    """Raises `Invalid` for what nobody would read, and for what is said twice."""
    for name in query:
        if name not in known:
            names = ", ".join(sorted(known))
            raise Invalid(f"There is no parameter “{name[:40]}”; there are: {names}.", field=(name[:40],))
        if len(query.getlist(name)) > 1:
            raise Invalid(f"Give “{name}” once.", field=(name,))


def days_asked(query: QueryParams, today: date) -> tuple[date, date]:
    """The first and the last day: of `period`, or `from` and `to`, both included; the last 30 days of neither.

    Raises `Invalid`.
    """
    period, first, last = _period(query.get("period")), _day(query, "from"), _day(query, "to")
    if first is None and last is None:
        return range_of(period or MetricsPeriod.MONTHLY, None, today)
    if first is None or last is None:
        raise Invalid("Give both “from” and “to”.", field=("to" if last is None else "from",))
    return range_of(period, (first, last), today)


def _period(text: str | None) -> MetricsPeriod | None:
    if text is None:
        return None
    try:
        return MetricsPeriod(text.upper())
    except ValueError:
        names = ", ".join(period.value for period in MetricsPeriod)
        raise Invalid(f"There is no such period; there are: {names}.", field=("period",)) from None


def _day(query: QueryParams, name: str) -> date | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise Invalid(f"“{name}” is a day as 2026-10-31.", field=(name,))
    return found
