"""Which URLs a query of RESO's Property resource becomes, and how the place between two pages is written."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

from domain.entities.mls import MlsQuery
from domain.errors import Rejected

KEYS_AT_ONCE = 20
"""Keys in one filter: IIS takes 2,048 characters of query unless told otherwise."""

MOST_EMPTY = 100
"""Empty pages in a row, each with a next one, after which a server is not believed any more."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked of a server beyond the core; those that refuse it get a simpler request.

    Attributes:
        expand: `$expand=Media`, which is new in Core 2.1.
        photo_stamps: PhotosChangeTimestamp in the filter, which not every server has.
    """

    expand: bool
    photo_stamps: bool


SHAPES = (Shape(True, True), Shape(True, False), Shape(False, True), Shape(False, False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to go on.

    Attributes:
        chunk: which of the query's filters; many keys need several.
        shape: index into `SHAPES`.
        next: the server's nextLink; None on a server that gives none.
        skip: rows served so far, where there is no nextLink.
        pages: pages served in this chunk.
        empty: how many of the last ones had no rows.
        mark: a page seen before, by which loops are found.
    """

    chunk: int = 0
    shape: int = 0
    next: str | None = None
    skip: int = 0
    pages: int = 0
    empty: int = 0
    mark: str = ""

    def text(self) -> str:
        """As a string for checkpoints."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def turned(self, page: str) -> "Place":
        """The place after one more page, of which `page` is the identity; raises `Rejected` in a loop.

        The mark moves to the pages 1, 2, 4, 8, …, so that a loop of any length is found with one mark
        (R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980).
        """
        digest = sha256(page.encode("utf-8", "replace")).hexdigest()[:16]
        if digest == self.mark:
            raise Rejected("The MLS serves the same pages again and again: its paging is a loop.")
        pages = self.pages + 1
        return replace(self, pages=pages, mark=self.mark if pages & (pages - 1) else digest)


def read_place(text: str | None) -> Place:
    """The place that `Place.text` wrote. Raises `Rejected` for anything else."""
    if text is None:
        return Place()
    try:
        place = Place(**json.loads(text))
        numbers = (place.chunk, place.shape, place.skip, place.pages, place.empty)
        valid = all(isinstance(number, int) and number >= 0 for number in numbers)
        valid = valid and isinstance(place.next, str | None) and isinstance(place.mark, str)
    except (ValueError, TypeError):
        valid = False
    if not valid or place.shape >= len(SHAPES):
        raise Rejected("The position in the MLS's pages is not readable. Start the import again.")
    return place


def filters(query: MlsQuery, shape: Shape) -> list[str]:
    """One filter for each request that the query needs; none if it asks for no row at all."""
    always = [f"({since(query.since, shape)})"] if query.since else []
    if query.keys is None and query.numbers is None:
        return [" and ".join(always)]
    named = _named("ListingKey", query.keys) + _named("ListingId", query.numbers)
    return [" and ".join([*always, f"({group})"]) for group in named]


def since(moment: datetime, shape: Shape) -> str:
    """Rows changed at the moment or later: some servers move the photos' stamp without the row's."""
    stamp = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    names = ["ModificationTimestamp"] + ["PhotosChangeTimestamp"] * shape.photo_stamps
    return " or ".join(f"{name} ge {stamp}" for name in names)


def property_url(root: str, filter: str, shape: Shape, *, skip: int, page_size: int) -> str:
    """A page of Property in the order of its keys, which never change: in an order of stamps a home that is
    touched while paging moves to the end, and the home after it slips past a server that pages by position.

    The page's size is asked for by a header, since `$top` is a total; only a server without nextLink, which
    is paged by `$skip`, is given `$top`.
    """
    options = {
        "$filter": filter,
        "$orderby": "ListingKey",
        "$expand": "Media" if shape.expand else "",
        "$count": "true",
        "$skip": str(skip) if skip else "",
        "$top": str(page_size) if skip else "",
    }
    written = [f"{name}={quote(value, safe=_SAFE)}" for name, value in options.items() if value]
    return f"{root.rstrip('/')}/Property?{'&'.join(written)}"


# OData reads a space as %20 only, and needs no other of these escaped.
_SAFE = "(),':"


def _named(field: str, values: Sequence[str] | None) -> list[str]:
    unique = list(dict.fromkeys(values or ()))
    groups = [unique[start : start + KEYS_AT_ONCE] for start in range(0, len(unique), KEYS_AT_ONCE)]
    return [" or ".join(f"{field} eq {_literal(value)}" for value in group) for group in groups]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
