"""Begins the execution of a document that was executed before, without going through its definitions again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from strawberry.execution import optimized_is_awaitable

from app.graphql_compiled import CompiledExecution
from schema.documents import Known

_AS_THEY_ARE: Mapping[int, type] = {
    id(GraphQLID): str,
    id(GraphQLString): str,
    id(GraphQLInt): int,
    id(GraphQLBoolean): bool,
}
"""Types whose values of this class are coerced to themselves (GraphQL, section 3.5)."""
_LARGEST_INT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Beginning:
    """What each execution of an operation begins with.

    Attributes:
        constant: what every execution of it has alike.
        variables: their signatures, each with the class of values that need no coercion, if there is one.
    """

    constant: Mapping[str, Any]
    variables: list[tuple[GraphQLVariableSignature, type | None]]

    @staticmethod
    def of(run: CompiledExecution) -> "Beginning":
        """As an execution has found it."""
        nodes = run.operation.variable_definitions or ()
        signatures = [get_variable_signature(run.schema, node) for node in nodes]
        variables = [
            (each, _usual(each)) for each in signatures if isinstance(each, GraphQLVariableSignature)
        ]
        return Beginning(run.constant(), variables)

    def values(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The variables' values; None if they are for graphql-core to coerce, or to complain of."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, usual in self.variables:
            value = given.get(signature.name)
            if type(value) is not usual or (type(value) is int and abs(value) > _LARGEST_INT):
                return None
            sources[signature.name] = VariableValueSource(signature, value)
            coerced[signature.name] = value
        return VariableValues(sources, coerced)


def begun(
    execution: type[CompiledExecution],
    schema: GraphQLSchema,
    known: Known,
    operation_name: str | None,
    variables: dict[str, Any] | None,
    context: object,
    extensions: dict[str, Any] | None,
) -> CompiledExecution | list[GraphQLError]:
    """The execution, about to run; the errors if the variables are wrong."""
    beginning: Beginning | None = known.kept.get(operation_name)
    values = None if beginning is None else beginning.values(variables or {})
    if beginning is not None and values is not None:
        return execution.again(beginning.constant, context, values, extensions)
    run: Any = execution.build(
        schema,
        known.document,
        None,
        context,
        variables,
        operation_name,
        is_awaitable=cast(Any, optimized_is_awaitable),
        operation_extensions=extensions,
    )
    if not isinstance(run, list) and beginning is None:
        known.kept[operation_name] = Beginning.of(run)
    found: CompiledExecution | list[GraphQLError] = run
    return found


def _usual(signature: GraphQLVariableSignature) -> type | None:
    kind = signature.type
    return _AS_THEY_ARE.get(id(kind.of_type if isinstance(kind, GraphQLNonNull) else kind))
