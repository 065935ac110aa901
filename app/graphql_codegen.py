"""Writes, for a selection on an object type, the Python function that makes its part of the answer.

The function reads attributes, calls resolvers and builds the dict in the document's order. It does by itself what
is as expected: text in a String, an object of the type's own class, a list; the rest it leaves, value by value, to
`app.graphql_completion`.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from types import CodeType
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    TypeNameMetaFieldDef,
    is_composite_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.type.scalars import (
    serialize_boolean,
    serialize_float,
    serialize_id,
    serialize_int,
    serialize_string,
)
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from adapters.remembered import Remembered
from app.graphql_batches import batched, wanted
from app.graphql_classes import classes_of, is_unchanging, names_of
from app.graphql_completion import failed, gathered, later, odd, settle, unusual
from app.graphql_places import Batch, Place, attribute_of, batch_of, call_of, is_async, stays

Function = Callable[..., Any]
"""Makes a part of an answer: from the executor, the value, the way to it, and perhaps what its batches gave; these
are its attribute `batches`."""
Make = Callable[[Any], Function]

MOST_FIELDS = 300
"""Of one selection; a longer one is executed as graphql-core does."""
_CODES: Remembered[str, CodeType] = Remembered(8_000_000)

_AS_IT_IS: dict[Any, str] = {
    serialize_string: "type(value) is str",
    serialize_id: "type(value) is str",
    serialize_boolean: "type(value) is bool",
    serialize_int: "type(value) is int and -2147483648 <= value <= 2147483647",
    serialize_float: "type(value) is float and -1e999 < value < 1e999",
}
_SIMPLE = frozenset({str, int, float, bool, dict, list, tuple, bytes, datetime, date, time, Decimal, UUID})
_RUNTIME: dict[str, Any] = {
    "odd": odd,
    "unusual": unusual,
    "settle": settle,
    "later": later,
    "failed": failed,
    "gathered": gathered,
    "simple": _SIMPLE,
    "leaf": Executor.complete_leaf_value,
    "wanted": wanted,
    "batched": batched,
}


def function_of(
    schema: GraphQLSchema,
    parent: GraphQLObjectType,
    fields: GroupedFieldSet,
    sub_function: Callable[[Any, GraphQLObjectType, FieldDetailsList], Function],
) -> Function | None:
    """The function for these fields of this type; None if graphql-core should execute them.

    Args:
        sub_function: makes the functions of the selections below, when they are first reached.
    """
    places = list(_places(schema, parent, fields))
    if len(places) < len(fields) or len(fields) > MOST_FIELDS or parent.name.startswith("__"):
        return None
    writer = _Writer(schema, sub_function)
    writer.object(places)
    return writer.function(f"<selection on {parent.name}>")


def _places(schema: GraphQLSchema, parent: GraphQLObjectType, fields: GroupedFieldSet) -> Iterator[Place]:
    for key, details in fields.items():
        field = schema.get_field(parent, details[0].node.name.value)
        if field is not None:
            yield Place(field.type, details, [each.node for each in details], field, parent, key)


def _compiled(source: str, name: str) -> CodeType:
    """Equal selections of different documents have equal texts."""
    code = _CODES.get(source)
    if code is None:
        code = compile(source, name, "exec")
        _CODES.put(source, code, len(source))
    return code


class _Writer:
    """The text of a function, and the names it uses."""

    def __init__(
        self,
        schema: GraphQLSchema,
        sub_function: Callable[[Any, GraphQLObjectType, FieldDetailsList], Function],
    ) -> None:
        self._schema = schema
        self._sub_function = sub_function
        self._lines: list[str] = []
        self._lists: list[Place] = []
        self._async: list[Place] = []
        self._names: dict[str, Any] = dict(_RUNTIME)
        self._known: dict[int, str] = {}
        self._batches: list[Batch] = []
        self._tables: dict[int, dict[type, Function]] = {}

    def function(self, title: str) -> Function:
        """Compile what was written; equal texts are compiled once."""
        while self._lists or self._async:
            if self._lists:
                self._list(self._lists.pop())
            else:
                self._completion(self._async.pop())
        # Nothing of a document but names that its validation has found right gets into the text.
        exec(_compiled("\n".join(self._lines), title), self._names)  # noqa: S102  our own text, see above
        found = self._names["selection"]
        found.batches = tuple(self._batches)
        function: Function = found
        return function

    def object(self, places: list[Place]) -> None:
        """Write the function itself."""
        self._write(0, "def selection(run, source, way, given=None):")
        keeps = bool(places) and is_unchanging(places[0].parent) and all(map(stays, places))
        if keeps:
            self._names["token"] = object()  # and not the function, which would live as long as the value
            self._write(1, "kept = source.__dict__.get('_kept')")
            self._write(1, "if kept is not None and kept[0] is token and kept[1] == run.season:")
            self._write(2, "return kept[2]")
            self._write(1, "passing = run.passing")
        else:
            self._write(1, "run.passing += 1")
        self._write(1, "into = {}", "waiting = None")
        for place in places:
            if place.field is TypeNameMetaFieldDef:
                self._write(1, f"into[{place.key!r}] = {place.parent.name!r}")
            else:
                self._field(place)
        if keeps:
            self._write(1, "if waiting is None and run.passing == passing:")
            self._write(2, "source.__dict__['_kept'] = (token, run.season, into)")
        self._write(1, "return into if waiting is None else gathered(into, waiting)")

    def _field(self, place: Place) -> None:
        name, key = self._name("place", place), repr(place.key)
        self._write(1, "try:")
        if attribute := attribute_of(place):
            self._write(2, f"value = source.{attribute}")
            self._store(2, place, name, key)
        elif is_async(place):
            self._awaited(place, name, key)
        else:
            self._write(2, f"value = {self._name('call', call_of(self._schema, place))}(run, source, way)")
            self._store(2, place, name, key)
        self._write(1, "except Exception as error:")
        self._write(2, f"failed(run, {name}, error, way, into, {key}, waiting)")

    def _awaited(self, place: Place, name: str, key: str) -> None:
        """Write the call of an asynchronous resolver, or what is done with the value that a batch gave."""
        self._async.append(place)
        depth, batch = 2, batch_of(self._schema, place)
        if batch is not None:
            value = f"given[{len(self._batches)}]"
            self._batches.append(batch)
            self._write(2, "if given is not None:")
            self._write(3, f"waiting = {name}_complete(run, {value}, way, into, waiting)")
            self._write(2, "else:")
            depth = 3
        call = self._name("call", call_of(self._schema, place))
        arguments = f"run, {name}, {name}_complete, {call}(run, source, way), way, into, {key}, waiting"
        self._write(depth, f"waiting = later({arguments})")

    def _completion(self, place: Place) -> None:
        name = self._name("place", place)
        self._write(0, f"def {name}_complete(run, value, way, into, waiting):")
        self._store(1, place, name, repr(place.key), otherwise="unusual")
        self._write(1, "return waiting")

    def _list(self, list_place: Place) -> None:
        place = list_place.item(_inner(list_place).of_type)
        name = self._name("place", place)
        function = f"{self._name('place', list_place)}_items"
        self._write(0, f"def {function}(run, source, way, given=None):")
        if is_composite_type(_inner(place)):
            table = self._name("functions", self._functions(place))
            self._write(1, f"asked = wanted(run, {table}, source, way) if given is None else None")
            self._write(1, "if asked is not None:")
            self._write(2, f"return batched(asked, {function}, run, source, way)")
        self._write(1, "into = []", "waiting = None", "for index, value in enumerate(source):", " try:")
        self._store(3, place, name, "index")
        self._write(2, "except Exception as error:")
        self._write(3, f"failed(run, {name}, error, way, into, index, waiting, source[index + 1 :])")
        self._write(1, "return into if waiting is None else gathered(into, waiting)")

    def _store(self, depth: int, place: Place, name: str, key: str, otherwise: str = "odd") -> None:
        """Write what puts `value` into `into`, completed."""
        put = "into.append({})" if place.lists else f"into[{key}] = {{}}"
        inner, nullable = _inner(place), not isinstance(place.type, GraphQLNonNull)
        condition = self._as_it_is(inner)
        if condition is not None:
            usual = f"{condition} or value is None" if nullable else condition
            self._write(depth, f"if {usual}:", " " + put.format("value"))
        else:
            way = "(way, index, None)" if place.lists else f"(way, {key}, {place.parent.name!r})"
            self._composite(depth, place, name, way, put, key)
            if nullable:
                self._write(depth, "elif value is None:", " " + put.format("None"))
        odd_value = f"waiting = {otherwise}(run, {name}, value, way, into, {key}, waiting)"
        self._write(depth, "else:", " " + odd_value)

    def _composite(self, depth: int, place: Place, name: str, way: str, put: str, key: str) -> None:
        """Write the branches for values that have to be completed."""
        inner = _inner(place)
        if isinstance(inner, GraphQLEnumType):
            table = self._name("names", names_of(inner))
            self._write(depth, f"found = {table}.get(id(value))")
            self._write(depth, "if found is not None:", " " + put.format("found"))
            return
        if isinstance(inner, GraphQLScalarType):
            condition, made, usual = "type(value) in simple", "leaf({}, value)", "type(found) in simple"
            made = made.format(self._name("type", inner))
        elif isinstance(inner, GraphQLList):
            self._lists.append(place)
            condition, made = (
                "type(value) is list or type(value) is tuple",
                f"{name}_items(run, value, {way})",
            )
            usual = "type(found) is list"
        else:
            table = self._name("functions", self._functions(place))
            self._write(depth, f"function = {table}.get(type(value))")
            condition = f"function is not None and getattr(value, {TYPE_CAST_ATTRIBUTE!r}, None) is None"
            made, usual = f"function(run, value, {way})", "type(found) is dict"
            if place.lists:
                made = f"{made} if given is None else function(run, value, {way}, given[index])"
        settled = f"waiting = settle(run, {name}, found, way, into, {key}, waiting)"
        self._write(depth, f"if {condition}:", f" found = {made}", f" if {usual}:")
        self._write(depth + 2, put.format("found"))
        self._write(depth, " else:", "  " + settled)

    @staticmethod
    def _as_it_is(inner: Any) -> str | None:
        if not isinstance(inner, GraphQLScalarType):
            return None
        return _AS_IT_IS.get(inner.coerce_output_value)

    def _functions(self, place: Place) -> dict[type, Function]:
        """By the class of the value: each is made when it is first called, and takes its place then."""
        known = self._tables.get(id(place))
        if known is not None:
            return known
        inner, details = _inner(place), place.details
        table = self._tables[id(place)] = {}
        for class_, type_ in classes_of(self._schema, inner):

            def first(run: Any, value: Any, way: Any, class_: type = class_, type_: Any = type_) -> Any:
                table[class_] = function = self._sub_function(run, type_, details)
                return function(run, value, way)

            table[class_] = first
        return table

    def _name(self, prefix: str, value: Any) -> str:
        """The name under which the text finds this value; always the same for one value."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = f"{prefix}{len(self._names)}"
            self._names[known] = value
        return known

    def _write(self, depth: int, *lines: str) -> None:
        self._lines += [" " * depth + line for line in lines]


def _inner(place: Place) -> Any:
    return place.type.of_type if isinstance(place.type, GraphQLNonNull) else place.type
