"""Compiles `$filter` to a predicate over rows; `odata-query` parses it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from sandbox.mls.errors import Refused, bad, unsupported
from sandbox.mls.fields import Edm, Field

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]
Fields = Mapping[str, Field]

_STRINGS = re.compile(r"'(?:[^']|'')*'")
_TARGET = "$filter"


@dataclass(frozen=True)
class _Operand:
    """One side of a comparison: its kind (None for the literal null), and its value in a row.

    A null, and a value that is not of the kind (this server can be told to serve such), both read as None.
    """

    kind: str | None
    value: Callable[[Row], Any]


_KINDS = {
    Edm.STRING: "string",
    Edm.DECIMAL: "number",
    Edm.INT: "number",
    Edm.BOOLEAN: "boolean",
    Edm.DATE: "date",
    Edm.TIMESTAMP: "timestamp",
}

_COMPARE: dict[type[Any], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Lt: lambda left, right: left is not None and right is not None and left < right,
    ast.LtE: lambda left, right: left is not None and right is not None and left <= right,
    ast.Gt: lambda left, right: left is not None and right is not None and left > right,
    ast.GtE: lambda left, right: left is not None and right is not None and left >= right,
}

_TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}


def compile_filter(text: str, fields: Fields, now: datetime) -> Predicate:
    """The predicate of a `$filter` over rows of `fields`.

    Knows eq ne gt ge lt le in, and or not, contains startswith endswith, tolower toupper, now(). Raises
    Refused: 400 for what is wrong (syntax, an unknown field, values of different types), 501 for the rest
    of OData (`has`, any, all, arithmetic, other functions).
    """
    return _Compiler(fields, now).boolean(parsed(text))


def parsed(text: str) -> Any:
    """The tree of a `$filter`, of the nodes of `odata_query.ast`. Raises Refused: 400 or 501."""
    if re.search(r"\bhas\b", _STRINGS.sub("''", text)):
        raise unsupported("the operator has is not supported", _TARGET)
    try:
        return ODataParser().parse(ODataLexer().tokenize(text))
    except ODataException as error:
        raise bad(f"the filter cannot be read: {error}", _TARGET) from error


class _Compiler:
    def __init__(self, fields: Fields, now: datetime) -> None:
        self._fields = fields
        self._now = now

    def boolean(self, node: object) -> Predicate:
        """The predicate of an expression that is true or false."""
        match node:
            case ast.BoolOp(op=op, left=left, right=right):
                return _both(op, self.boolean(left), self.boolean(right))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return _negated(self.boolean(inner))
            case ast.Compare(comparator=ast.In(), left=left, right=ast.List(val=members)):
                return self._membership(left, members)
            case ast.Compare(comparator=comparator, left=left, right=right):
                return self._comparison(type(comparator), left, right)
            case ast.Call(func=ast.Identifier(name=name), args=args) if name in _TEXT:
                return self._text_test(name, args)
        operand = self._operand(node)
        if operand.kind != "boolean":
            raise bad("the filter is not true or false", _TARGET)
        return lambda row: operand.value(row) is True

    def _comparison(self, comparator: type[Any], left: object, right: object) -> Predicate:
        one, other = self._operand(left), self._operand(right)
        _same_kind(one, other)
        compare, first, second = _COMPARE[comparator], one.value, other.value
        return lambda row: compare(first(row), second(row))

    def _membership(self, left: object, members: list[Any]) -> Predicate:
        operand, others = self._operand(left), [self._operand(member) for member in members]
        for other in others:
            _same_kind(operand, other)
        allowed, value = {other.value({}) for other in others}, operand.value
        return lambda row: value(row) in allowed

    def _text_test(self, name: str, args: list[Any]) -> Predicate:
        text, part = (self._operand(argument) for argument in args)
        if text.kind != "string" or part.kind != "string":
            raise bad(f"{name} takes two strings", _TARGET)
        test, first, second = _TEXT[name], text.value, part.value

        def predicate(row: Row) -> bool:
            one, other = first(row), second(row)
            return one is not None and other is not None and test(one, other)

        return predicate

    def _operand(self, node: object) -> _Operand:
        match node:
            case ast.Identifier(name=name, namespace=()):
                return self._field(name)
            case ast.Call(func=ast.Identifier(name="now"), args=[]):
                return _constant("timestamp", self._now)
            case ast.Call(func=ast.Identifier(name="tolower" | "toupper" as name), args=[argument]):
                return self._cased(name, argument)
            case ast.Null():
                return _constant(None, None)
        return _literal(node)

    def _field(self, name: str) -> _Operand:
        field = self._fields.get(name)
        if field is None:
            raise bad(f"there is no field {name}", _TARGET)
        if field.many:
            raise bad(f"{name} is a collection", _TARGET)
        kind = _KINDS[field.type]
        read = _READERS[kind]
        return _Operand(kind, lambda row: read(row.get(name)))

    def _cased(self, name: str, argument: object) -> _Operand:
        inner = self._operand(argument)
        if inner.kind != "string":
            raise bad(f"{name} takes a string", _TARGET)
        change = str.lower if name == "tolower" else str.upper

        def value(row: Row) -> str | None:
            text = inner.value(row)
            return None if text is None else change(text)

        return _Operand("string", value)


def _literal(node: object) -> _Operand:
    match node:
        case ast.String(val=text):
            return _constant("string", text)
        case ast.Integer() | ast.Float():
            return _constant("number", node.py_val)
        case ast.Boolean():
            return _constant("boolean", node.py_val)
        case ast.Date() | ast.DateTime():
            return _moment(node)
    raise unsupported(f"{type(node).__name__} is not supported in a filter", _TARGET)


def _moment(node: ast.Date | ast.DateTime) -> _Operand:
    try:
        value = node.py_val
    except ValueError as error:
        raise bad(f"{node.val} is no date", _TARGET) from error
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise bad(f"{node.val} has no offset; a DateTimeOffset ends in Z or an offset", _TARGET)
        return _constant("timestamp", value)
    return _constant("date", value)


def _constant(kind: str | None, value: Any) -> _Operand:
    return _Operand(kind, lambda _row: value)


def _both(op: object, left: Predicate, right: Predicate) -> Predicate:
    if isinstance(op, ast.And):
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _negated(inner: Predicate) -> Predicate:
    return lambda row: not inner(row)


def _same_kind(one: _Operand, other: _Operand) -> None:
    if one.kind is not None and other.kind is not None and one.kind != other.kind:
        raise bad(f"a {one.kind} cannot be compared with a {other.kind}", _TARGET)


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _timestamp(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


_READERS: dict[str, Callable[[Any], Any]] = {
    "string": lambda value: value if isinstance(value, str) else None,
    "number": lambda value: value if isinstance(value, int | float) and not isinstance(value, bool) else None,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "date": _date,
    "timestamp": _timestamp,
}


def order_key(name: str) -> Callable[[Row], tuple[int, Any]]:
    """A sort key for a field: null first (OData 4.01 Protocol, 11.2.6.2), then numbers, then text."""

    def key(row: Row) -> tuple[int, Any]:
        value = row.get(name)
        if isinstance(value, int | float):
            return 1, value
        return (2, value) if isinstance(value, str) else (0, 0)

    return key


def order_by(text: str, fields: Fields) -> list[tuple[str, bool]]:
    """The fields of an `$orderby`, each with whether it descends. Raises Refused (400)."""
    order = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        field = fields.get(name)
        if field is None or field.many or direction.strip() not in ("", "asc", "desc"):
            raise Refused(400, f"cannot order by {part.strip() or 'nothing'}", target="$orderby")
        order.append((name, direction.strip() == "desc"))
    return order
