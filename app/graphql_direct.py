"""The short way of ordinary queries: known documents go straight to the executor.

Strawberry makes objects, generators and context managers for the extensions of each operation, which takes longer
than to answer a small query. What they do here (`schema.documents`, `schema.operations`, `app.graphql_limits`) is done
in the same order by functions; whatever is not ordinary, a mutation or a document seen for the first time, goes
Strawberry's way. Both answer the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import ExecutionResult as Executed
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.graphql_beginnings import begun
from app.graphql_compiled import CompiledExecution
from app.graphql_limits import Prices
from app.patience import within
from domain.entities.viewer import Unauthenticated
from schema.context import Context
from schema.documents import Documents, Known
from schema.limits import out_of_time


@dataclass(frozen=True, slots=True)
class Direct:
    """What the short way needs.

    Attributes:
        execution: the executor.
        seconds: how long an operation may take.
    """

    documents: Documents
    prices: Prices
    execution: type[CompiledExecution]
    seconds: float


class DirectSchema(strawberry.Schema):
    """Executes ordinary queries by the short way.

    Attributes:
        direct: None if all go Strawberry's way.
    """

    direct: Direct | None = None

    def takes(self, query: str, operation_name: str | None) -> bool:
        """Whether this goes the short way, so that it is known to be an executable query."""
        return self._found(query, operation_name) is not None

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Answer one query or mutation."""
        known = self._found(query, operation_name)
        if known is not None and self.direct is not None and context_value is not None:
            cost = self.direct.prices.costs.of(known.document, operation_name, variable_values)
            if _paid(self.direct.prices, cost, context_value):
                run = (known, variable_values, context_value, operation_name, operation_extensions)
                return await self._answered(self.direct, cost, *run)
        return await super().execute(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed_operation_types,
            operation_extensions,
        )

    def _found(self, query: str | None, operation_name: str | None) -> Known | None:
        """The document of an executable query that was asked before, or is trusted."""
        if self.direct is None or query is None:
            return None
        known = self.direct.documents.found(query)
        if known is None or known.errors or not _is_query(known, operation_name):
            return None
        return known

    async def _answered(
        self,
        direct: Direct,
        cost: int,
        known: Known,
        variables: dict[str, Any] | None,
        context: Context,
        operation_name: str | None,
        extensions: dict[str, Any] | None,
    ) -> ExecutionResult:
        told = {"cost": direct.prices.report(cost, context.user_id)}
        try:
            run = begun(direct.execution, self._schema, known, operation_name, variables, context, extensions)
            found: Any = Executed(None, run) if isinstance(run, list) else run.execute_query()
            if not isinstance(found, Executed):
                found = await within(direct.seconds, found)
        except TimeoutError:
            found = Executed(None, [out_of_time(direct.seconds)])
        except Exception as error:
            found = Executed(None, [_as_graphql_error(error)])
        if found.errors:
            self._process_errors(found.errors)
        return ExecutionResult(data=found.data, errors=found.errors, extensions=told)


def _is_query(known: Known, operation_name: str | None) -> bool:
    """Whether just one operation is meant, and it only reads."""
    named = known.names.get(operation_name)
    return named is not None and named.kind == "query"


def _paid(prices: Prices, cost: int, context: Context) -> bool:
    """Whether the user has paid; who cannot, or is nobody, is told so by Strawberry's way."""
    try:
        prices.charge(cost, context.user_id)
    except (GraphQLError, Unauthenticated):
        return False
    return True


def _as_graphql_error(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
