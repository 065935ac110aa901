"""Resolves fields for all objects of a list at once, where their declarations say how (`schema.fields.resolved`).

A list of 50 listings with two edges each is then two reads that are awaited once, and not 100 tasks.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql.pyutils.gather_with_cancel import gather_with_cancel
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from app.graphql_places import Asked


def wanted(
    run: Any, functions: Mapping[type, Callable[..., Any]], sources: Sequence[Any], way: Any
) -> list[Asked] | None:
    """The batches of the function that makes all these objects; None if there are none, or several functions."""
    kind = type(sources[0]) if sources else None
    batches = getattr(functions.get(kind), "batches", None) if kind is not None else None
    if not batches or any(type(each) is not kind or hasattr(each, TYPE_CAST_ATTRIBUTE) for each in sources):
        return None
    asked = [batch(run, sources, way) for batch in batches]
    return None if None in asked else asked


async def batched(
    asked: list[Asked], items: Callable[..., Any], run: Any, sources: Sequence[Any], way: Any
) -> list[Any]:
    """The list that `items` makes, given what the batches answer for each of the objects."""
    answers = [_answered(each, len(sources)) for each in asked]
    columns = [await answers[0]] if len(answers) == 1 else await gather_with_cancel(*answers)
    found = items(run, sources, way, list(zip(*columns, strict=True)))
    made: list[Any] = found if type(found) is list else await found
    return made


async def _answered(ask: Asked, count: int) -> Sequence[Any]:
    """What a batch answers; what it raises is each object's error."""
    try:
        values = await ask()
        if len(values) != count:
            raise ValueError(f"a batch answered {len(values)} values for {count} objects")
    except Exception as error:
        return [error] * count
    return values
