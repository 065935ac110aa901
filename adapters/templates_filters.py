"""The filters of templates: Liquid's own where they are harmless, bounded, and some for homes."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any

from liquid import RenderContext
from liquid.builtin.filters import array, math, misc, string
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_context
from liquid.undefined import Undefined

from domain.rules import wording

Filter = Callable[..., Any]
LONGEST_TEXT = 20_000
_LONGEST_LIST = 1_000
_LARGEST_NUMBER = 10**18
_LONGEST_FORMAT = 100


class TooMuch(Exception):
    """A filter was to take, or would make, more than is allowed."""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _replace(value: object, old: object, new: object = "") -> str:
    text, before, after = _text(value), _text(old), _text(new)
    if before:
        _allow(len(text) + text.count(before) * (len(after) - len(before)))
    else:
        _allow(len(text) + (len(text) + 1) * len(after))
    return text.replace(before, after)


def _join(value: object, between: object = " ") -> str:
    texts = [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
    separator = _text(between)
    _allow(sum(map(len, texts)) + len(texts) * len(separator))
    return separator.join(texts)


def _date(value: object, form: object = "%B %-d, %Y") -> str:
    if value is None:
        return ""
    if not isinstance(value, date) or not isinstance(form, str) or len(form) > _LONGEST_FORMAT:
        raise FilterArgumentError("date wants a date and a form like '%B %d, %Y'", token=None)
    return value.strftime(form)


@with_context
def _money(value: object, currency: object = None, *, context: RenderContext) -> str:
    if value is None:
        return ""
    if currency is None:
        listing = context.resolve("listing", default=None)
        currency = listing.get("currency") if isinstance(listing, Mapping) else None
    return wording.money(_number_of(value, "money"), _text(currency or "USD"))


def _number(value: object) -> str:
    if value is None:
        return ""
    number = _number_of(value, "number")
    return f"{number:,}" if isinstance(number, int) else f"{number:,.2f}".rstrip("0").rstrip(".")


def _number_of(value: object, name: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FilterArgumentError(f"{name} wants a number", token=None)
    return value


def _allow(length: int) -> None:
    if length > LONGEST_TEXT:
        raise TooMuch


def _allow_value(value: object) -> None:
    if isinstance(value, str):
        _allow(len(value))
    elif isinstance(value, (list, tuple)):
        if len(value) > _LONGEST_LIST:
            raise TooMuch
    elif isinstance(value, (int, float)) and abs(value) > _LARGEST_NUMBER:
        raise TooMuch


def _bounded(name: str, filter_: Filter) -> Filter:
    @wraps(filter_)  # which keeps the marks by which the library hands the context in
    def bounded(*values: object, **more: object) -> object:
        for value in (*values, *more.values()):
            if isinstance(value, Undefined):
                str(value)  # raises: a variable that there is not
            _allow_value(value)
        try:
            made = filter_(*values, **more)
        except (TypeError, FilterArgumentError) as error:
            reason = error.args[0] if error.args else error
            said = reason if isinstance(reason, str) and isinstance(error, FilterArgumentError) else None
            message = said or f"the filter {name} is given too much, too little or the wrong thing"
            raise FilterArgumentError(message, token=None) from error
        _allow_value(made)
        return made

    return bounded


_FILTERS: Mapping[str, Filter] = {
    "append": string.append,
    "at_least": math.at_least,
    "at_most": math.at_most,
    "capitalize": string.capitalize,
    "ceil": math.ceil,
    "date": _date,
    "default": misc.default,
    "divided_by": math.divided_by,
    "downcase": string.downcase,
    "first": array.first,
    "floor": math.floor,
    "join": _join,
    "last": array.last,
    "minus": math.minus,
    "money": _money,
    "number": _number,
    "plus": math.plus,
    "prepend": string.prepend,
    "remove": string.remove,
    "replace": _replace,
    "round": math.round_,
    "size": misc.size,
    "slice": string.slice_,
    "split": string.split,
    "strip": string.strip,
    "times": math.times,
    "truncate": string.truncate,
    "truncatewords": string.truncatewords,
    "upcase": string.upcase,
}

FILTERS: Mapping[str, Filter] = {name: _bounded(name, filter_) for name, filter_ in _FILTERS.items()}
