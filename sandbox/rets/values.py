"""Writes the values of a home's row as RETS's COMPACT and COMPACT-DECODED have them."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox.rets.fields import Column, Row, code_of
from sandbox.rets.habits import Habits

# XML 1.0 has no way at all to express these.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def shown(column: Column, row: Row, habits: Habits, *, decoded: bool) -> str:
    """The value of a row in a column; empty if there is none. What is of another type is shown as it is."""
    value = row.get(column.reso)
    if value is None or value == []:
        return ""
    text = _coded(column, value, decoded=decoded) if column.lookup else _plain(column, value, habits)
    return _NO_XML.sub("", text).replace(chr(habits.delimiter), " ")


def _coded(column: Column, value: Any, *, decoded: bool) -> str:
    items = value if isinstance(value, list) and column.many else [value]
    texts = [item if isinstance(item, str) else _json(item) for item in items]
    return ",".join(texts if decoded else (code_of(column.lookup or "", text) for text in texts))


def _plain(column: Column, value: Any, habits: Habits) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float) and column.precision:
        return f"{value:.{column.precision}f}"
    if not isinstance(value, str):
        return _json(value)
    return local_stamp(value, habits) if column.type == "DateTime" else value


def local_stamp(text: str, habits: Habits) -> str:
    """A stamp of RESO as the server writes it: local time without an offset, or UTC; others as they are."""
    moment = moment_of(text)
    if moment is None:
        return text
    if habits.in_utc:
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return moment.astimezone(habits.zone).replace(tzinfo=None).isoformat(timespec="milliseconds")


def moment_of(value: Any) -> datetime | None:
    """The moment that a RESO stamp tells, in UTC; None if it is none."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
