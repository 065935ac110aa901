"""Measures and traces the operations of a schema, over whatever they come."""

import time
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, aclosing, nullcontext, suppress
from typing import Any, cast

from graphql import GraphQLError
from strawberry.types import ExecutionResult

from adapters.traces import Span, Traces
from app.graphql_direct import DirectSchema
from domain.ports.meters import Answered
from schema.context import Context
from schema.documents import Documents
from schema.operation_names import UNKNOWN, NamedOperation

_UNTRACED: AbstractContextManager[Span] = nullcontext(Span())


class MeasuredSchema(DirectSchema):
    """Tells the meter of its context how each operation ended.

    Attributes:
        documents: know what an operation is called.
        traces: where the operations' spans begin, if anywhere.
    """

    documents: Documents | None = None
    traces: Traces | None = None

    async def execute(self, query: str | None, *further: Any, **named: Any) -> ExecutionResult:
        """Answer one query or mutation."""
        began = time.perf_counter()
        context = cast(Context | None, named.get("context_value"))
        outcome: Answered = "failed"
        with self._traced(query, named, context) as span:
            try:
                result = await super().execute(query, *further, **named)
                outcome = _outcome(result.errors)
                return result
            except Exception:
                outcome = "refused"  # the document was not fit to be executed
                raise
            finally:
                if context is not None:
                    operation = self._called(query, named)
                    span.note(outcome=outcome)
                    seconds = time.perf_counter() - began
                    context.ports.meter.answered(operation.name, operation.kind, outcome, seconds)

    async def stream(self, query: str | None, *further: Any, **named: Any) -> Any:
        """Answer an operation of any kind, as a stream of results."""
        results = await super().stream(query, *further, **named)
        context = cast(Context | None, named.get("context_value"))
        return results if context is None else self._measured(results, query, named, context)

    async def _measured(
        self, results: Any, query: str | None, named: dict[str, Any], context: Context
    ) -> AsyncGenerator[Any, None]:
        meter, began = context.ports.meter, time.perf_counter()
        outcome: Answered = "succeeded"
        operation = self._understood(query, named)
        watches = operation.kind == "subscription"
        if watches:
            meter.subscribed(1)
        try:
            # A subscription lives too long to be a span.
            with _UNTRACED if watches else self._traced(query, named, context) as span:
                async with aclosing(results):
                    async for result in results:
                        errors = getattr(result, "errors", None)
                        outcome = _outcome(errors) if errors else outcome
                        span.note(outcome=outcome)
                        yield result
        finally:
            if watches:
                meter.subscribed(-1)
            meter.answered(operation.name, operation.kind, outcome, time.perf_counter() - began)

    def _called(self, query: str | None, named: dict[str, Any]) -> NamedOperation:
        if self.documents is None or not query:
            return UNKNOWN
        return self.documents.operation(query, named.get("operation_name"))

    def _understood(self, query: str | None, named: dict[str, Any]) -> NamedOperation:
        """The same before it was executed."""
        if self.documents is not None and query:
            with suppress(GraphQLError, RecursionError):
                self.documents.known(query, self._schema)
        return self._called(query, named)

    def _traced(
        self, query: str | None, named: dict[str, Any], context: Context | None
    ) -> AbstractContextManager[Span]:
        if self.traces is None or context is None:
            return _UNTRACED
        operation = self._understood(query, named)
        return self.traces.begin(
            f"graphql {operation.name}",
            "server",
            context.traceparent,
            graphql__operation__type=operation.kind,
        )


def _outcome(errors: list[GraphQLError] | None) -> Answered:
    """A fault of ours counts for more than a mistake of the client's."""
    if not errors:
        return "succeeded"
    codes = [(error.extensions or {}).get("code") for error in errors]
    return "failed" if "INTERNAL" in codes else "refused"
