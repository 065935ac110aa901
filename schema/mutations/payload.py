"""What every mutation's payload has, and the one place where the domain's errors become `userErrors`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from domain.errors import YardsignError
from schema.context import Info
from schema.errors import UserError
from schema.fields import Resolver, as_resolver

T = TypeVar("T")

Input = Annotated[T, strawberry.argument(description="What to do.")]
"""The one argument of a mutation."""


@strawberry.type
class Payload:
    """What every payload has."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it was not done; empty if it was."
    )


class UserErrors(FieldExtension):
    """Answers the domain's errors as data: the payload's entity is null then."""

    def apply(self, field: StrawberryField) -> None:
        """Remember what to answer with."""
        if not (isinstance(field.type, type) and issubclass(field.type, Payload)):
            raise TypeError(f"{field.python_name} must answer a payload")
        self._payload: type[Payload] = field.type

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Call the resolver."""
        try:
            return await next_(source, info, **kwargs)
        except YardsignError as error:
            return self._payload(user_errors=UserError.all_of(error))


def mutation(description: str) -> Callable[[Resolver], Resolver]:
    """Declare a mutation."""
    declare: Any = strawberry.mutation(description=description, extensions=[UserErrors()])
    return as_resolver(declare)
