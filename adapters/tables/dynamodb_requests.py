"""Writes and queries of the seam as DynamoDB's requests, without the table's name.

Every name and value goes by a placeholder: names hold dots and may be reserved words. What the expressions
say is what `adapters.tables.semantics` works out elsewhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.tables.dynamodb_values import encode, encode_key, encode_value
from adapters.tables.ranges import Range, range_of
from adapters.tables.table import (
    BASE,
    WRITE_ID,
    Absent,
    Below,
    Between,
    Change,
    Check,
    Condition,
    Contains,
    Delete,
    Equals,
    Filter,
    In,
    Present,
    Put,
    Query,
    Value,
    Within,
    Write,
)

Request = dict[str, Any]

OPERATIONS: Mapping[type[Write], str] = {
    Put: "Put",
    Change: "Update",
    Delete: "Delete",
    Check: "ConditionCheck",
}
"""What each kind of write is called in a transaction; alone it is `PutItem` and so on."""


class _Placeholders:
    """The names and values of one request."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, dict[str, str]] = {}

    def name(self, name: str) -> str:
        return self._names.setdefault(name, f"#{len(self._names)}")

    def value(self, value: Value) -> str:
        placeholder = f":{len(self._values)}"
        self._values[placeholder] = encode_value(value)
        return placeholder

    def request(self) -> Request:
        request: Request = {}
        if self._names:
            request["ExpressionAttributeNames"] = {given: name for name, given in self._names.items()}
        if self._values:
            request["ExpressionAttributeValues"] = self._values
        return request


def write_request(write: Write, write_id: str | None = None) -> Request:
    """One write, alone or in a transaction; a write with an id leaves it in the item.

    A refusal answers the item as it was.
    """
    places = _Placeholders()
    request: Request
    match write:
        case Put(item=item):
            request = {"Item": encode(item if write_id is None else {**item, WRITE_ID: write_id})}
        case Change():
            request = {"Key": encode_key(write.key), "UpdateExpression": _update(write, write_id, places)}
        case _:
            request = {"Key": encode_key(write.key)}
    if write.when:
        request["ConditionExpression"] = " AND ".join(_condition(one, places) for one in write.when)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return {**request, **places.request()}


def query_request(query: Query) -> Request:
    """A query without `Limit`; it may read the bounds of `range_of(query)` too where those are left out."""
    places = _Placeholders()
    partition = f"{places.name(query.index.pk)}={places.value(query.pk)}"
    positions = _positions(query, range_of(query), places)
    request: Request = {
        "KeyConditionExpression": f"{partition} AND {positions}" if positions else partition,
        "ScanIndexForward": query.ascending,
    }
    if query.index is BASE:
        request["ConsistentRead"] = True
    else:
        request["IndexName"] = query.index.name
    if query.filters:
        request["FilterExpression"] = " AND ".join(_filter(wanted, places) for wanted in query.filters)
    return {**request, **places.request()}


def spent_by(change: Change) -> bool:
    """Whether the change, once done, makes one of its own conditions false, so that it never happens twice."""
    return any(_spends(change, condition) for condition in change.when)


def _spends(change: Change, condition: Condition) -> bool:
    match condition:
        case Absent():
            return True
        case Equals(name, value) if name in change.set:
            return change.set[name] != value
        case Equals(name, _):
            return change.add.get(name, 0) != 0
    return False


def _update(change: Change, write_id: str | None, places: _Placeholders) -> str:
    clauses = []
    setting = dict(change.set) if write_id is None else {**change.set, WRITE_ID: write_id}
    if setting:
        terms = (f"{places.name(name)}={places.value(value)}" for name, value in setting.items())
        clauses.append(f"SET {','.join(terms)}")
    if change.add:
        terms = (f"{places.name(name)} {places.value(by)}" for name, by in change.add.items())
        clauses.append(f"ADD {','.join(terms)}")
    return " ".join(clauses)


def _condition(condition: Condition, places: _Placeholders) -> str:
    match condition:
        case Absent():
            return f"attribute_not_exists({places.name(BASE.pk)})"
        case Present():
            return f"attribute_exists({places.name(BASE.pk)})"
        case Equals(name, value):
            return f"{places.name(name)}={places.value(value)}"
        case Below(name, value):
            placed = places.name(name)
            return f"(attribute_not_exists({placed}) OR {placed}<{places.value(value)})"


def _filter(wanted: Filter, places: _Placeholders) -> str:
    name = places.name(wanted.name)
    match wanted:
        case In(values=values):
            return f"{name} IN ({_values(values, places)})"
        case Between(low=low, high=high):
            return f"{name} BETWEEN {places.value(low)} AND {places.value(high)}"
        case Within(ranges=ranges):
            found = (f"{name} BETWEEN {places.value(low)} AND {places.value(high)}" for low, high in ranges)
            return f"({' OR '.join(found)})"
        case Contains(text=text):
            return f"contains({name},{places.value(text)})"


def _values(values: Sequence[Value], places: _Placeholders) -> str:
    return ",".join(places.value(value) for value in values)


def _positions(query: Query, wanted: Range, places: _Placeholders) -> str:
    """A query takes one condition on the sort key, and only BETWEEN has two bounds: both are included."""
    if query.prefix is not None and query.after is None:
        return f"begins_with({places.name(query.index.sk)},{places.value(query.prefix)})"
    if wanted.low is None and wanted.high is None:
        return ""
    name = places.name(query.index.sk)
    if wanted.low is not None and wanted.high is not None:
        return f"{name} BETWEEN {places.value(wanted.low)} AND {places.value(wanted.high)}"
    if wanted.low is not None:
        return f"{name}{'>' if wanted.low_open else '>='}{places.value(wanted.low)}"
    return f"{name}{'<' if wanted.high_open else '<='}{places.value(wanted.high or '')}"
