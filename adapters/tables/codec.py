"""Entities as items: one JSON string in `Data`, and the flat attributes that every item carries.

`Data` leaves out what equals a field's default, so that a default is part of the stored form and cannot be
changed without rewriting what is stored. Decimals are strings, moments ISO 8601 with their zone.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from adapters.remembered import Reread
from adapters.tables import keys
from adapters.tables.table import EXPIRES_AT, Below, Item, Key, Value
from domain.entities.listing import Photo
from domain.errors import Rejected

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_PHOTOS: TypeAdapter[tuple[Photo, ...]] = TypeAdapter(tuple[Photo, ...])


class Codec(Generic[T]):
    """One kind of entity as JSON text and back.

    Args:
        kind: a dataclass.
        apart: fields that are not in `Data`, because attributes or other items hold them; they must have
            defaults.
        remembered: how many characters of `Data` are kept beside what they say. Who decodes the same again gets
            the same entity, which is why only entities that nobody can change may be remembered.
    """

    def __init__(self, kind: type[T], apart: Collection[str] = (), *, remembered: int = 0) -> None:
        self._adapter = TypeAdapter(kind)
        self._apart = set(apart)
        self._remembers = remembered > 0
        self._known: Reread[tuple[Any, ...], T] = Reread(remembered)

    def encode(self, entity: T) -> str:
        """Raises `Rejected` for text that is no Unicode."""
        try:
            data = self._adapter.dump_json(entity, exclude=self._apart, exclude_defaults=True)
        except PydanticSerializationError as error:
            raise Rejected("A text is not valid Unicode and cannot be stored.") from error
        return data.decode()

    def decode(self, data: str, **apart: Any) -> T:
        """The entity, with the fields that are kept apart."""
        if not self._remembers:
            return self._decoded(data, apart)
        form = (data, *apart.values())
        known = self._known.get(form)
        if known is None:
            known = self._decoded(data, apart)
            self._known.put(form, known, len(data))
        return known

    def _decoded(self, data: str, apart: Mapping[str, Any]) -> T:
        entity = self._adapter.validate_json(data)
        for name, value in apart.items():  # nobody has it yet; `replace` takes half as long as decoding
            object.__setattr__(entity, name, value)
        return entity


def encode_photos(photos: tuple[Photo, ...]) -> str:
    """Raises `Rejected` for text that is no Unicode."""
    try:
        return _PHOTOS.dump_json(photos, exclude_defaults=True).decode()
    except PydanticSerializationError as error:
        raise Rejected("A photo's text is not valid Unicode and cannot be stored.") from error


def decode_photos(data: str) -> tuple[tuple[Photo, ...], tuple[Photo, ...]]:
    """The photos of a listing, and those that are removed."""
    photos = _PHOTOS.validate_json(data)
    return (
        tuple(photo for photo in photos if photo.removed_at is None),
        tuple(photo for photo in photos if photo.removed_at is not None),
    )


def stamped(
    key: Key, entity_type: str, *, created: datetime, now: datetime, version: int
) -> dict[str, Value]:
    """The attributes that every item has; times in milliseconds since 1970."""
    return {
        "PK": key.pk,
        "SK": key.sk,
        "EntityType": entity_type,
        "CreatedAt": keys.millis(created),
        "UpdatedAt": keys.millis(now),
        "version": version,
    }


def free(now: datetime) -> Below:
    """The condition that there is no item, or only one whose time has come."""
    return Below(EXPIRES_AT, keys.seconds(now) + 1)


def text(item: Mapping[str, Value], name: str) -> str:
    """A flat attribute as text; empty if it is missing."""
    value = item.get(name, "")
    return value if isinstance(value, str) else str(value)


def number(item: Mapping[str, Value], name: str) -> int:
    """A flat attribute as a number; 0 if it is missing."""
    value = item.get(name, 0)
    return value if isinstance(value, int) else int(value)


def plain(value: str | None, most: int = 200) -> str:
    """Text as it is filtered by: without case and accents, of at most so many characters; empty for None."""
    text = _UNSTORABLE.sub("", value or "")[:most]
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return text.casefold()[:most]


def version_of(item: Item) -> int:
    return number(item, "version")
