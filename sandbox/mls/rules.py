"""What vendors forbid in queries that the standard allows."""

from collections.abc import Iterator
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from typing import Any

from odata_query import ast

from sandbox.mls.errors import bad
from sandbox.mls.fields import Edm
from sandbox.mls.filters import Fields, parsed
from sandbox.mls.flavours import Flavour
from sandbox.mls.odata import Query

_SYSTEM = "OriginatingSystemName"


def check(query: Query, fields: Fields, flavour: Flavour) -> None:
    """Raise Refused (400) for a query that the vendor's server does not answer."""
    if flavour.plain and query.order is not None:
        raise bad("this server does not order", "$orderby")
    expand = query.expand
    if flavour.plain and expand is not None and (expand.select or expand.order or expand.filter):
        raise bad("an expansion has no options on this server", "$expand")
    tree = None if query.filter is None else parsed(query.filter)
    if flavour.one_system and _systems(tree) != 1:
        raise bad(f"the filter must have exactly one {_SYSTEM} eq", "$filter")
    if flavour.searchable is not None and "ListingKey" in fields:
        for node in _walk(tree):
            if isinstance(node, ast.Identifier) and node.name in fields.keys() - flavour.searchable:
                raise bad(f"{node.name} is not searchable on this server", "$filter")
    either = [node for node in _walk(tree) if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or)]
    if flavour.or_max is not None and len(either) > flavour.or_max:
        raise bad(f"a filter has at most {flavour.or_max} or on this server", "$filter")
    if flavour.plain and any(_has_timestamp(node, fields) for node in either):
        raise bad("timestamps cannot be joined by or on this server", "$filter")


def check_replication(query: Query) -> None:
    """Raise Refused (400) for what replication does not take: rows come in its own order, from the first on."""
    for name, _ in query.given:
        if name in ("$skip", "$orderby"):
            raise bad(f"replication takes no {name}", name)


def _systems(tree: Any) -> int:
    """How many systems a filter names with `eq` and joins by `and`; -1 if it names one otherwise."""
    named = sum(isinstance(node, ast.Identifier) and node.name == _SYSTEM for node in _walk(tree))
    demanded = sum(_is_system(node) for node in _joined(tree))
    return demanded if demanded == named else -1


def _is_system(node: Any) -> bool:
    match node:
        case ast.Compare(comparator=ast.Eq(), left=ast.Identifier(name=name), right=ast.String()):
            return bool(name == _SYSTEM)
    return False


def _joined(tree: Any) -> Iterator[Any]:
    """The conditions that must all hold."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        yield from _joined(tree.left)
        yield from _joined(tree.right)
    else:
        yield tree


def _has_timestamp(tree: Any, fields: Fields) -> bool:
    names = (node.name for node in _walk(tree) if isinstance(node, ast.Identifier))
    return any(name in fields and fields[name].type is Edm.TIMESTAMP for name in names)


def _walk(tree: Any) -> Iterator[Any]:
    """A node of a filter and all below it."""
    yield tree
    if is_dataclass(tree):
        for field in fields_of(tree):
            below = getattr(tree, field.name)
            for node in below if isinstance(below, list) else [below]:
                yield from _walk(node)
