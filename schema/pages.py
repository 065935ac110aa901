"""Pages of a list: Relay's connections, with cursors that only the store can read."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, Never, TypeVar

import strawberry

from domain.entities.common import Page, PageRequest
from domain.errors import Invalid

T = TypeVar("T")
Entity = TypeVar("Entity")

LARGEST_PAGE = 100

First = Annotated[
    int | None, strawberry.argument(description="How many at most, 1 to 100; 20 if it is not given.")
]
After = Annotated[
    str | None, strawberry.argument(description="Continue after this cursor, as a former answer gave it.")
]


@strawberry.type(description="Where a page ends and whether there is more.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="Whether another page may follow.")
    has_previous_page: bool = strawberry.field(description="Whether this page was asked for with `after`.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first node.")
    end_cursor: str | None = strawberry.field(description="Pass it as `after` for the next page.")


@strawberry.type(description="A node and its place in the list.")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Its place, opaque, bound to this list.")
    node: T = strawberry.field(description="The thing itself.")


@strawberry.type(description="A page of a list; it may be short while `hasNextPage` is true.")
class Connection(Generic[T]):
    """Relay's connection, with its nodes also without their cursors."""

    edges: list[Edge[T]] = strawberry.field(description="The nodes with their cursors.")
    nodes: list[T] = strawberry.field(description="The nodes alone.")
    page_info: PageInfo = strawberry.field(description="Where this page ends and whether there is more.")


def page_request(first: int | None, after: str | None) -> PageRequest:
    """Read the arguments of a list; raises `Invalid`."""
    if first is strawberry.UNSET or first is None:
        return PageRequest(after=after or None)
    if not 1 <= first <= LARGEST_PAGE:
        raise Invalid(f"`first` must be 1 to {LARGEST_PAGE}.", field=("first",))
    return PageRequest(first, after or None)


def connection(page: Page[Entity], of: Callable[[Entity], T], request: PageRequest) -> Connection[T]:
    """Show a page of entities; `of` makes a node of one."""
    nodes: Sequence[T] = [of(item) for item in page.items]
    return Connection(
        edges=[Edge(cursor=place, node=node) for place, node in zip(page.cursors, nodes, strict=True)],
        nodes=list(nodes),
        page_info=PageInfo(
            has_next_page=page.more,
            has_previous_page=request.after is not None,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.end or (page.cursors[-1] if page.cursors else None),
        ),
    )


NOTHING: Page[Never] = Page(items=(), cursors=(), end=None, more=False)
"""The page of a list that is not there: what belongs to an absent thing, or to somebody else's."""
