"""What the generated functions call where a value is not the usual one: graphql-core's own completion.

A container is the dict of an object or the list of a list; `waiting` names its parts that are still awaited,
None while there are none. Every value is read once, and its errors are handled where graphql-core handles them.
"""

from collections.abc import Awaitable, Callable, Sequence
from types import CoroutineType
from typing import Any

from graphql.pyutils import Path
from graphql.pyutils.gather_with_cancel import gather_with_cancel

from app.graphql_places import Place

Container = dict[str, Any] | list[Any]
Waiting = list[Any] | None
Complete = Callable[[Any, Any, Any, Container, Waiting], Waiting]


def odd(
    run: Any, place: Place, value: Any, above: Any, into: Container, key: Any, waiting: Waiting
) -> Waiting:
    """Put a value that the generated code does not know: null, awaitable, of another class, or wrong.

    Raises whatever graphql-core raises while it completes the value.
    """
    if not run.is_awaitable(value):
        return unusual(run, place, value, above, into, key, waiting)
    path = place.path(above, key)
    info = place.info(run, path)
    if place.lists:
        awaited = run.complete_awaitable_list_item_value(value, place.type, place.details, info, path, None)
    else:
        awaited = run.complete_awaitable_value(place.type, place.details, info, path, value, None)
    return _await(into, key, awaited, waiting)


def unusual(
    run: Any, place: Place, value: Any, above: Any, into: Container, key: Any, waiting: Waiting
) -> Waiting:
    """The same for what was awaited already: graphql-core awaits nothing twice."""
    run.passing += 1
    path = place.path(above, key)
    info = place.info(run, path)
    found = run.complete_value(place.type, place.details, info, path, value, None)
    return settle(run, place, found, above, into, key, waiting)


def settle(
    run: Any, place: Place, found: Any, above: Any, into: Container, key: Any, waiting: Waiting
) -> Waiting:
    """Put a completed value that may have to be awaited."""
    if run.is_awaitable(found):
        return _await(into, key, _completed(run, place, found, place.path(above, key)), waiting)
    put(into, key, found)
    return waiting


def later(
    run: Any,
    place: Place,
    complete: Complete,
    value: Any,
    above: Any,
    into: Container,
    key: Any,
    waiting: Waiting,
) -> Waiting:
    """Put what an asynchronous resolver answered; `complete` is generated for what it leads to."""
    if type(value) is not CoroutineType:
        return odd(run, place, value, above, into, key, waiting)
    return _await(into, key, _awaited(run, place, complete, value, above, key), waiting)


def failed(
    run: Any,
    place: Place,
    error: Exception,
    above: Any,
    into: Container,
    key: Any,
    waiting: Waiting,
    rest: Sequence[Any] = (),
) -> None:
    """Put null for what failed, or raise the error where null must not be; `rest` of a list is not read then."""
    run.passing += 1
    try:
        run.handle_field_error(error, place.type, place.details, place.path(above, key))
    except Exception:
        pending = [into[each] for each in waiting or ()]
        pending += [each for each in rest if run.is_awaitable(each)]
        if pending:
            run.settle_in_background(pending)
        raise
    put(into, key, None)


async def gathered(into: Container, waiting: list[Any]) -> Container:
    """Await the parts that are awaited, all at once."""
    parts: Any = into
    if len(waiting) == 1:
        parts[waiting[0]] = await parts[waiting[0]]
        return into
    for key, found in zip(waiting, await gather_with_cancel(*(parts[key] for key in waiting)), strict=True):
        parts[key] = found
    return into


def put(into: Container, key: Any, found: Any) -> None:
    """Into an object under its name; to a list always the next one."""
    if isinstance(into, list):
        into.append(found)
    else:
        into[key] = found


def _await(into: Container, key: Any, found: Awaitable[Any], waiting: Waiting) -> list[Any]:
    put(into, key, found)
    if waiting is None:
        return [key]
    waiting.append(key)
    return waiting


async def _completed(run: Any, place: Place, found: Awaitable[Any], path: Path) -> Any:
    try:
        return await found
    except Exception as error:
        run.handle_field_error(error, place.type, place.details, path)
        return None


async def _awaited(
    run: Any, place: Place, complete: Complete, value: Awaitable[Any], above: Any, key: Any
) -> Any:
    into: dict[Any, Any] = {}
    try:
        if complete(run, await value, above, into, None):
            return await into[key]
        return into[key]
    except Exception as error:
        run.handle_field_error(error, place.type, place.details, place.path(above, key))
        return None
