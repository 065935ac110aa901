"""Executes documents with functions that are generated for their selections.

An executor of Strawberry's whose `execute_fields` runs, where it can, one generated function for all that a
selection reaches: see `app.graphql_codegen`. Errors, paths and the nulls they leave are graphql-core's, because
every unusual value goes through its methods. What is known of a document is kept for its next execution.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, ClassVar, cast

from graphql import (
    DirectiveNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
)
from graphql.execution.collect_fields import CollectedFields, DeferUsage, FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, RefMap
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from adapters.remembered import Remembered
from app.graphql_codegen import Function, function_of
from app.graphql_places import path_of

MOST_SELECTIONS = 40_000
"""Of all documents that are kept, each counted as often as its @skip and @include were decided in different ways:
some 40 MB. A usual document has 10 to 100."""
MOST_FIELDS = 40_000
"""Of all generated functions, some 50 MB; a fragment counts wherever it is spread."""
LARGEST = 2_000
"""Selections of a document; a larger one is executed as graphql-core does."""
_INCREMENTAL = ("defer", "stream")
_UNKNOWN = object()


class Decisions:
    """The variables that decide what an operation selects. It holds the operation: its id stays its own."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> None:
        self.operation = operation
        self.fragments = dict(fragments)
        self.size, directives = _measured(operation, fragments)
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
        usable = (
            self.are_all
            and self.size <= LARGEST
            and all(isinstance(value, bool) or value is _UNKNOWN for value in found)
        )
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
    """What is known of an operation whose @skip and @include are decided.

    Attributes:
        root: the fields of the root type, once they are collected.
        sub_fields: graphql-core's own memory of the fields below.
    """

    def __init__(self, schema: GraphQLSchema, decisions: Decisions, grown: Callable[[int], None]) -> None:
        self.schema = schema
        self.decisions = decisions
        self.root: GroupedFieldSet | None = None
        self.sub_fields: dict[tuple[GraphQLObjectType, int], tuple[FieldDetailsList, CollectedFields]] = {}
        self._grown = grown
        self._functions: dict[tuple[str, int], tuple[GroupedFieldSet, Function | None]] = {}
        self._seen: set[tuple[str, int]] = set()

    def function(
        self, parent: GraphQLObjectType, fields: GroupedFieldSet, *, at_once: bool = False
    ) -> Function | None:
        """The function for these fields; None if graphql-core should execute them.

        Unless it is wanted at once, it is made when it is wanted for the second time: to make it costs as much as
        to execute it nine times, and many documents come once.
        """
        key = (parent.name, id(fields))
        known = self._functions.get(key)
        if known is None:
            if not at_once and key not in self._seen:
                self._seen.add(key)
                return None
            made = function_of(self.schema, parent, fields, self._sub_function)
            known = self._functions[key] = (fields, made)
            self._grown(len(fields))
        return known[1]

    def _sub_function(self, run: Any, parent: GraphQLObjectType, details: FieldDetailsList) -> Function:
        fields = run.collect_subfields(parent, details).grouped_field_set
        function = self.function(parent, fields, at_once=True)
        if function is not None:
            return function

        def generic(run: Any, source: Any, way: Any) -> Any:
            run.passing += 1
            return run.collect_and_execute_subfields(parent, details, path_of(way), source, None)

        return generic


class Plans:
    """Those of one schema's documents, within a bounded memory.

    Args:
        most_selections: of all documents together.
        most_fields: of all generated functions together; beyond, all are forgotten and made anew.
    """

    def __init__(self, most_selections: int = MOST_SELECTIONS, most_fields: int = MOST_FIELDS) -> None:
        self._decisions: Remembered[int, Decisions] = Remembered(most_selections)
        self._plans: Remembered[tuple[int, tuple[object, ...]], Plan] = Remembered(most_selections)
        self._most_fields = most_fields
        self.fields = 0

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
        decisions = self._decisions.get(id(operation))
        if decisions is None or not decisions.belong_to(operation, fragments):
            decisions = Decisions(operation, fragments)
            self._decisions.put(id(operation), decisions, decisions.size)
        values = decisions.of(variables)
        if values is None:
            return None
        plan = self._plans.get((id(operation), values))
        if plan is None or plan.schema is not schema or plan.decisions is not decisions:
            plan = Plan(schema, decisions, self._grown)
            self._plans.put((id(operation), values), plan, decisions.size)
        return plan

    def _grown(self, fields: int) -> None:
        self.fields += fields
        if self.fields > self._most_fields:
            self._plans.clear()
            self.fields = 0


_DIFFERENT = frozenset(
    (
        "context_value",
        "variable_values",
        "operation_extensions",
        "arguments",
        "collected_errors",
        "pending_incremental_futures",
        "background_futures",
        "groups",
        "tasks",
        "streams",
        "_relevant_sub_fields",
        "_stream_usages",
        "_initial_execution_plans",
        "_deferred_execution_plans",
    )
)
"""What executions of one operation do not have in common: what they are given, and what they fill."""


class CompiledExecution(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, with generated functions where nothing stands against it.

    Attributes:
        arguments: those that resolvers are called with, kept for this operation, by place.
        season: for how long what is made of unchanging objects may be kept with them.
        passing: counts what came into the answer and may not be kept.
    """

    plans: ClassVar[Plans] = Plans()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arguments: dict[Any, dict[str, Any]] = {}
        self.passing = 0
        self.season: object = None
        self._plan: Plan | None = None

    @classmethod
    def again(
        cls, constant: Mapping[str, Any], context: object, variables: VariableValues, extensions: object
    ) -> "CompiledExecution":
        """An execution like a former one whose `constant` this is; `__init__` would find out the same anew."""
        run = cls.__new__(cls)
        run.__dict__.update(
            constant,
            context_value=context,
            variable_values=variables,
            operation_extensions=extensions,
            arguments={},
            collected_errors=CollectedErrors(),
            pending_incremental_futures=set(),
            background_futures=set(),
            groups=[],
            tasks=[],
            streams=[],
            _relevant_sub_fields={},
            _stream_usages=RefMap(),
            _initial_execution_plans=RefMap(),
            _deferred_execution_plans=RefMap(),
        )
        return run

    def constant(self) -> Mapping[str, Any]:
        """What it has in common with every other execution of the operation."""
        return {name: value for name, value in vars(self).items() if name not in _DIFFERENT}

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """For resolvers. Kept as graphql-core keeps it, it would hold the execution, and all that this holds, until
        the next garbage collection."""
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, _: GraphQLResolveInfoHelpers) -> None:
        """Set by graphql-core."""

    def execute_query(self) -> ExecutionResult | Coroutine[Any, Any, ExecutionResult]:
        """What `execute_operation` does, without collecting anew the root's fields that are known."""
        plan = self._plan = self._find_plan()
        root_type = self.schema.query_type
        if plan is None or plan.root is None or root_type is None:
            found: Any = self.execute_operation()
            return cast(ExecutionResult | Coroutine[Any, Any, ExecutionResult], found)
        self._begin(plan)
        try:
            data: Any = self.execute_fields(root_type, self.root_value, None, plan.root, None)
        except GraphQLError as error:
            return self._failed(error)
        return self._awaited(data) if self.is_awaitable(data) else ExecutionResult(data, self._errors())

    async def _awaited(self, data: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            return ExecutionResult(await data, self._errors())
        except GraphQLError as error:
            return self._failed(error)

    def _failed(self, error: GraphQLError) -> ExecutionResult:
        self.collected_errors.add(error, None)
        return ExecutionResult(None, self._errors())

    def _errors(self) -> list[GraphQLError] | None:
        return self.collected_errors.errors or None

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
            self._begin(self._plan)
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

    def _begin(self, plan: Plan) -> None:
        self._relevant_sub_fields = plan.sub_fields
        self.season = getattr(self.context_value, "season", None)

    def _find_plan(self) -> Plan | None:
        watched = self.middleware_manager is not None and self.middleware_manager.middlewares
        if watched or self.abort_signal is not None:
            return None
        return self.plans.find(
            self.schema, self.operation, self.fragment_definitions, self.variable_values.coerced
        )


def compiled_execution(plans: Plans | None = None) -> type[CompiledExecution]:
    """The class for one schema, with plans of its own, which go when it goes."""
    return type("CompiledExecution", (CompiledExecution,), {"plans": Plans() if plans is None else plans})


def _measured(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[int, list[DirectiveNode]]:
    """How many selections there are, and their directives."""
    found: list[DirectiveNode] = []
    below: list[Any] = [operation, *fragments.values()]
    for node in below:
        found += node.directives or ()
        if getattr(node, "selection_set", None) is not None:
            below += node.selection_set.selections
    return len(below), found
