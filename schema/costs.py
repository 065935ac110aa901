"""What an operation costs, reckoned from its document and its variables before anything is run.

Every object that is read counts one; scalars count nothing. A list counts as many as its page may have, or as its
table says, and lists within lists multiply. What is more work than reading an object weighs more.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    get_operation_ast,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    value_from_ast_untyped,
)

from domain.entities.common import PageRequest
from schema.cost_table import LISTS, LISTS_BY_IDS, MUTATION, WEIGHTS
from schema.cost_terms import Conditions, Term, Variables, dearest, months, only_when, product, total
from schema.pages import LARGEST_PAGE

BOUNDLESS = 1_000_000_000
"""The cost of what is too intricate to be reckoned."""

_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30}
_LONGEST_RANGE = 732
_MOST_STEPS = 20_000


class Costs:
    """Reckons operations of valid documents; what does not depend on variables is remembered.

    Args:
        schema: of the documents.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        # By the document's identity, because hashing one takes longer, and for as long as it lives.
        self._terms: dict[tuple[int, str | None], tuple[ReferenceType[DocumentNode], Term]] = {}

    def of(self, document: DocumentNode, operation_name: str | None, variables: Variables | None) -> int:
        """The cost, 1 at least; variables need not be valid."""
        known = self._terms.get((id(document), operation_name))
        term = self._reckoned(document, operation_name) if known is None else known[1]
        return term if isinstance(term, int) else max(1, term(variables or {}))

    def remembered(self) -> Collection[Term]:
        """What is kept."""
        return [term for _, term in self._terms.values()]

    def _reckoned(self, document: DocumentNode, operation_name: str | None) -> Term:
        operation = get_operation_ast(document, operation_name)
        if operation is None:  # none, or several without a name: refused later, and as many as anybody likes
            return 1
        key, terms = (id(document), operation_name), self._terms
        term = cost_of(self._schema, document, operation)
        terms[key] = (ref(document, lambda _: terms.pop(key, None)), term)
        return term


def cost_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Term:
    """What an operation costs; `BOUNDLESS` if its fragments multiply beyond reckoning."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return 1
    try:
        term = _Reckoning(schema, document, operation).selected(root, [operation.selection_set], _Sizes())
    except _TooIntricate:
        return BOUNDLESS
    return max(1, term) if isinstance(term, int) else term


class _TooIntricate(Exception):
    """More steps than a document of sensible size takes."""


class _Sizes(NamedTuple):
    """How long the lists are within a page and within a span of days."""

    page: Term = PageRequest().first
    days: Term = _DAYS["MONTHLY"]


@dataclass(frozen=True, slots=True)
class _Variable:
    """In place of a value that comes with the request."""

    name: str
    default: Any


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A field as it was selected, and on which variables it depends whether it is: name and value."""

    node: FieldNode
    conditions: Conditions


class _Reckoning:
    """Goes through one operation."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._steps = 0
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._variables: dict[str, Any] = {}
        for each in operation.variable_definitions or ():
            name, node = each.variable.name.value, each.default_value
            default = None if node is None else value_from_ast_untyped(node)
            self._variables[name] = _Variable(name, default)
        self._defaults = {name: each.default for name, each in self._variables.items()}

    def selected(self, parent: Any, sets: list[SelectionSetNode], sizes: _Sizes) -> Term:
        """What is selected of one object; of an abstract type, the dearest of those it may be."""
        if is_abstract_type(parent):
            kinds = self._schema.get_possible_types(parent)
            return dearest([self._of_object(kind, sets, sizes) for kind in kinds])
        return self._of_object(parent, sets, sizes)

    def _of_object(self, parent: GraphQLObjectType, sets: list[SelectionSetNode], sizes: _Sizes) -> Term:
        fields: dict[str, list[_Chosen]] = {}
        seen: set[tuple[str, Conditions]] = set()
        for each in sets:
            self._collect(parent, each.selections, frozenset(), fields, seen)
        terms: list[Term] = []
        for chosen in fields.values():
            # What is selected several times comes once, unless it depends on variables: then each counts.
            certain = [one.node for one in chosen if not one.conditions]
            if certain:
                terms.append(self._field(parent, certain, sizes))
            terms.extend(
                only_when(one.conditions, self._field(parent, [one.node], sizes), self._defaults)
                for one in chosen
                if one.conditions
            )
        return total(terms)

    def _collect(
        self,
        parent: GraphQLObjectType,
        selections: Iterable[SelectionNode],
        above: Conditions,
        fields: dict[str, list[_Chosen]],
        seen: set[tuple[str, Conditions]],
    ) -> None:
        """As the executor does (GraphQL, section 6.3.2), with conditions kept."""
        for node in selections:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise _TooIntricate
            conditions = _conditions(node, above)
            if conditions is None:
                continue
            if isinstance(node, FieldNode):
                name = node.alias.value if node.alias else node.name.value
                fields.setdefault(name, []).append(_Chosen(node, conditions))
                continue
            found: Any = node
            if isinstance(node, FragmentSpreadNode):
                place = (node.name.value, conditions)
                found = self._fragments.get(node.name.value)
                if found is None or place in seen:
                    continue
                seen.add(place)
            if self._applies(found.type_condition, parent):
                self._collect(parent, found.selection_set.selections, conditions, fields, seen)

    def _applies(self, condition: Any, parent: GraphQLObjectType) -> bool:
        kind = self._schema.get_type(condition.name.value) if condition else parent
        return kind is parent or (is_abstract_type(kind) and self._schema.is_sub_type(kind, parent))

    def _field(self, parent: GraphQLObjectType, nodes: list[FieldNode], sizes: _Sizes) -> Term:
        node = nodes[0]
        place = f"{parent.name}.{node.name.value}"
        definition = parent.fields.get(node.name.value)
        if definition is None:  # introspection
            return WEIGHTS.get(place, 0)
        named = get_named_type(definition.type)
        is_mutation = parent is self._schema.mutation_type
        if is_leaf_type(named):
            return 0
        arguments = {each.name.value: each.value for each in node.arguments or ()}
        inner = self._sizes(definition.args, arguments, sizes)
        is_within_edge = place.endswith("Edge.node")  # an edge and its node are one
        weight: Term = WEIGHTS.get(place, MUTATION if is_mutation else 1 - is_within_edge)
        if named.name == "AggregatedMetrics":
            weight = total([weight, months(inner.days)])
        sets = [each.selection_set for each in nodes if each.selection_set]
        each = total([weight, self.selected(named, sets, inner)])
        return product(self._count(place, definition.type, arguments, sizes), each)

    def _sizes(self, known: Mapping[str, Any], arguments: Mapping[str, ValueNode], sizes: _Sizes) -> _Sizes:
        """For what is below a field."""
        if "first" in known:
            sizes = sizes._replace(page=self._argument(arguments.get("first"), _page))
        if "period" in known:
            default = _days(getattr(known["period"].default_value, "value", None))
            period = self._argument(arguments.get("period"), lambda period: _days(period, default))
            spanned = self._argument(arguments.get("range"), _days_of_range)
            sizes = sizes._replace(days=dearest([period, spanned]))
        return sizes

    def _count(self, place: str, kind: Any, arguments: Mapping[str, ValueNode], sizes: _Sizes) -> Term:
        if not is_list_type(get_nullable_type(kind)):
            return 1
        if place in LISTS_BY_IDS:
            return self._argument(arguments.get(LISTS_BY_IDS[place]), _ids)
        if place.endswith(("Connection.nodes", "Connection.edges")):
            return sizes.page
        if place == "AggregatedMetrics.days":
            return sizes.days
        return LISTS.get(place, 1)

    def _argument(self, node: ValueNode | None, number: Callable[[Any], int]) -> Term:
        """What `number` makes of an argument's value, which is None if it is not given."""
        value = None if node is None else value_from_ast_untyped(node, self._variables)
        if isinstance(value, _Variable):
            name, default = value.name, value.default
            return lambda variables: number(variables.get(name, default))
        if not _is_open(value):
            return number(value)
        return lambda variables: number(_filled(value, variables))


def _conditions(node: SelectionNode, above: Conditions) -> Conditions | None:
    """With those of the node's own @skip and @include; None if it is left out for certain."""
    conditions = above
    for directive in node.directives or ():
        if directive.name.value not in ("skip", "include"):
            continue
        wanted = directive.name.value == "include"
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                conditions |= {(argument.value.name.value, wanted)}
            elif value_from_ast_untyped(argument.value) is not wanted:
                return None
    return conditions


def _is_open(value: Any) -> bool:
    """Whether there are variables within."""
    if isinstance(value, (list, dict)):
        return any(map(_is_open, value.values() if isinstance(value, dict) else value))
    return isinstance(value, _Variable)


def _filled(value: Any, variables: Variables) -> Any:
    if isinstance(value, _Variable):
        return variables.get(value.name, value.default)
    if isinstance(value, list):
        return [_filled(each, variables) for each in value]
    if isinstance(value, dict):
        return {name: _filled(each, variables) for name, each in value.items()}
    return value


def _page(first: Any) -> int:
    """A page's size; what is no number, or too large, is refused by the resolver and counts as the largest."""
    if first is None:
        return PageRequest().first
    if isinstance(first, (int, float)) and 1 <= first <= LARGEST_PAGE:
        return int(first)
    return LARGEST_PAGE


def _days(period: Any, otherwise: int = _DAYS["MONTHLY"]) -> int:
    return _DAYS.get(period, otherwise) if isinstance(period, str) else otherwise


def _days_of_range(span: Any) -> int:
    """How many days; 0 for no range, the most there can be for a malformed one."""
    if span is None:
        return 0
    try:
        days = (date.fromisoformat(span["to"]) - date.fromisoformat(span["from"])).days + 1
    except (TypeError, KeyError, ValueError):
        return _LONGEST_RANGE
    return min(max(days, 1), _LONGEST_RANGE)


def _ids(ids: Any) -> int:
    return min(len(ids), LARGEST_PAGE) if isinstance(ids, list) else 1
