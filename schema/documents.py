"""Documents that were parsed and validated once, over HTTP and WebSockets alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import ASTValidationRule, DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from adapters.remembered import Remembered
from schema.operation_names import UNKNOWN, NamedOperation, Names, named_operations
from schema.trusted import TrustedDocuments, WrongDocument, not_trusted

REMEMBERED_BYTES = 32_000_000
"""Of memory for documents: some thousand of usual size, fifty of the largest."""

_PER_CHARACTER, _PER_TOKEN, _PER_ERROR = 4, 600, 2_000
"""What they take, in bytes: a token keeps a node and its place."""


@dataclass(frozen=True, slots=True)
class Known:
    """A document that can be parsed, and what is wrong with it nevertheless.

    Attributes:
        kept: what an executor keeps with it, by the name of the operation that was asked for.
    """

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    names: Names
    kept: dict[str | None, Any] = field(default_factory=dict, compare=False)


class Documents:
    """The documents of one schema by their text, as many as fit into a bounded memory.

    Args:
        rules: what is checked beside what GraphQL asks for itself, and before it.
        most_tokens: a document with more is not even parsed.
        most_bytes: of memory, about, that all of them may take.
        trusted: those that are known beforehand, which may be as long as they like.
    """

    def __init__(
        self,
        rules: Sequence[type[ASTValidationRule]],
        *,
        most_tokens: int,
        most_bytes: int = REMEMBERED_BYTES,
        trusted: TrustedDocuments | None = None,
    ) -> None:
        self._rules = (*rules, *specified_rules)
        self.most_tokens = most_tokens
        self._known: Remembered[str, Known] = Remembered(most_bytes)
        self._trusted = trusted or TrustedDocuments()
        self._prepared: dict[str, Known] = {}

    def prepare(self, schema: GraphQLSchema) -> None:
        """Parse and validate the trusted ones for good; raises `WrongDocument`."""
        for id, text in self._trusted.texts.items():
            try:
                document = parse(text)
                errors = self._errors(document, schema)
            except (GraphQLError, RecursionError) as error:
                raise WrongDocument(f"the document {id} cannot be parsed: {error}") from error
            if errors:
                raise WrongDocument(f"the document {id} is not valid: {errors[0]}")
            names = named_operations(document, trusted=True, valid=True)
            self._prepared[text] = Known(document, (), names)

    def found(self, text: str) -> Known | None:
        """The document, if it is trusted or was asked before."""
        return self._prepared.get(text) or self._known.get(text)

    def known(self, text: str, schema: GraphQLSchema) -> Known:
        """Raises `GraphQLError` and RecursionError for what cannot be parsed."""
        found = self.found(text)
        if found is None:
            document = parse(text, max_tokens=self.most_tokens)
            allowed = self._trusted.allow(text)
            wrong = tuple(self._errors(document, schema)) if allowed else (not_trusted(),)
            names = named_operations(document, trusted=False, valid=not wrong)
            found = Known(document, wrong, names)
            errors = len(found.errors) * _PER_ERROR
            self._known.put(
                text, found, len(text) * _PER_CHARACTER + document.token_count * _PER_TOKEN + errors
            )
        return found

    def operation(self, text: str, name: str | None) -> NamedOperation:
        """What an operation of a document is called, once the document is known."""
        found = self.found(text)
        return UNKNOWN if found is None else found.names.get(name, UNKNOWN)

    def _errors(self, document: DocumentNode, schema: GraphQLSchema) -> list[GraphQLError]:
        try:
            return validate_document(schema, document, self._rules)
        except RecursionError:
            return [GraphQLError("The document is nested too deeply.")]

    def extension(self) -> "Prepared":
        """For one operation."""
        return Prepared(self)


class Prepared(SchemaExtension):
    """Hands over what is known of a document, so that it is neither parsed nor validated again.

    An error that is raised in this hook ends a WebSocket's operation without a word (Strawberry 0.341); a
    document left unparsed is parsed by the schema, which answers what is wrong with it.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def on_operation(self) -> Iterator[None]:
        """Before everything else."""
        context = self.execution_context
        if context.query:
            try:
                known = self._documents.known(context.query, context.schema._schema)
                context.graphql_document, context.pre_execution_errors = known.document, list(known.errors)
            except (GraphQLError, RecursionError):
                context.parse_options["max_tokens"] = self._documents.most_tokens
        yield
