"""Reads the OData system query options of a request."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.mls.errors import bad, unsupported
from sandbox.mls.fields import MEDIA
from sandbox.mls.filters import Fields

_ELSEWHERE = {"$apply", "$compute", "$search", "$deltatoken", "$levels"}
_EXPAND = re.compile(r"Media(?:\((?P<options>.*)\))?", re.DOTALL)


@dataclass(frozen=True)
class Expand:
    """What `$expand=Media(...)` asks of each home's media."""

    select: tuple[str, ...] | None = None
    filter: str | None = None
    order: str | None = None
    top: int | None = None
    skip: int = 0


@dataclass(frozen=True)
class Query:
    """The query options of a request; `given` are its pairs as they came, for the next link.

    `behind` is the stamp and the key of the last row served, on a server that counts on by these.
    """

    given: tuple[tuple[str, str], ...]
    select: tuple[str, ...] | None = None
    filter: str | None = None
    order: str | None = None
    top: int | None = None
    skip: int = 0
    behind: tuple[str, str] | None = None
    count: bool = False
    expand: Expand | None = None


def read_query(pairs: Sequence[tuple[str, str]], fields: Fields, *, expandable: bool) -> Query:
    """The query that name and value pairs ask for, over rows of `fields`.

    Raises Refused: 400 for unknown options, names and values, 501 for options of OData not served.
    """
    options = _unique(pairs)
    expand = None
    if "$expand" in options:
        if not expandable:
            raise bad("nothing can be expanded here", "$expand")
        expand = _expand(options["$expand"])
    if options.get("$format", "json").partition(";")[0] not in ("json", "application/json"):
        raise bad("only JSON is served", "$format")
    served, behind = _token(options.get("$skiptoken"))
    return Query(
        given=tuple(pairs),
        select=_select(options.get("$select"), fields, ("Media",) if expand else ()),
        filter=options.get("$filter"),
        order=options.get("$orderby"),
        top=_whole("$top", options.get("$top")),
        skip=(_whole("$skip", options.get("$skip")) or 0) + served,
        behind=behind,
        count=_truth("$count", options.get("$count", "false")),
        expand=expand,
    )


_KNOWN = {"$select", "$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count", "$expand", "$format"}


def _unique(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in pairs:
        if name in _ELSEWHERE:
            raise unsupported(f"the option {name} is not supported", name)
        if name not in _KNOWN:
            raise bad(f"there is no option {name}", name)
        if name in options:
            raise bad(f"the option {name} is given twice", name)
        options[name] = value
    return options


def _select(text: str | None, fields: Fields, more: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    if text is None or text.strip() == "*":
        return None
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in fields and name not in more:
            raise bad(f"there is no field {name}", "$select")
    return names


def _whole(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise bad(f"{name} takes a whole number", name)
    return int(text)


def _truth(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise bad(f"{name} is true or false", name)
    return text == "true"


def _expand(text: str) -> Expand:
    found = _EXPAND.fullmatch(text.strip())
    if found is None:
        raise bad(f"cannot expand {text}", "$expand")
    if found["options"] is None:
        return Expand()
    from_text = dict(part.strip().partition("=")[::2] for part in _split(found["options"]))
    unknown = set(from_text) - {"$select", "$filter", "$orderby", "$top", "$skip"}
    if unknown:
        raise bad(f"there is no option {sorted(unknown)[0]} of an expansion", "$expand")
    return Expand(
        select=_select(from_text.get("$select"), MEDIA),
        filter=from_text.get("$filter"),
        order=from_text.get("$orderby"),
        top=_whole("$top", from_text.get("$top")),
        skip=_whole("$skip", from_text.get("$skip")) or 0,
    )


def _split(options: str) -> list[str]:
    """The options of an expansion, apart at the semicolons that are not within a string."""
    return [part for part in re.findall(r"(?:'(?:[^']|'')*'|[^;'])+", options) if part.strip()]


def _token(text: str | None) -> tuple[int, tuple[str, str] | None]:
    """What a skip token says: so many rows were served, or all up to the row of a stamp and a key."""
    if text is None:
        return 0, None
    try:
        kind, _, place = base64.urlsafe_b64decode(text.encode()).decode().partition(":")
        if kind == "behind":
            stamp, key = place.split("\n")
            return 0, (stamp, key)
        return int(place), None
    except (binascii.Error, ValueError) as error:
        raise bad("the skip token is not one of this server's", "$skiptoken") from error
