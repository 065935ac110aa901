"""How large a document may be: checked before anything else about it is, and long before anything is run."""

from typing import Any

from graphql import (
    ASTValidationRule,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError

DEEPEST = 10
MOST_ALIASES = 15
MOST_TOKENS = 1_000
MOST_REPETITIONS = 15
"""Fields that are selected again beside themselves, which is of no use to anybody."""
MOST_DIRECTIVES = 30
MOST_DIRECTIVES_HERE = 2
"""On one field or fragment: there are @skip and @include."""
MOST_OPERATIONS = 10
MOST_ERRORS = 100
"""graphql-core looks for no more."""

# Whether fields of the same name contradict each other takes quadratic time: half a second within graphql-core's
# own bound (500,000), 30 ms within this one. Twenty components that ask for the same ten fields take a third of it.
MOST_COMPARISONS = 30_000
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = MOST_COMPARISONS


def exceeded(message: str, *, limit: str, maximum: float, **further: float) -> dict[str, Any]:
    """The arguments of a GraphQLError about a limit: which one, and what it allows."""
    extensions = {"code": "LIMIT_EXCEEDED", "limit": limit, "maximum": maximum, **further}
    return {"message": message, "extensions": extensions}


class SizeRule(ASTValidationRule):
    """Refuses documents whose fields nest too deep, bear too many aliases or directives, or repeat each other,
    fragments counted where they are spread.

    Each fragment is measured once: counting it at each spread takes exponential time in documents whose
    fragments spread each other, which is what the rules that come with Strawberry do. What is refused is not
    validated any further, so that nobody can make that take long.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._definitions = context.document.definitions
        self._fragments = {
            each.name.value: each for each in self._definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._measured: dict[str, tuple[int, int]] = {}
        self._directives = self._repetitions = 0

    def enter_document(self, *_: Any) -> None:
        """Before any other rule looks at anything."""
        operations = [each for each in self._definitions if isinstance(each, OperationDefinitionNode)]
        depth = aliases = 0
        for operation in operations:
            deep, found = self._measure(operation.selection_set)
            depth, aliases = max(depth, deep), aliases + found
            self._count(operation.directives)
            for variable in operation.variable_definitions or ():
                self._count(variable.directives)
        for fragment in self._fragments.values():
            self._measure_fragment(fragment.name.value)
            self._count(fragment.directives)
        _check("depth", "Fields may nest {} deep, these nest {} deep.", DEEPEST, depth)
        _check("aliases", "There may be {} aliases, these are {}.", MOST_ALIASES, aliases)
        _check("directives", "There may be {} directives, these are {}.", MOST_DIRECTIVES, self._directives)
        _check(
            "repetitions",
            "Fields may be selected again beside themselves {} times, these are {} times.",
            MOST_REPETITIONS,
            self._repetitions,
        )
        _check("operations", "There may be {} operations, these are {}.", MOST_OPERATIONS, len(operations))

    def _measure(self, selections: SelectionSetNode) -> tuple[int, int]:
        deepest = aliases = 0
        names = [_name(node) for node in selections.selections if isinstance(node, FieldNode)]
        self._repetitions += len(names) - len(set(names))
        for node in selections.selections:
            self._count(node.directives)
            depth, found = self._measure_one(node)
            deepest = max(deepest, depth)
            aliases += found
        return deepest, aliases

    def _measure_one(self, node: Any) -> tuple[int, int]:
        if isinstance(node, FragmentSpreadNode):
            return self._measure_fragment(node.name.value)
        if not isinstance(node, FieldNode):
            return self._measure(node.selection_set)
        named = int(node.alias is not None)
        if node.selection_set is None:
            return 1, named
        depth, found = self._measure(node.selection_set)
        if node.name.value.startswith("__"):  # introspection nests deep and has a rule of its own
            depth = 0
        return depth + 1, found + named

    def _measure_fragment(self, name: str) -> tuple[int, int]:
        if name not in self._measured:
            self._measured[name] = (0, 0)  # a fragment that spreads itself is refused by another rule
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._measured[name] = self._measure(fragment.selection_set)
        return self._measured[name]

    def _count(self, directives: tuple[DirectiveNode, ...] | None) -> None:
        here = len(directives or ())
        self._directives += here
        message = "In one place there may be {} directives, these are {}."
        _check("directivesInOnePlace", message, MOST_DIRECTIVES_HERE, here)


def _name(node: FieldNode) -> str:
    return (node.alias or node.name).value


def _check(limit: str, message: str, maximum: int, actual: int) -> None:
    if actual > maximum:
        text = message.format(maximum, actual)
        raise ValidationAbortedError(**exceeded(text, limit=limit, maximum=maximum, actual=actual))


def out_of_time(seconds: float) -> GraphQLError:
    """An operation was given up."""
    return GraphQLError(**exceeded("This took too long and was given up.", limit="seconds", maximum=seconds))


# The classes are made once: a rule that is made anew for each request would never be found in the cache of
# validated documents.
RULES: list[type[ASTValidationRule]] = [SizeRule]
PRODUCTION_RULES: list[type[ASTValidationRule]] = [SizeRule, NoSchemaIntrospectionCustomRule]
