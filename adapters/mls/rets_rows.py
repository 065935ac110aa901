"""Turns rows of a RETS search into records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from adapters.mls.reso_mapping import read_row
from adapters.mls.rets_compact import Row
from adapters.mls.rets_photos import Home
from adapters.mls.rets_settings import Settings
from adapters.mls.values import Values
from domain.entities.mls import MlsDefect, MlsRecord

_MODIFIED = "ModificationTimestamp"
_PHOTOS = "PhotosChangeTimestamp"
_ORIGIN = "OriginatingSystemName"


@dataclass(frozen=True, slots=True)
class Read:
    """A row as it was read, and what is known of its photos; `home` is None if it has no key."""

    row: MlsRecord | MlsDefect
    home: Home | None


def read_rows(settings: Settings, rows: Sequence[Row]) -> list[Read]:
    """Read a page of rows; a line that does not fit its columns is a defect and harms no other."""
    return [_read(settings, row) for row in rows]


def to_reso(settings: Settings, raw: dict[str, str]) -> dict[str, Any]:
    """The row under RESO's names; its stamps are in UTC, as the server's zone is known here only."""
    row: dict[str, Any] = dict(settings.fields.apply(raw))
    for name in (_MODIFIED, _PHOTOS):
        if stamp := _moment(row.get(name), settings.zone):
            row[name] = stamp.isoformat()
    if settings.originating_system and not row.get(_ORIGIN):
        row[_ORIGIN] = settings.originating_system
    # An hour that the clocks pass twice says nothing of what came first, and must not make news look old.
    if _is_ambiguous(raw.get(settings.fields.raw_name(_MODIFIED)), settings.zone):
        del row[_MODIFIED]
    return row


def _read(settings: Settings, row: Row) -> Read:
    if row.values is None:
        return Read(MlsDefect(code="UNREADABLE", message="A row has not one value for each column."), None)
    reso = to_reso(settings, row.values)
    read = read_row(reso, currency=settings.currency)
    if isinstance(read, MlsDefect):
        return Read(read, None)
    values = Values(reso)
    return Read(
        read, Home(read.key, values.whole("PhotosCount", high=10_000), values.moment(_PHOTOS, _MODIFIED))
    )


def _moment(text: Any, zone: tzinfo) -> datetime | None:
    """A stamp in UTC; one without an offset is in the server's zone."""
    try:
        stamp = datetime.fromisoformat(str(text).strip())
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _is_ambiguous(text: Any, zone: tzinfo) -> bool:
    """Whether a stamp without an offset falls into the hour that comes twice when clocks are set back."""
    try:
        stamp = datetime.fromisoformat(str(text).strip())
        if stamp.tzinfo:
            return False
        first, second = (stamp.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    except (ValueError, OverflowError):
        return False
    return (first or timedelta()) > (second or timedelta())
