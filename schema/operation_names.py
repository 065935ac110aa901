"""What operations are called where they are counted: by few names, whatever clients make up."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from domain.ports.meters import OperationType

INTROSPECTION = "introspection"


@dataclass(frozen=True, slots=True)
class NamedOperation:
    """An operation, by the name of a trusted document's or by the first field of the schema's root that it asks for."""

    name: str
    kind: OperationType


UNKNOWN = NamedOperation("unknown", "unknown")
"""What was not understood."""

Names = Mapping[str | None, NamedOperation]
"""By the operation's own name; by None, if it is the only one of its document."""


def named_operations(document: DocumentNode, *, trusted: bool, valid: bool) -> Names:
    """The operations of a document.

    Args:
        trusted: the operator knows it, so that its own names are few.
        valid: its root fields are the schema's.
    """
    fragments = {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    found: dict[str | None, NamedOperation] = {}
    for each in document.definitions:
        if not isinstance(each, OperationDefinitionNode):
            continue
        own = each.name.value if each.name else None
        kind: OperationType = each.operation.value
        if trusted and own:
            found[own] = NamedOperation(own, kind)
        else:
            field = _root_field(each.selection_set, fragments, set()) if valid else None
            found[own] = NamedOperation(field or UNKNOWN.name, kind)
    if len(found) == 1:
        found[None] = next(iter(found.values()))
    return found


def _root_field(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> str | None:
    """The first, by the schema's name for it; `__typename` alone is introspection too.

    A fragment is looked into once: fragments that spread each other twice can be walked in 2 ** 90 ways.
    """
    introspects = False
    for each in selections.selections:
        found: str | None = None
        if isinstance(each, FieldNode):
            found = each.name.value
        elif isinstance(each, InlineFragmentNode):
            found = _root_field(each.selection_set, fragments, seen)
        elif isinstance(each, FragmentSpreadNode) and each.name.value not in seen:
            seen.add(each.name.value)
            found = _root_field(fragments[each.name.value].selection_set, fragments, seen)
        introspects = introspects or found == INTROSPECTION or (found or "").startswith("__")
        if found and found != INTROSPECTION and not found.startswith("__"):
            return found
    return INTROSPECTION if introspects else None
