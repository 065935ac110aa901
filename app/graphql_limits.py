"""Holds operations to what they may cost and how long they may take."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from adapters.budgets import LocalBuckets
from schema.costs import Costs
from schema.limits import exceeded, out_of_time


class Prices:
    """What operations of a schema cost and who may spend how much; one for all of its requests.

    Args:
        limit: what an operation may cost; 0 for any amount.
        buckets: what each user has spent of late; None if users may spend any amount.
    """

    def __init__(self, schema: GraphQLSchema, limit: int, buckets: LocalBuckets | None) -> None:
        self.costs = Costs(schema)
        self._limit = limit
        self._buckets = buckets
        self._restore_rate = 0.0 if buckets is None else round(buckets.per_second, 2)

    def charge(self, cost: int, user_id: str) -> None:
        """Let the user pay; raises GraphQLError if that is too much, and then it costs nothing."""
        if self._limit and cost > self._limit:
            message = (
                f"This costs {cost}, more than {self._limit}: ask for smaller pages, or for less at once."
            )
            raise GraphQLError(**exceeded(message, limit="cost", maximum=self._limit, actual=cost))
        wait = self._buckets.take(user_id, cost) if self._buckets is not None else 0.0
        if self._buckets is not None and wait:
            maximum = self._buckets.per_minute
            if math.isinf(wait):
                message = f"This costs {cost}, more than the {maximum} that you may spend in a minute."
                raise GraphQLError(**exceeded(message, limit="costPerMinute", maximum=maximum, actual=cost))
            seconds = math.ceil(wait)
            message = f"This costs {cost}, which you may not spend now: try again in {seconds} s."
            raise GraphQLError(
                **exceeded(message, limit="costPerMinute", maximum=maximum, actual=cost, retryAfter=seconds)
            )

    def report(self, cost: int, user_id: str) -> Mapping[str, Any]:
        """`extensions.cost`, by the names that Shopify's has."""
        told: dict[str, Any] = {"requestedQueryCost": cost}
        if self._limit:
            told["maximumQueryCost"] = self._limit
        if self._buckets is not None:
            told["throttleStatus"] = {
                "maximumAvailable": self._buckets.per_minute,
                "currentlyAvailable": self._buckets.available(user_id),
                "restoreRate": self._restore_rate,
            }
        return told


@dataclass
class CostLimit(SchemaExtension):
    """Charges an operation before it is run, a subscription once, and tells its cost with its first result."""

    prices: Prices

    def __post_init__(self) -> None:
        self._told: Mapping[str, Any] = {}

    def on_execute(self) -> Iterator[None]:
        """Before the execution."""
        context = self.execution_context
        document, asks = context.graphql_document, context.context
        if document is None:
            yield
            return
        cost = self.prices.costs.of(document, context.operation_name, context.variables)
        user_id = asks.user_id if asks is not None else ""
        try:
            self.prices.charge(cost, user_id)
        finally:
            self._told = {"cost": self.prices.report(cost, user_id)}
        yield

    def get_results(self) -> dict[str, Any]:
        """With each result."""
        told = dict(self._told)
        if told and self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            self._told = {}
        return told


@dataclass
class TimeLimit(SchemaExtension):
    """Gives an operation up after some seconds; a subscription only if it does not begin in that time."""

    seconds: float

    async def on_execute(self) -> AsyncIterator[None]:
        """Around the execution, which is cancelled with all that it waits for."""
        try:
            async with asyncio.timeout(self.seconds):
                yield
        except TimeoutError:
            raise out_of_time(self.seconds) from None
