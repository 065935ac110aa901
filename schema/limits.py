"""How large a document may be: depth, aliases and introspection, checked before anything is run."""

from typing import Any

from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
)

DEEPEST = 10
MOST_ALIASES = 15
MOST_TOKENS = 1_000


class SizeRule(ASTValidationRule):
    """Refuses documents whose fields nest too deep or bear too many aliases, fragments counted where they
    are spread.

    Each fragment is measured once: counting it at each spread takes exponential time in documents whose
    fragments spread each other, which is what the rules that come with Strawberry do.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        definitions = context.document.definitions
        self._fragments = {
            each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._measured: dict[str, tuple[int, int]] = {}
        aliases = 0
        for operation in definitions:
            if isinstance(operation, OperationDefinitionNode):
                depth, found = self._measure(operation.selection_set)
                aliases += found
                if depth > DEEPEST:
                    self._refuse(f"Fields may nest {DEEPEST} deep, these nest {depth} deep.", operation)
        if aliases > MOST_ALIASES:
            self._refuse(f"There may be {MOST_ALIASES} aliases, these are {aliases}.")

    def _refuse(self, message: str, *nodes: OperationDefinitionNode) -> None:
        self.report_error(GraphQLError(message, list(nodes), extensions={"code": "LIMIT_EXCEEDED"}))

    def _measure(self, selections: SelectionSetNode) -> tuple[int, int]:
        deepest = aliases = 0
        for node in selections.selections:
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
        if node.name.value.startswith("__"):  # introspection nests deep and costs little
            return 1, named
        depth, found = self._measure(node.selection_set)
        return depth + 1, found + named

    def _measure_fragment(self, name: str) -> tuple[int, int]:
        if name not in self._measured:
            self._measured[name] = (0, 0)  # a fragment that spreads itself is refused by another rule
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._measured[name] = self._measure(fragment.selection_set)
        return self._measured[name]


# The classes are made once: a rule that is made anew for each request would never be found in the cache of
# validated documents.
RULES: list[type[ASTValidationRule]] = [SizeRule]
PRODUCTION_RULES: list[type[ASTValidationRule]] = [SizeRule, NoSchemaIntrospectionCustomRule]
