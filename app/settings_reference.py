"""Tells the settings: as a page of the reference, made of their definitions, and as they are here."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from adapters.redaction import redacted
from app.settings import Settings

_KINDS = {bool: "`true` or `false`", int: "number", float: "number", SecretStr: "secret"}

_HEAD = """# Settings

All come from the environment; an empty one is as none. This page is written by `make reference`; the settings
of an installation, without its secrets, are shown by `python -m app settings`.

| setting | values | default | meaning |
|---|---|---|---|
"""


def reference() -> str:
    """The page `docs/reference/settings.md`, in Markdown."""
    rows = (
        f"| `{name.upper()}` | {_values(field)} | {_default(field)} | {_meaning(field)} |\n"
        for name, field in Settings.model_fields.items()
    )
    return _HEAD + "".join(rows)


def shown(settings: Settings) -> Iterator[str]:
    """A line for each setting that differs from its default; neither secrets nor passwords in addresses are told."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if value != field.default:
            told = "(set)" if isinstance(value, SecretStr) else str(value)
            yield f"{name.upper()}={redacted(told) if '://' in told else told}"


def _values(field: FieldInfo) -> str:
    kind = _kind(field.annotation)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    bounds = [f"from {mark.ge:,}" for mark in field.metadata if isinstance(mark, Ge)]
    bounds += [f"to {mark.le:,}" for mark in field.metadata if isinstance(mark, Le)]
    return " ".join([_KINDS.get(kind, "text"), *bounds])


def _kind(annotation: Any) -> Any:
    """The type of a setting that is given."""
    if get_origin(annotation) in (UnionType, Union):
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
    return annotation


def _default(field: FieldInfo) -> str:
    if field.default is None or field.default == "":
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _meaning(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())
