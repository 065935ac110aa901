"""Which operation of a document is meant."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension


class OneOperation(SchemaExtension):
    """Refuses a document with several operations of which none is named by the request.

    Strawberry (0.341) would execute the first; GraphQL (section 6.1, GetOperation) has an error.
    """

    def on_validate(self) -> Iterator[None]:
        """Before validation, or behind it where a cache has validated already."""
        asked = self.execution_context
        # `operation_name` would be the first operation's: what the request says is nowhere else.
        if (
            asked._provided_operation_name is None
            and not asked.pre_execution_errors
            and asked.graphql_document
        ):
            definitions = asked.graphql_document.definitions
            if sum(isinstance(definition, OperationDefinitionNode) for definition in definitions) > 1:
                asked.pre_execution_errors = [GraphQLError("Say by operationName which operation is meant.")]
        yield
