"""The places of a selection: fields and items of lists, and how their values are had from the object above."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import partial
from inspect import isasyncgenfunction
from keyword import iskeyword
from typing import Any
from uuid import UUID

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    TypeNameMetaFieldDef,
    Undefined,
    VariableNode,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry import ID, UNSET, Info, Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from schema.fields import BATCH, STEADY

Call = Callable[[Any, Any, Any], Any]
"""Has a field resolved: by the executor, the object above, and the way to that object."""

Asked = Callable[[], Awaitable[Sequence[Any]]]
Batch = Callable[[Any, Sequence[Any], Any], Asked | None]
"""Has a field resolved for a list: by the executor, the objects, and the way to the list; None if each is to be
resolved for itself."""

_new: Any = tuple.__new__
_AS_THEY_ARE = (ID, str, int, float, bool)
"""Types of arguments whose coerced values Strawberry leaves as they are."""
_UNCHANGING = frozenset(
    {str, int, float, bool, type(None), type(UNSET), Decimal, datetime, date, time, UUID, bytes}
)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A field of a selection, or what lies in its lists.

    Attributes:
        type: what belongs there.
        key: the field's name in the answer; None for the items of a list.
        lists: how many lists lie between the field and this place.
    """

    type: GraphQLOutputType
    details: FieldDetailsList
    nodes: list[FieldNode] = field(repr=False)
    field: GraphQLField
    parent: GraphQLObjectType
    key: str | None
    lists: int = 0

    def item(self, type: GraphQLOutputType) -> "Place":
        """The place of the items, if a list belongs here."""
        return Place(type, self.details, self.nodes, self.field, self.parent, None, self.lists + 1)

    def path(self, above: Any, key: str | int) -> Path:
        """graphql-core's path of it; `above` is the way to the object or list that it lies in."""
        return Path(path_of(above), key, None if self.lists else self.parent.name)

    def info(self, run: Any, path: Any) -> Any:
        """graphql-core's info, which knows the path of the field alone; `path` is that of this place."""
        for _ in range(self.lists):
            path = path.prev
        return run.build_resolve_info(self.field, self.nodes, self.parent, path)


def path_of(way: Any) -> Any:
    """graphql-core's path, from a way: nested plain tuples of the same three parts, which are cheaper to make."""
    if way is None or type(way) is Path:
        return way
    above, key, typename = way
    return _new(Path, (path_of(above), key, typename))


def attribute_of(place: Place) -> str | None:
    """The attribute that Strawberry's default resolver would read; None if it would do anything else."""
    definition = _definition(place.field)
    if (
        definition is None
        or getattr(place.field.resolve, "__name__", "") != "_get_basic_result"
        or place.field.args
        or place.nodes[0].arguments
        or not definition.is_basic_field
        or definition.default_resolver is not getattr
        or type(definition).get_result is not StrawberryField.get_result
    ):
        return None
    name = definition.python_name
    return name if name.isidentifier() and not iskeyword(name) else None


def call_of(schema: GraphQLSchema, place: Place) -> Call:
    """What resolves the field: the function itself where Strawberry would only hand it its arguments."""
    definition = _definition(place.field)
    strawberrys = schema.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if definition is None or not isinstance(strawberrys, Schema) or strawberrys.exception_handlers:
        return _generic(place)
    if not _calls_the_function(definition, place.field):
        return _generic(place)
    return _direct(place, definition, strawberrys.schema_converter)


def batch_of(schema: GraphQLSchema, place: Place) -> Batch | None:
    """What resolves the field for a whole list, if its declaration says so (`schema.fields.resolved`)."""
    definition = _definition(place.field)
    strawberrys = schema.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if definition is None or BATCH not in definition.metadata or not isinstance(strawberrys, Schema):
        return None
    if strawberrys.exception_handlers or not _calls_the_function(definition, place.field):
        return None
    function, converter = definition.metadata[BATCH], strawberrys.schema_converter
    variables = _variables_of(place, definition, converter)

    def batch(run: Any, sources: Sequence[Any], way: Any) -> Asked | None:
        arguments = run.arguments.get(place)
        if arguments is None:
            arguments = _handed_on(run, place, variables)
        if arguments is None:
            arguments = _converted(run, place, definition, converter, _Info(run, place, definition, way))
        if arguments is None:  # wrong: each is told so by its own resolver
            return None
        return partial(function, run.context_value, sources, **arguments)

    return batch


def stays(place: Place) -> bool:
    """Whether the field's own value is the same for the same object all through a season."""
    if place.field is TypeNameMetaFieldDef or attribute_of(place) is not None:
        return True
    definition = _definition(place.field)
    return (
        definition is not None
        and STEADY in definition.metadata
        and not definition.is_async
        and not _has_variables(place.nodes[0].arguments or ())
    )


def is_async(place: Place) -> bool:
    """Whether a coroutine is to be expected of the resolver."""
    definition = _definition(place.field)
    return definition is not None and definition.is_async


def _definition(field: GraphQLField) -> StrawberryField | None:
    found = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return found if isinstance(found, StrawberryField) else None


def _calls_the_function(definition: StrawberryField, field: GraphQLField) -> bool:
    resolver = definition.base_resolver
    return (
        resolver is not None
        and getattr(field.resolve, "__name__", "") in ("_resolver", "_async_resolver")
        and not definition.extensions
        and not definition.is_subscription
        and type(definition).get_result is StrawberryField.get_result
        and callable(resolver.wrapped_func)
        and not isasyncgenfunction(resolver.wrapped_func)
    )


def _generic(place: Place) -> Call:
    field = place.field

    def call(run: Any, source: Any, way: Any) -> Any:
        resolve = field.resolve or run.field_resolver
        info = run.build_resolve_info(field, place.nodes, place.parent, _field_path(place, way))
        return resolve(source, info, **_values(run, place))

    return call


def _direct(place: Place, definition: StrawberryField, converter: GraphQLCoreConverter) -> Call:
    resolver: Any = definition.base_resolver
    function = resolver.wrapped_func
    generic = _generic(place)
    by_self = resolver.self_parameter is not None
    sources = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each]
    asks = resolver.info_parameter.name if resolver.info_parameter else None
    field, info_class = place.field, converter.config.info_class
    known: list[dict[str, Any]] = []  # for good, where no variable can make others
    variables = _variables_of(place, definition, converter)

    def call(run: Any, source: Any, way: Any) -> Any:
        arguments = known[0] if known else run.arguments.get(place) or _handed_on(run, place, variables)
        info: Info[Any, Any] | None = None
        if asks is not None or arguments is None:
            if info_class is Info:
                info = _Info(run, place, definition, way)
            else:
                raw = run.build_resolve_info(field, place.nodes, place.parent, _field_path(place, way))
                info = info_class(_raw_info=raw, _field=definition)
        if arguments is None:
            arguments = _converted(run, place, definition, converter, info)
            if arguments is None:
                return generic(run, source, way)
            if place in run.arguments and not _has_variables(place.nodes[0].arguments or ()):
                known.append(arguments)
        if asks is not None or sources:
            arguments = dict(arguments)
            for name in sources:
                arguments[name] = source
            if asks is not None:
                arguments[asks] = info
        return function(source, **arguments) if by_self else function(**arguments)

    return call


class _Info(Info[Any, Any]):
    """Strawberry's info, which makes graphql-core's only for those who ask for more than the context."""

    def __init__(self, run: Any, place: Place, definition: StrawberryField, way: Any) -> None:
        self._run, self._place, self._field, self._way = run, place, definition, way

    def __getattr__(self, name: str) -> Any:
        if name != "_raw_info":
            raise AttributeError(name)
        place = self._place
        path = _field_path(place, self._way)
        self._raw_info = self._run.build_resolve_info(place.field, place.nodes, place.parent, path)
        return self._raw_info

    @property
    def context(self) -> Any:
        """What the operation was given."""
        return self._run.context_value


def _has_variables(arguments: Iterable[ArgumentNode]) -> bool:
    """Whether a value is a variable, or might hold one."""
    return any(isinstance(each.value, (VariableNode, ListValueNode, ObjectValueNode)) for each in arguments)


def _field_path(place: Place, way: Any) -> Path:
    return Path(path_of(way), place.key or "", place.parent.name)


def _values(run: Any, place: Place) -> dict[str, Any]:
    node = place.nodes[0]
    if not place.field.args and not node.arguments:
        return {}
    return get_argument_values(place.field, node, run.variable_values, None, run.hide_suggestions)


def _variables_of(
    place: Place, definition: StrawberryField, converter: GraphQLCoreConverter
) -> Mapping[str, str] | None:
    """By parameter, the variables that are handed over as they are; None if anything else has to be done."""
    given = {each.name.value: each.value for each in place.nodes[0].arguments or ()}
    known = {converter.config.name_converter.from_argument(each): each for each in definition.arguments}
    found: dict[str, str] = {}
    for name, argument in place.field.args.items():
        value, parameter = given.get(name), known.get(name)
        if value is None and argument.default is None and argument.default_value is Undefined:
            continue
        kind: Any = None if parameter is None else parameter.type
        kind = kind.of_type if type(kind) is StrawberryOptional else kind
        if parameter is None or not isinstance(value, VariableNode) or kind not in _AS_THEY_ARE:
            return None
        found[parameter.python_name] = value.name.value
    return found or None


def _handed_on(run: Any, place: Place, variables: Mapping[str, str] | None) -> dict[str, Any] | None:
    """The arguments, kept for the operation, if they are but the values of variables, each of which has one."""
    if variables is None:
        return None
    values = run.variable_values.coerced
    found: dict[str, Any] = {}
    for parameter, variable in variables.items():
        value = values.get(variable)
        if value is None:
            return None
        found[parameter] = value
    run.arguments[place] = found
    return found


def _converted(
    run: Any, place: Place, definition: StrawberryField, converter: GraphQLCoreConverter, info: Any
) -> dict[str, Any] | None:
    """The arguments as Strawberry hands them over, kept for the operation unless a resolver could change them;
    None where they are wrong: Strawberry's own way says how."""
    values = _values(run, place)
    registry, config = converter.scalar_registry, converter.config
    try:
        found = convert_arguments(
            values, definition.arguments, scalar_registry=registry, config=config, info=info
        )
    except Exception:
        return None
    if all(type(value) in _UNCHANGING or isinstance(value, Enum) for value in found.values()):
        run.arguments[place] = found
    return found
