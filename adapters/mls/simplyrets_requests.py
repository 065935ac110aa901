"""Which addresses of SimplyRETS a query becomes, and how the place between two pages is written.

Source: https://docs.simplyrets.com/api/simplyrets-openapi.yaml and its pages on pagination and on IDX.
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from adapters.mls.addresses import check_address, own_link
from adapters.mls.answers import bare
from adapters.mls.shared_settings import read_page_size, read_text
from adapters.mls.values import Values
from domain.entities.mls import MlsQuery
from domain.entities.mls_connection import MlsSource
from domain.errors import ActionRequired, Rejected

PAGE_SIZE = 500
"""SimplyRETS gives no more than this."""

FEW = 20
"""So many homes are asked for one by one; for more of them the whole feed is read."""

Options = list[tuple[str, str]]

IDX = ("null", "listing", "address", "ignore")

# Unless asked for, SimplyRETS answers with active homes to live in only.
STATUSES = ("Active", "ActiveUnderContract", "Pending", "ComingSoon", "Closed")
OFF_MARKET = ("Hold", "Withdrawn", "Expired", "Delete", "Incomplete")
_TYPES = (
    "residential",
    "rental",
    "mobilehome",
    "condominium",
    "multifamily",
    "commercial",
    "land",
    "farm",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to go on.

    Attributes:
        next: the address in the server's Link header; None if it gave none.
        last: the largest mlsId so far: every page has to go beyond it.
        named: how many of the homes asked for by name have been asked for.
        total: what the first page's X-Total-Count said.
        updated: what the first page's X-SimplyRETS-LastUpdate said.
        narrow: the server refused the off-market statuses.
    """

    next: str | None = None
    last: int = 0
    named: int = 0
    total: int | None = None
    updated: str | None = None
    narrow: bool = False

    def text(self) -> str:
        """As a string for checkpoints."""
        return json.dumps(asdict(self), separators=(",", ":"))


def read_place(text: str | None) -> Place:
    """The place that `Place.text` wrote. Raises `Rejected` for anything else."""
    if text is None:
        return Place()
    try:
        place = Place(**json.loads(text))
        counts = (place.last, place.named, place.total or 0)
        valid = all(isinstance(count, int) and count >= 0 for count in counts)
        valid = valid and isinstance(place.next, str | None) and isinstance(place.updated, str | None)
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise Rejected("The position in the MLS's pages is not readable. Start the import again.")
    return place


@dataclass(frozen=True, slots=True)
class Named:
    """The homes that a query asks for by key or number."""

    keys: frozenset[str]
    numbers: frozenset[str]

    @property
    def few(self) -> Options:
        """Each as (`key` or `number`, its value), in an order that never changes."""
        keys = [("key", key) for key in sorted(self.keys) if _is_id(key)]
        return keys + [("number", number) for number in sorted(self.numbers)]

    def has(self, row: Any) -> bool:
        """Whether a row of RESO's names is one of them."""
        if not isinstance(row, dict):
            return False
        values = Values(row)
        return values.text("ListingKey") in self.keys or values.text("ListingId") in self.numbers


def named(query: MlsQuery) -> Named | None:
    """None if the query asks for all homes."""
    if query.keys is None and query.numbers is None:
        return None
    return Named(frozenset(query.keys or ()), frozenset(query.numbers or ()))


def feed_url(source: MlsSource, place: Place, *, limit: int | None = None) -> str:
    """A page of all homes of every type and status, in the order of mlsId."""
    if place.next is not None:
        return own_link(place.next, source.url)
    options: Options = [("limit", str(limit or page_size(source))), ("lastId", str(place.last))]
    if limit or place.last:
        # Counting slows the server down, and the first page has told.
        options.append(("count", "false"))
    return f"{root(source)}?{urlencode(options + _everything(source, place.narrow))}"


def home_url(source: MlsSource, kind: str, value: str, place: Place) -> str:
    """One home by its mlsId, or those whose number or street or city has the value in it."""
    if kind == "key":
        options = _vendor(source)
        return f"{root(source)}/{quote(value, safe='')}{'?' if options else ''}{urlencode(options)}"
    options = [("limit", str(PAGE_SIZE)), ("count", "false"), ("q", value)]
    return f"{root(source)}?{urlencode(options + _everything(source, place.narrow))}"


def next_page(link_header: str | None, url: str, source: MlsSource) -> str | None:
    """The address with rel=next in a Link header (RFC 8288), absolute. Raises `Rejected` if it leads elsewhere."""
    for target, attributes in re.findall(r"<([^>]*)>([^<]*)", link_header or ""):
        if re.search(r'\brel\s*=\s*(next\b|"[^"]*\bnext\b)', attributes):
            try:
                return own_link(urljoin(url, target), source.url)
            except ValueError:
                raise Rejected(f"The MLS's link to the next page is no address ({bare(url)}).") from None
    return None


def root(source: MlsSource) -> str:
    """The address of the listings; raises `Rejected` if the connection's is none."""
    check_address(source.url)
    return source.url.rstrip("/")


def page_size(source: MlsSource) -> int:
    """Listings per page; raises `ActionRequired` for an impossible setting."""
    return read_page_size(source.settings, PAGE_SIZE, PAGE_SIZE)


def _everything(source: MlsSource, narrow: bool) -> Options:
    statuses = STATUSES if narrow else (*STATUSES, *OFF_MARKET)
    options = [("status", status) for status in statuses] + [("type", type_) for type_ in _TYPES]
    return [*options, *_vendor(source), *_idx(source)]


def _vendor(source: MlsSource) -> Options:
    vendor = read_text(source.settings, "vendor")
    return [("vendor", vendor)] if vendor else []


def _idx(source: MlsSource) -> Options:
    idx = read_text(source.settings, "idx")
    if idx and idx not in IDX:
        raise ActionRequired(f"The setting idx must be one of {', '.join(IDX)}.", field=("settings",))
    return [("idx", idx)] if idx else []


def _is_id(key: str) -> bool:
    """An mlsId is a whole number of at most 64 bits; other keys name no home there."""
    return key.isascii() and key.isdecimal() and len(key) <= 19
