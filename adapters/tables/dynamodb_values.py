"""Items as DynamoDB sends them: an attribute is `{"S": text}` or `{"N": digits}`, nothing else is stored."""

from collections.abc import Mapping
from typing import Any

from adapters.tables.table import BASE, WRITE_ID, Item, Key, Value
from domain.errors import Rejected

Stored = Mapping[str, Mapping[str, Any]]
"""An item, or a part of one, as DynamoDB sends it."""


def encode_value(value: Value) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def encode(item: Mapping[str, Value]) -> dict[str, dict[str, str]]:
    return {name: encode_value(value) for name, value in item.items()}


def encode_key(key: Key) -> dict[str, dict[str, str]]:
    return {BASE.pk: {"S": key.pk}, BASE.sk: {"S": key.sk}}


def decode(stored: Stored) -> Item:
    """The item without the engine's own attribute; raises `Rejected` if another program has written it."""
    try:
        return {
            name: value["S"] if "S" in value else int(value["N"])
            for name, value in stored.items()
            if name != WRITE_ID
        }
    except (KeyError, ValueError) as error:
        raise Rejected("The table holds an item that another program has written.") from error


def key_of_stored(stored: Stored) -> Key:
    return Key(stored[BASE.pk]["S"], stored[BASE.sk]["S"])
