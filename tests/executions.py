"""Executes documents by one executor or another, and shows all that can be seen of an answer."""

import json
from collections.abc import Iterator
from typing import Any, cast

from graphql import DocumentNode, ExecutionResult, Executor, GraphQLError, GraphQLSchema, execute
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

GENERIC = StrawberryGraphQLCoreExecutionContext
"""Strawberry's own."""


async def answered(
    schema: GraphQLSchema,
    document: DocumentNode,
    context: object,
    variables: dict[str, Any],
    executor: type[Executor[Any]],
) -> ExecutionResult:
    """The answer of one executor, with all that it says of its errors."""
    found: Any = execute(
        schema,
        document,
        context_value=context,
        variable_values=variables,
        is_awaitable=cast(Any, optimized_is_awaitable),
        executor_class=executor,
    )
    answer = await found if optimized_is_awaitable(found) else found
    assert isinstance(answer, ExecutionResult)
    return answer


def shown(answer: ExecutionResult) -> tuple[str, list[tuple[Any, ...]]]:
    """All of an answer that can be seen, the order of the fields too."""
    return json.dumps(answer.data, default=repr), [_shown(error) for error in answer.errors or ()]


def agreed(answer: ExecutionResult) -> tuple[str, set[str]]:
    """What of an answer does not depend on which of its reads comes first.

    Of the errors below one null only some are told (GraphQL, section 6.4.4), and those in the order of time.
    """
    errors = {
        repr((place, _shown(error) if place == tuple(error.path or ()) else None))
        for error, place in _places(answer)
    }
    return json.dumps(answer.data, default=repr), errors


def _places(answer: ExecutionResult) -> Iterator[tuple[GraphQLError, tuple[Any, ...]]]:
    """The errors, each with the path of the null that it has left."""
    for error in answer.errors or ():
        value: Any = answer.data
        path = tuple(error.path or ())
        for depth, key in enumerate(path):
            if value is None:
                path = path[:depth]
                break
            value = value[key]
        yield error, path


def _shown(error: GraphQLError) -> tuple[Any, ...]:
    return error.message, error.path, error.locations, repr(error.original_error), error.extensions
