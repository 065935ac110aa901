"""The place between two pages of RETS searches, and how pages are joined without losing a row.

RETS pages by position and in no order that it names: a row that vanishes, or moves to the end because it was
touched, moves all behind it forward, and the first of them slips past the reader. So every page begins with
the last row of the page before; if that is not there, the reader goes back.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from domain.errors import Rejected, Unavailable

_REMEMBERED = 12
_MOST_MOVES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to go on.

    Attributes:
        search: which of the query's searches: each class, and within it each group of keys.
        offset: of the next page's first row; RETS counts from 1.
        first: what the search's first page began with.
        seen: hashes of the last rows of the page before; empty at the start of a search.
        back: how often in a row the reader had to go back.
        moves: how often it had to in this search.
        ended: the reader went back because there was nothing where the page before had promised more.
        overlap: whether a page begins with the last row of the one before.
        limit: rows of a page, if the server takes fewer than the settings say.
        plain: whether to ask for no more than any server knows, after a refusal.
        owed: since when homes came whose photos could not be asked for (ISO 8601); empty if none did.
        total: rows that the query has in all, as the server said at the start; None if it did not.
    """

    search: int = 0
    offset: int = 1
    first: str = ""
    seen: tuple[str, ...] = ()
    back: int = 0
    moves: int = 0
    ended: bool = False
    overlap: bool = True
    limit: int | None = None
    plain: bool = False
    owed: str = ""
    total: int | None = None

    def text(self) -> str:
        """As a string for checkpoints."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def next_search(self) -> "Place":
        """The start of the query's next search."""
        return Place(search=self.search + 1, plain=self.plain, owed=self.owed, total=self.total)


def read_place(text: str | None) -> Place:
    """The place that `Place.text` wrote. Raises `Rejected` for anything else."""
    if text is None:
        return Place()
    try:
        place = Place(**json.loads(text))
        numbers = (place.search, place.offset - 1, place.back, place.moves, place.total or 0)
        valid = all(isinstance(number, int) and number >= 0 for number in numbers)
        valid = valid and (place.limit is None or (isinstance(place.limit, int) and place.limit > 0))
        valid = valid and isinstance(place.plain, bool) and isinstance(place.overlap, bool)
        valid = (
            valid
            and isinstance(place.ended, bool)
            and isinstance(place.owed, str)
            and isinstance(place.first, str)
        )
        place = replace(place, seen=tuple(map(str, place.seen)))
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise Rejected("The position in the MLS's pages is not readable. Start the import again.")
    return place


def mark(text: str) -> str:
    """What stands for a row in `Place.seen`."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:10]


def join(place: Place, marks: Sequence[str], *, size: int, more: bool) -> tuple[int, Place | None]:
    """How many rows at the start of a page were in the page before, and where to go on: None at the end.

    Args:
        marks: of the page's rows.
        size: rows of a page, without the one that overlaps.
        more: whether the server has more rows behind these.

    Raises:
        Rejected: the server serves the same page again and again.
        Unavailable: its rows move faster than they can be read.
    """
    first = mark("".join(marks[:2])) if len(marks) > 1 else ""
    if first and place.offset > 1 and first == place.first:
        raise Rejected(
            "The MLS begins every page with its first rows: its paging is a loop. A larger pageSize may help."
        )
    if not marks and place.seen and place.overlap and not place.ended:
        return 0, replace(_gone_back(place, size), ended=True)
    again = next((index for index, one in enumerate(marks) if one not in place.seen), len(marks))
    if place.seen and again == len(marks):
        return again, _stuck(place, marks) if more and not place.ended else None
    if place.seen and place.overlap and not _is_joined(place, marks):
        return 0, _gone_back(place, size)
    if place.ended and marks and marks[-1] in place.seen[-1:]:
        return again, None
    offset = place.offset + len(marks) - (1 if place.overlap else 0)
    first = first if place.offset == 1 else place.first
    after = replace(place, offset=offset, first=first, seen=tuple(marks[-_REMEMBERED:]), back=0, ended=False)
    return again, after if more else None


def _is_joined(place: Place, marks: Sequence[str]) -> bool:
    """Whether the page leaves no gap: it begins with rows of the one before, or holds them after a step back."""
    return marks[0] in place.seen or (place.back > 0 and any(one in place.seen for one in marks))


def _gone_back(place: Place, size: int) -> Place:
    if place.moves >= _MOST_MOVES:
        raise Unavailable("The MLS's list changes faster than it can be read. Try again at a quieter time.")
    step = size * 2**place.back
    start = max(place.offset - step, 1)
    # From the very start everything is read again, so that there is nothing left to join.
    seen = place.seen if start > 1 else ()
    return replace(place, offset=start, seen=seen, back=place.back + 1, moves=place.moves + 1)


def _stuck(place: Place, marks: Sequence[str]) -> Place:
    """The page held nothing but what overlaps: right only for a server whose pages have a single row."""
    if len(marks) != 1 or not place.overlap:
        raise Rejected("The MLS serves the same pages again and again: its paging is a loop.")
    return replace(place, offset=place.offset + 1, overlap=False)
