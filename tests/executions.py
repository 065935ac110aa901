"""Executes documents by one executor or another, and shows all that can be seen of an answer."""

import json
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


def _shown(error: GraphQLError) -> tuple[Any, ...]:
    return error.message, error.path, error.locations, repr(error.original_error), error.extensions
