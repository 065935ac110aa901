"""Reads dates as spreadsheets write them: 3/15/2026, 15.03.2026, 3/15/26 4:05 PM."""

import re
from datetime import datetime

_WRITTEN = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})"
    r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp])?\.?[Mm]?\.?)?"
)


def iso_date(text: str, *, day_first: bool) -> str:
    """The date, or the date and time, as ISO 8601 writes it; anything else as it is, for others to judge.

    A point between the numbers means that the day is first, wherever it is used.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return text
    first, second, year = (int(found[place]) for place in (1, 2, 3))
    day, month = (first, second) if day_first or "." in text[:3] else (second, first)
    hour, minute, seconds = (int(found[place] or 0) for place in (4, 5, 6))
    if found[7]:
        hour = hour % 12 + (12 if found[7] in "pP" else 0)
    try:
        moment = datetime(year + 2000 if year < 100 else year, month, day, hour, minute, seconds)
    except ValueError:
        return text
    return moment.isoformat() if found[4] else moment.date().isoformat()
