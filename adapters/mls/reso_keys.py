"""Reads the keys of rows, without the rest of them."""

from typing import Any

from adapters.mls.field_map import FieldMap
from adapters.mls.values import TEXT, Values


def key_of(raw: Any, field_map: FieldMap) -> str | None:
    """The key as `reso_mapping.read_row` reads it, or None."""
    mapped = field_map.apply(raw)
    if not isinstance(mapped, dict):
        return None
    key = Values(mapped).text("ListingKey", "ListingId", limit=TEXT + 1)
    return key if key is not None and len(key) <= TEXT else None


def is_deleted(raw: Any, field_map: FieldMap) -> bool:
    """Whether the row is a tombstone, or may not be shown any more."""
    mapped = field_map.apply(raw)
    if not isinstance(mapped, dict):
        return False
    row = Values(mapped)
    return is_tombstone(row.flag("MlgCanView"), row.text("StandardStatus"))


def is_tombstone(can_view: bool | None, standard_status: str | None) -> bool:
    """Whether a row has the status Delete, or the licence to show it has ended.

    Args:
        can_view: `MlgCanView`, as MLS Grid's documentation of its API, version 2, has it.
    """
    return can_view is False or (standard_status or "").casefold() == "delete"
