"""Reads the fields of Property from a service's metadata.

Sources: OData Common Schema Definition Language (CSDL) XML Representation 4.01, OASIS; the annotations are
those of RESO's reference metadata (`RESO.OData.Metadata.StandardName`).
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from domain.entities.mls import SourceField
from domain.errors import Rejected

_MOST_VALUES = 200
_MOST_FIELDS = 5000
_MOST_BASES = 10
_COLLECTION = "Collection("


def read_metadata(document: bytes) -> tuple[SourceField, ...]:
    """The fields of what the set Property holds, those of its base types first; none if there is no such set.

    Raises `Rejected` for what is no XML, and for a document type or an entity in it.
    """
    try:
        root = ElementTree.fromstring(document, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError):
        raise Rejected("The MLS's metadata is no XML that can be read.") from None
    schemas = _Schemas(root)
    fields = {field.name: field for field in schemas.fields("Property")}
    return tuple(fields.values())[:_MOST_FIELDS]


class _Schemas:
    """The types of a document by their full names; a schema may have an alias beside its namespace."""

    def __init__(self, root: Element) -> None:
        self._types: dict[str, Element] = {}
        self._sets: dict[str, str] = {}
        for schema in _every(root, "Schema"):
            spaces = [name for name in (schema.get("Namespace"), schema.get("Alias")) if name]
            for kind in (*_every(schema, "EntityType"), *_every(schema, "EnumType")):
                self._types.update({f"{space}.{kind.get('Name', '')}": kind for space in spaces})
            for one in _every(schema, "EntitySet"):
                self._sets[one.get("Name", "")] = one.get("EntityType", "")

    def fields(self, name: str) -> Iterator[SourceField]:
        """The fields of the entity set, or of the type of that name where no set is told."""
        kind = self._types.get(self._sets.get(name, "")) or self._named(name)
        line: list[Element] = []
        while kind is not None and len(line) < _MOST_BASES:
            line.insert(0, kind)
            kind = self._types.get(kind.get("BaseType", ""))
        for member in line:
            for field in _every(member, "Property"):
                if field.get("Name"):
                    yield self._field(field)

    def _named(self, name: str) -> Element | None:
        found = (kind for full, kind in self._types.items() if full.rpartition(".")[2] == name)
        return next(found, None)

    def _field(self, field: Element) -> SourceField:
        kind = field.get("Type", "")
        members = self._types.get(kind.removeprefix(_COLLECTION).removesuffix(")"))
        values = [] if members is None else [_value(member) for member in _every(members, "Member")]
        return SourceField(
            name=field.get("Name", ""),
            title=_annotation(field, "DisplayName"),
            type=kind or None,
            standard_name=_annotation(field, "StandardName"),
            values=tuple(filter(None, values))[:_MOST_VALUES],
        )


def _value(member: Element) -> str:
    """A lookup's value as rows have it: RESO keeps the name for people in an annotation."""
    return _annotation(member, "StandardName") or member.get("Name") or ""


def _annotation(element: Element, term: str) -> str | None:
    """The text of an annotation, whatever vocabulary its term is of."""
    for one in _every(element, "Annotation"):
        if one.get("Term", "").rpartition(".")[2] == term:
            return one.get("String")
    return None


def _every(element: Element, name: str) -> Iterator[Element]:
    """The elements of a local name below, in whatever version's namespace."""
    return (below for below in element.iter() if _local(below) == name)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
