"""What an attribute may be called and hold, and how large it is by DynamoDB's rules."""

from collections.abc import Mapping

from adapters.tables.table import EXPIRES_AT, INDEXES, WRITE_ID, Unfit, Value

Kind = type[str] | type[int]

ITEM_BYTES = 400 * 1024
"""The largest item, names and values together (DynamoDB, "Quotas in Amazon DynamoDB")."""

NAME_BYTES = 255
"""The longest attribute name: DynamoDB's limit for names of index keys, taken for all."""

WRITE_ID_BYTES = 32
"""What an item that is changed, or put under a condition, leaves free for `WRITE_ID`."""

_INT64 = 2**63
_REMEMBERED = 10_000
_KEYS: Mapping[str, Kind] = {name: str for index in INDEXES.values() for name in (index.pk, index.sk)}


class Attributes:
    """Which type each attribute name has: declared, or that of its first use in this process.

    A name has one type, because engines differ on comparing a string with a number.
    """

    def __init__(self, declared: Mapping[str, Kind]) -> None:
        self._kinds: dict[str, Kind] = {**declared, **_KEYS, EXPIRES_AT: int}

    def measure(self, values: Mapping[str, Value]) -> int:
        """Check names and values and answer their size in bytes; raises `Unfit`.

        Sizes are those of DynamoDB's "Item sizes and formats": UTF-8 bytes of names and strings; a number
        takes a byte for every two digits, one more, and one for its sign.
        """
        size = 0
        fresh: dict[str, Kind] = {}
        for name, value in values.items():
            kind = type(value)
            known = self._kinds.get(name)
            if known is None:
                size += _name_size(name)
                fresh[name] = kind
            else:
                size += len(name.encode())
                if kind is not known and kind in (str, int):
                    raise Unfit(f"attribute {name} holds {known.__name__}, not {kind.__name__}")
            size += _value_size(name, value)
        if fresh and len(self._kinds) < _REMEMBERED:
            self._kinds.update(fresh)
        return size


def check_text(what: str, text: str) -> int:
    """The size of a string in UTF-8 bytes; raises `Unfit` for what not every engine can store."""
    if "\0" in text:
        raise Unfit(f"{what} holds the character NUL")
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise Unfit(f"{what} holds half of a surrogate pair at character {error.start}") from error


def check_integer(name: str, value: int) -> None:
    """Raises `Unfit` if the number does not fit in 64 bits."""
    if not -_INT64 <= value < _INT64:
        raise Unfit(f"attribute {name} is a number of {value.bit_length()} bits: the limit is int64")


def _value_size(name: str, value: Value) -> int:
    if type(value) is str:
        return check_text(f"attribute {name}", value)
    if type(value) is int:
        check_integer(name, value)
        digits = str(value)
        return (len(digits.lstrip("-")) + 1) // 2 + 1 + (value < 0)
    raise Unfit(f"attribute {name} is of type {type(value).__name__}: only str and int are stored")


def _name_size(name: str) -> int:
    if type(name) is not str or not name:
        raise Unfit(f"the attribute name {name!r} is not a string with something in it")
    if name == WRITE_ID:
        raise Unfit(f"the attribute name {name} is the engine's own")
    size = check_text(f"the attribute name {name!r}", name)
    if size > NAME_BYTES:
        raise Unfit(f"the attribute name {name[:40]}… has {size} bytes: the limit is {NAME_BYTES}")
    return size
