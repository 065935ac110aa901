"""Cuts pages out of what a query found, and links to the next one as the vendor does."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from sandbox.mls.errors import bad
from sandbox.mls.filters import Fields, Row, compile_filter, order_by, order_key
from sandbox.mls.flavours import Flavour
from sandbox.mls.odata import Expand, Query

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Items, the options of the next page's URL (None: there is no link), the page size a preference led to."""

    items: list[Item]
    following: str | None
    heeded: int | None


def cut(
    found: list[Item], row: Callable[[Item], Row], query: Query, prefer: str | None, flavour: Flavour
) -> Page[Item]:
    """The page that a query asks for. Raises Refused (400) if it ends behind what `$skip` reaches."""
    size, heeded = page_size(prefer, query.top, flavour.page_default, _largest(query, flavour))
    wanted = size if query.top is None else min(size, query.top)
    start = query.skip
    if query.behind is not None:
        start = sum(place_of(row(item)) <= query.behind for item in found)
    if flavour.skip_max is not None and start + wanted > flavour.skip_max:
        raise bad(f"$skip reaches {flavour.skip_max} rows; Property/replication has them all", "$skip")
    items = found[start : start + wanted]
    asked_all = query.top is not None and query.top <= (0 if flavour.top_is_page else len(items))
    following = None
    if items and start + len(items) < len(found) and not asked_all and flavour.next_link != "none":
        following = _following(query, start + len(items), place_of(row(items[-1])), len(items), flavour)
    return Page(items, following, size if heeded else None)


def place_of(row: Row) -> tuple[str, str]:
    """A row's place in the order of stamps; rows of the same stamp are in the order of keys."""
    return str(row.get("ModificationTimestamp") or ""), str(row.get("ListingKey") or "")


def page_size(prefer: str | None, top: int | None, default: int, maximum: int) -> tuple[int, bool]:
    """How many rows a page may have, and whether `Prefer: odata.maxpagesize` was heeded.

    Without a preference `$top` is taken for one, as most servers do; none gets more than `maximum`.
    """
    found = re.search(r"(?:odata\.)?maxpagesize\s*=\s*(\d+)", prefer or "", re.IGNORECASE)
    if found is not None and int(found[1]) > 0:
        return min(int(found[1]), maximum), True
    return min(default if top is None else max(top, 1), maximum), False


def _following(query: Query, end: int, last: tuple[str, str], served: int, flavour: Flavour) -> str:
    """The same options, further on; `$top` counts down, unless it is the size of a page."""
    pairs = [pair for pair in query.given if pair[0] not in ("$skip", "$skiptoken", "$top")]
    if query.top is not None:
        pairs.append(("$top", str(query.top if flavour.top_is_page else query.top - served)))
    match flavour.next_link:
        case "skiptoken":
            pairs.append(("$skiptoken", _token(f"after:{end}")))
        case "stamp":
            pairs.append(("$skiptoken", _token("behind:" + "\n".join(last))))
        case _:
            pairs.append(("$skip", str(end)))
    return urlencode(pairs, safe="$(),;:=", quote_via=quote)


def _token(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _largest(query: Query, flavour: Flavour) -> int:
    """How many rows a page of such a query may have at most."""
    if query.expand is not None:
        return flavour.page_max_expanded or flavour.page_max
    if query.select is not None and set(query.select) == {"ListingKey"}:
        return flavour.page_max_keys or flavour.page_max
    return flavour.page_max


def matching(
    items: list[Item], row: Callable[[Item], Row], asked: Query | Expand, fields: Fields, now: datetime
) -> list[Item]:
    """The items whose rows pass the filter, in the order asked for; equals stay as they were."""
    if asked.filter is not None:
        passes = compile_filter(asked.filter, fields, now)
        items = [item for item in items if passes(row(item))]
    for name, descending in reversed(order_by(asked.order, fields) if asked.order is not None else []):
        key = order_key(name)
        items = sorted(items, key=lambda item: key(row(item)), reverse=descending)
    return items
