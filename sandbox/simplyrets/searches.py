"""Which homes a query of SimplyRETS's `/properties` asks for, and how its pages link to each other.

Source: the parameters of https://docs.simplyrets.com/api/simplyrets-openapi.yaml, and its page on pagination.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from sandbox.mls.errors import Refused, bad
from sandbox.mls.homes import Home
from sandbox.simplyrets.listings import TYPES, mls_id, status_of, type_of

MOST = 500
_USUAL = 20
STATUSES = frozenset(
    {
        "Active",
        "Pending",
        "Closed",
        "ActiveUnderContract",
        "Hold",
        "Withdrawn",
        "Expired",
        "Delete",
        "Incomplete",
        "ComingSoon",
    }
)
_MANY = {"status", "type", "q"}
_ONCE = {"limit", "lastId", "vendor", "idx", "count"}
# idx -> the display flags that must not be false.
_IDX = {
    "null": ("InternetAddressDisplayYN", "InternetEntireListingDisplayYN"),
    "listing": ("InternetEntireListingDisplayYN",),
    "address": ("InternetAddressDisplayYN",),
    "ignore": (),
}


@dataclass(frozen=True)
class Search:
    """One query; `last_id` is None unless the client pages by it."""

    statuses: frozenset[str]
    types: frozenset[str]
    words: tuple[str, ...]
    shown: tuple[str, ...]
    limit: int
    last_id: int | None
    count: bool

    def finds(self, home: Home) -> bool:
        """Whether a home is among the results."""
        row = home.row
        return (
            status_of(row.get("StandardStatus")) in self.statuses
            and type_of(home) in self.types
            and all(row.get(flag) is not False for flag in self.shown)
            and (not self.words or any(_has(row, word) for word in self.words))
        )


def read_search(request: Request, vendors: Sequence[str], statuses: frozenset[str]) -> Search:
    """The search that a request asks for. Raises Refused (400) for what is not known."""
    given = request.query_params
    for name in given:
        if name not in _MANY | _ONCE or (name in _ONCE and len(given.getlist(name)) > 1):
            raise bad(f"unknown or repeated parameter: {name}")
    check_vendor(request, vendors)
    limit = _whole("limit", given.get("limit", str(_USUAL)))
    if not 1 <= limit <= MOST:
        raise bad(f"limit is 1 to {MOST}")
    if given.get("idx", "null") not in _IDX:
        raise bad("unknown idx")
    return Search(
        statuses=_known(given.getlist("status"), statuses) or frozenset({"Active"}),
        types=_known(given.getlist("type"), TYPES) or frozenset({"residential", "rental"}),
        words=tuple(word.casefold() for word in given.getlist("q")),
        shown=_IDX[given.get("idx", "null")],
        limit=limit,
        last_id=_whole("lastId", given["lastId"]) if "lastId" in given else None,
        count=given.get("count", "true") != "false",
    )


def check_vendor(request: Request, vendors: Sequence[str]) -> None:
    """Raise Refused (400) unless the request names one of the vendors; with one alone it need not."""
    vendor = request.query_params.get("vendor")
    if vendor is None and len(vendors) > 1:
        raise Refused(400, "the parameter vendor is required: there are several feeds")
    if vendor is not None and vendor not in vendors:
        raise Refused(400, f"there is no vendor {vendor}")


def page(search: Search, homes: Sequence[Home]) -> tuple[list[Home], int, bool]:
    """A page in the order of mlsId, how many homes the search finds in all, and whether more follow."""
    found = sorted((home for home in homes if search.finds(home)), key=mls_id)
    rest = [home for home in found if mls_id(home) > (search.last_id or 0)]
    return rest[: search.limit], len(found), len(rest) > search.limit


def next_link(request: Request, url: str, last: int) -> str:
    """The Link header to the page behind the home of this mlsId."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "lastId"]
    return f'<{url}?{urlencode([("lastId", str(last)), *pairs])}>; rel="next"'


def _known(given: Sequence[str], known: frozenset[str]) -> frozenset[str]:
    names = {name for value in given for name in value.split(";")}
    if names - known:
        raise bad(f"unknown value: {sorted(names - known)[0]}")
    return frozenset(names)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise bad(f"{name} takes a whole number")
    return int(text)


def _has(row: dict[str, Any], word: str) -> bool:
    """`q` searches number, street, city, subdivision and postal code, wherever the word stands in them."""
    names = ("ListingId", "StreetNumber", "StreetName", "City", "SubdivisionName", "PostalCode")
    return any(word in str(row.get(name) or "").casefold() for name in names)
