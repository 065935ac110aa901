"""Strawberry's decorators for fields with resolvers, as types that mypy can follow."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., object])


def resolved(description: str) -> Callable[[Resolver], Resolver]:
    """Declare a field that a function resolves."""
    declare: Any = strawberry.field(description=description)
    return as_resolver(declare)


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
