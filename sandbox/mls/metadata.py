"""The sandbox MLS's `$metadata`: CSDL XML made from the fields served.

Shape: OData Common Schema Definition Language XML 4.01, OASIS.
"""

from collections.abc import Mapping
from functools import cache
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sandbox.mls.fields import MEDIA, PROPERTY, Edm, Field

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_NAMESPACE = "org.reso.metadata"


@cache
def document() -> bytes:
    """The CSDL document, UTF-8 with an XML declaration."""
    edmx = Element("edmx:Edmx", {"xmlns:edmx": _EDMX, "Version": "4.0"})
    services = SubElement(edmx, "edmx:DataServices")
    schema = SubElement(services, "Schema", {"xmlns": _EDM, "Namespace": _NAMESPACE})
    kind = _entity_type(schema, "Property", "ListingKey", PROPERTY)
    SubElement(kind, "NavigationProperty", {"Name": "Media", "Type": f"Collection({_NAMESPACE}.Media)"})
    _entity_type(schema, "Media", "MediaKey", MEDIA)
    container = SubElement(schema, "EntityContainer", {"Name": "Default"})
    for name in ("Property", "Media"):
        entity_set = SubElement(container, "EntitySet", {"Name": name, "EntityType": f"{_NAMESPACE}.{name}"})
        if name == "Property":
            SubElement(entity_set, "NavigationPropertyBinding", {"Path": "Media", "Target": "Media"})
    indent(edmx)
    text: bytes = tostring(edmx, encoding="utf-8", xml_declaration=True)
    return text


def _entity_type(schema: Element, name: str, key: str, fields: Mapping[str, Field]) -> Element:
    kind = SubElement(schema, "EntityType", {"Name": name})
    SubElement(SubElement(kind, "Key"), "PropertyRef", {"Name": key})
    for field in fields.values():
        SubElement(kind, "Property", _attributes(field, nullable=field.name != key))
    return kind


def _attributes(field: Field, *, nullable: bool) -> dict[str, str]:
    attributes = {
        "Name": field.name,
        "Type": f"Collection({field.type.value})" if field.many else field.type.value,
        "Nullable": str(nullable).lower(),
    }
    if field.length is not None:
        attributes["MaxLength"] = str(field.length)
    if field.type is Edm.DECIMAL:
        # Coordinates need more decimals than money.
        scale = "8" if field.name in ("Latitude", "Longitude") else "2"
        attributes |= {"Precision": "14", "Scale": scale}
    if field.type is Edm.TIMESTAMP:
        attributes["Precision"] = "3"
    return attributes
