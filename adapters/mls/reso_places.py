"""The place between two pages of a RESO Web API server, as a checkpoint keeps it."""

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from domain.errors import Rejected

MOST_EMPTY = 100
"""Empty pages in a row, each with a next one, after which a server is not believed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to go on.

    Attributes:
        log: in the log of deletions, behind the rows.
        bulk: in the vendor's bulk resource.
        cursor: what is known of the log.
        bare: the server has refused to give photos apart from their rows.
        chunk: which part of the plan.
        shape: which way of asking for it.
        next: the server's nextLink; None on a server that gives none.
        skip: rows served so far, where there is no nextLink.
        pages: pages served in this part.
        empty: how many of the last ones had no rows.
        mark: a page seen before, by which loops are found.
    """

    log: bool = False
    bulk: bool = False
    cursor: str = ""
    bare: bool = False
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

    def onward(self, chunk: int, shape: int) -> "Place":
        """The beginning of another part."""
        return replace(self, chunk=chunk, shape=shape, next=None, skip=0, pages=0, empty=0, mark="")


def read_place(text: str | None) -> Place:
    """The place that `Place.text` wrote. Raises `Rejected` for anything else."""
    if text is None:
        return Place()
    try:
        place = Place(**json.loads(text))
        numbers = (place.chunk, place.shape, place.skip, place.pages, place.empty)
        valid = all(isinstance(number, int) and number >= 0 for number in numbers)
        valid = valid and all(isinstance(flag, bool) for flag in (place.log, place.bulk, place.bare))
        valid = valid and isinstance(place.next, str | None)
        valid = valid and isinstance(place.mark, str) and isinstance(place.cursor, str)
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise unreadable()
    return place


def unreadable() -> Rejected:
    """The error for a position that is none."""
    return Rejected("The position in the MLS's pages is not readable. Start the import again.")
