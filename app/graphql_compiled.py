"""Executes documents with functions that are generated for their selections.

An executor of Strawberry's whose `execute_fields` runs, where it can, one generated function for all that a
selection reaches: see `app.graphql_codegen`. Errors, paths and the nulls they leave are graphql-core's, because
every unusual value goes through its methods. What is known of a document is kept for its next execution.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from graphql import (
    DirectiveNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
)
from graphql.execution.collect_fields import CollectedFields, DeferUsage, FieldDetailsList, GroupedFieldSet
from graphql.language import SelectionNode
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.graphql_codegen import Function, function_of
from app.graphql_places import path_of

K = TypeVar("K")
V = TypeVar("V")

KEPT = 512
"""Documents, each as often as its @skip and @include were decided in different ways."""
_MOST_SELECTIONS = 1024
_INCREMENTAL = ("defer", "stream")
_UNKNOWN = object()


class Kept(dict[K, V], Generic[K, V]):
    """A dict of limited size that gives up what was asked for the longest time ago."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def find(self, key: K) -> V | None:
        """What is kept under it; it is young again."""
        found = self.pop(key, None)
        if found is not None:
            self[key] = found
        return found

    def keep(self, key: K, value: V) -> None:
        """Keep it."""
        self[key] = value
        while len(self) > self._most:
            self.pop(next(iter(self)), None)


class Decisions:
    """The variables that decide what an operation selects. It holds the operation: its id stays its own."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> None:
        self.operation = operation
        self.fragments = dict(fragments)
        directives = list(_directives(operation, fragments))
        self.are_all = not any(each.name.value in _INCREMENTAL for each in directives) and not any(
            each.variable_definitions for each in fragments.values()
        )
        self._names = sorted(
            {
                argument.value.name.value
                for each in directives
                for argument in each.arguments or ()
                if isinstance(argument.value, VariableNode)
            }
        )

    def of(self, variables: dict[str, Any]) -> tuple[object, ...] | None:
        """Their values; None if they decide more than can be kept."""
        found = tuple(variables.get(name, _UNKNOWN) for name in self._names)
        usable = self.are_all and all(isinstance(value, bool) or value is _UNKNOWN for value in found)
        return found if usable else None

    def belong_to(
        self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> bool:
        """Whether they are those of this operation with these fragments."""
        return (
            self.operation is operation
            and self.fragments.keys() == fragments.keys()
            and all(self.fragments[name] is fragment for name, fragment in fragments.items())
        )


class Plan:
    """What is known of an operation whose @skip and @include are decided."""

    def __init__(self, schema: GraphQLSchema, decisions: Decisions) -> None:
        self.schema = schema
        self.decisions = decisions
        self.root: GroupedFieldSet | None = None
        self.sub_fields: dict[tuple[GraphQLObjectType, int], tuple[FieldDetailsList, CollectedFields]] = {}
        self._functions: dict[tuple[str, int], tuple[GroupedFieldSet, Function | None]] = {}

    def function(self, parent: GraphQLObjectType, fields: GroupedFieldSet) -> Function | None:
        """The function for these fields; None if graphql-core should execute them."""
        key = (parent.name, id(fields))
        known = self._functions.get(key)
        if known is None:
            if len(self._functions) >= _MOST_SELECTIONS:
                return None
            made = function_of(self.schema, parent, fields, self._sub_function)
            known = self._functions[key] = (fields, made)
        return known[1]

    def _sub_function(self, run: Any, parent: GraphQLObjectType, details: FieldDetailsList) -> Function:
        fields = run.collect_subfields(parent, details).grouped_field_set
        function = self.function(parent, fields)
        if function is not None:
            return function

        def generic(run: Any, source: Any, way: Any) -> Any:
            return run.collect_and_execute_subfields(parent, details, path_of(way), source, None)

        return generic


class Plans:
    """Those of one schema's documents, in bounded number."""

    def __init__(self, most: int = KEPT) -> None:
        self._decisions: Kept[int, Decisions] = Kept(most)
        self._plans: Kept[tuple[int, tuple[object, ...]], Plan] = Kept(most)

    def __len__(self) -> int:
        return len(self._plans)

    def find(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        variables: dict[str, Any],
    ) -> Plan | None:
        """The plan for an operation, new or known; None if there can be none."""
        decisions = self._decisions.find(id(operation))
        if decisions is None or not decisions.belong_to(operation, fragments):
            decisions = Decisions(operation, fragments)
            self._decisions.keep(id(operation), decisions)
        values = decisions.of(variables)
        if values is None:
            return None
        plan = self._plans.find((id(operation), values))
        if plan is None or plan.schema is not schema or plan.decisions is not decisions:
            plan = Plan(schema, decisions)
            self._plans.keep((id(operation), values), plan)
        return plan


class CompiledExecution(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, with generated functions where nothing stands against it.

    Attributes:
        arguments: those that resolvers are called with, kept for this operation, by place.
    """

    plans: ClassVar[Plans] = Plans()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arguments: dict[Any, dict[str, Any]] = {}
        self._plan: Plan | None = None

    def execute_collected_root_fields(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        new_defer_usages: Sequence[DeferUsage],
    ) -> Any:
        """Begin, with what is known of the document."""
        if self._plan is None and not new_defer_usages:
            self._plan = self._find_plan()
        if self._plan is not None:
            self._relevant_sub_fields = self._plan.sub_fields
            if self._plan.root is None:
                self._plan.root = grouped_field_set
            grouped_field_set = self._plan.root
        return super().execute_collected_root_fields(
            root_type, root_value, grouped_field_set, serially, new_defer_usages
        )

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> Any:
        """By the generated function, if there is one."""
        if self._plan is not None and position_context is None:
            function = self._plan.function(parent_type, grouped_field_set)
            if function is not None:
                return function(self, source_value, path)
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    def _find_plan(self) -> Plan | None:
        watched = self.middleware_manager is not None and self.middleware_manager.middlewares
        if watched or self.abort_signal is not None:
            return None
        return self.plans.find(
            self.schema, self.operation, self.fragment_definitions, self.variable_values.coerced
        )


def compiled_execution(most: int = KEPT) -> type[CompiledExecution]:
    """The class for one schema, with plans of its own, which go when it goes."""
    return type("CompiledExecution", (CompiledExecution,), {"plans": Plans(most)})


def _directives(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> "list[DirectiveNode]":
    found: list[DirectiveNode] = []
    below: list[Any] = [operation, *fragments.values()]
    while below:
        node = below.pop()
        found += node.directives or ()
        selections: Sequence[SelectionNode] = ()
        if getattr(node, "selection_set", None) is not None:
            selections = node.selection_set.selections
        below += selections
    return found
