"""Remembers documents that were parsed and validated already, over HTTP and WebSockets alike."""

from collections.abc import Iterator
from contextlib import suppress

from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache

REMEMBERED = 512


class Parsed(ParserCache):
    """Strawberry's cache of parsed documents, for good documents alone.

    An error that is raised in this hook ends a WebSocket's operation without a word (Strawberry 0.341); a
    document left unparsed is parsed by the schema, which answers what is wrong with it.
    """

    def __init__(self) -> None:
        super().__init__(maxsize=REMEMBERED)

    def on_parse(self) -> Iterator[None]:
        """Before the schema would parse."""
        with suppress(GraphQLError, RecursionError):
            next(super().on_parse())
        yield


class Validated(ValidationCache):
    """Strawberry's cache of validated documents; one too deep to be validated is refused like a wrong one."""

    def __init__(self) -> None:
        super().__init__(maxsize=REMEMBERED)

    def on_validate(self) -> Iterator[None]:
        """Before the schema would validate."""
        try:
            next(super().on_validate())
        except RecursionError:
            refusal = GraphQLError("The document is nested too deeply.")
            self.execution_context.pre_execution_errors = [refusal]
        yield
