"""Assembles the schema from the rooms' root fields."""

from pathlib import Path

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from adapters.budgets import LocalBuckets
from adapters.traces import Traces
from app.graphql_compiled import compiled_execution
from app.graphql_direct import Direct
from app.graphql_hooks import Hooks
from app.graphql_limits import CostLimit, Prices, TimeLimit
from app.graphql_measured import MeasuredSchema
from app.settings import COST_LIMIT
from resolvers.alerts import AlertMutation, AlertQuery
from resolvers.installation import InstallationMutation, InstallationQuery
from resolvers.listings import ListingMutation, ListingQuery
from resolvers.metrics import MetricsMutation, MetricsQuery
from resolvers.mls import MlsMutation, MlsQuery
from resolvers.nodes import NodeQuery
from resolvers.notifications import NotificationMutation, NotificationQuery
from resolvers.posts import PostMutation, PostQuery
from resolvers.runs import RunMutation, RunQuery
from resolvers.social import SocialMutation, SocialQuery
from resolvers.subscriptions import Subscription
from schema.documents import Documents
from schema.errors import answer
from schema.limits import MOST_TOKENS, PRODUCTION_RULES, RULES
from schema.operations import OneOperation
from schema.scalars import SCALARS
from schema.trusted import TrustedDocuments

SNAPSHOT = Path(__file__).parent.parent / "schema" / "schema.graphql"


@strawberry.type(description="What can be read.")
class Query(
    NodeQuery,
    ListingQuery,
    MlsQuery,
    RunQuery,
    SocialQuery,
    PostQuery,
    MetricsQuery,
    AlertQuery,
    NotificationQuery,
    InstallationQuery,
):
    """All reads."""


@strawberry.type(description="What can be done; each answers a payload with `userErrors`.")
class Mutation(
    ListingMutation,
    MlsMutation,
    RunMutation,
    SocialMutation,
    PostMutation,
    MetricsMutation,
    AlertMutation,
    NotificationMutation,
    InstallationMutation,
):
    """All mutations."""


class Schema(MeasuredSchema):
    """Answers every error as `schema.errors.answer` says, whichever way it came."""

    suggestions = True

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Change them in place: all of Strawberry's ways to a client lead through here, but not all of them
        through its extension MaskErrors."""
        errors[:] = [answer(error, suggestions=self.suggestions) for error in errors]

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> Hooks:
        """Those of one operation."""
        return Hooks(execution_context, extensions)


def build_schema(
    *,
    production: bool = False,
    seconds: float = 30.0,
    cost_limit: int = COST_LIMIT,
    buckets: LocalBuckets | None = None,
    compiled: bool = True,
    trusted: TrustedDocuments | None = None,
    traces: Traces | None = None,
) -> Schema:
    """The schema.

    Args:
        production: without introspection and without suggestions in errors.
        seconds: how long an operation may take.
        cost_limit: what an operation may cost; 0 for any amount.
        buckets: what each user has spent of late; None if users may spend any amount.
        compiled: whether documents are executed by generated functions.
        trusted: documents that are known beforehand, perhaps the only ones that may be asked.
        traces: where the operations' spans begin, if anywhere.

    Raises:
        WrongDocument: one of those is not valid.
    """
    rules = PRODUCTION_RULES if production else RULES
    documents = Documents(rules, most_tokens=MOST_TOKENS, trusted=trusted)
    execution = compiled_execution() if compiled else None
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=execution,
        extensions=[
            documents.extension,
            OneOperation,
            lambda: CostLimit(prices),
            lambda: TimeLimit(seconds),
        ],
    )
    prices = Prices(schema._schema, cost_limit, buckets)
    schema.suggestions = not production
    documents.prepare(schema._schema)
    schema.documents = documents
    schema.traces = traces
    if execution is not None:
        schema.direct = Direct(documents, prices, execution, seconds)
    return schema


def print_sdl() -> str:
    """The schema as text, as it is kept in `schema/schema.graphql`."""
    return build_schema().as_str() + "\n"
