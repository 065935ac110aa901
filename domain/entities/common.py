"""Small shapes that several entities share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something did not work, as data.

    Attributes:
        code: an upper-case word for machines, for example `OUTCOME_NOT_FOUND`.
        message: one sentence for the user; never holds a secret.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, found before anything was done.

    Attributes:
        field: the path of the input, outermost name first.
    """

    code: str
    message: str
    field: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A slice of a list.

    Attributes:
        first: how many at most, 1 to 100.
        after: the cursor of the item before the slice, as a former answer gave it; None for the start.
    """

    first: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """A slice of a list and where it ends.

    Attributes:
        items: in order; may be fewer than asked for although there are more, when a filter is selective.
        cursors: one for each item.
        end: continue after this position; None if there is nothing to continue with.
        more: whether another slice may exist.
    """

    items: Sequence[T_co]
    cursors: Sequence[str]
    end: str | None
    more: bool
