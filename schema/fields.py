"""Strawberry's decorators for fields with resolvers, as types that mypy can follow."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

T = TypeVar("T")
Resolver = TypeVar("Resolver", bound=Callable[..., object])


UNCHANGING = "__unchanging__"
"""The attribute of a class that `unchanging` sets."""

BATCH = "batch"
"""In the metadata of a field: what resolves it for many parents at once."""

STEADY = "steady"
"""In the metadata of a field: whether it answers the same for one object all through a season."""


def resolved(
    description: str,
    *,
    batch: Callable[..., object] | None = None,
    answers: object = None,
    steady: bool = False,
) -> Callable[[Resolver], Resolver]:
    """Declare a field that a function resolves.

    Args:
        batch: the same for all objects of a list: awaited with the context, the list, and the arguments by name,
            it gives a value for each, or an exception in place of a value. An executor may call it instead.
        answers: the field's type, where the function's annotation says more.
        steady: whether it answers the same for the same object and arguments, whoever asks, for as long as
            `schema.context.Context.season` stays equal.
    """
    metadata: dict[str, object] = {STEADY: True} if steady else {}
    if batch is not None:
        metadata[BATCH] = batch
    declare: Any = strawberry.field(description=description, metadata=metadata, graphql_type=answers)
    return as_resolver(declare)


def unchanging(class_: type[T]) -> type[T]:
    """Say of a type that nobody changes its objects once they are made, and nothing that lies in them: an executor
    may keep with an object what it has made of its plain and its steady fields, which pays for objects that live
    longer than a request."""
    setattr(class_, UNCHANGING, True)
    return class_


def watched(description: str) -> Callable[[Resolver], Resolver]:
    """Declare a subscription."""
    declare: Any = strawberry.subscription(description=description)
    return as_resolver(declare)


def as_resolver(declare: Any) -> Callable[[Resolver], Resolver]:
    """The decorator, as if it left the function as it is; to the class body it answers Strawberry's field."""

    def decorate(function: Resolver) -> Resolver:
        field: Resolver = declare(function)
        return field

    return decorate
