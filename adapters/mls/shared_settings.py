"""Reads settings that a connection has whatever its protocol."""

from collections.abc import Mapping
from typing import Any

from adapters.mls.reso_forms import CURRENCY, PAGE_SIZE
from adapters.mls.values import Values
from domain.errors import ActionRequired


def read_page_size(given: Mapping[str, Any], usual: int, largest: int) -> int:
    """Rows per page. Raises `ActionRequired` if it is no number within the bounds."""
    if given.get(PAGE_SIZE) in (None, ""):
        return usual
    size = Values(given).whole(PAGE_SIZE, low=1, high=largest)
    if size is None:
        raise ActionRequired(
            f"The setting {PAGE_SIZE} must be a whole number from 1 to {largest}.", field=("settings",)
        )
    return size


def read_currency(given: Mapping[str, Any]) -> str:
    """The code of the prices' currency. Raises `ActionRequired` if it is none."""
    code = read_text(given, CURRENCY) or "USD"
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise ActionRequired(
            f"The setting {CURRENCY} must be a code of three letters such as USD.", field=("settings",)
        )
    return code.upper()


def read_text(given: Mapping[str, Any], name: str) -> str:
    """A text, trimmed; empty if there is none. Raises `ActionRequired` if it is something else."""
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ActionRequired(f"The setting {name} must be a text.", field=("settings",))
    return value.strip()
