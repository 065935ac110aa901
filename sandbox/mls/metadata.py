"""The sandbox MLS's `$metadata`: CSDL XML made from the fields served.

Shape: OData Common Schema Definition Language XML 4.01, OASIS.
"""

import re
from functools import cache
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sandbox.mls.fields import Edm, Field, Resource, resources
from sandbox.mls.flavours import Flavour
from sandbox.mls.lookups import LOOKUPS

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_NAMESPACE = "org.reso.metadata"
_ENUMS = "org.reso.metadata.enums"
_STANDARD_NAME = "RESO.OData.Metadata.StandardName"


@cache
def document(flavour: Flavour) -> bytes:
    """The CSDL document of what a flavour serves, UTF-8 with an XML declaration."""
    edmx = Element("edmx:Edmx", {"xmlns:edmx": _EDMX, "Version": "4.0"})
    services = SubElement(edmx, "edmx:DataServices")
    schema = SubElement(services, "Schema", {"xmlns": _EDM, "Namespace": _NAMESPACE})
    served = resources(flavour)
    for name, resource in served.items():
        kind = _entity_type(schema, name, resource)
        if name == "Property" and flavour.expand:
            SubElement(
                kind, "NavigationProperty", {"Name": "Media", "Type": f"Collection({_NAMESPACE}.Media)"}
            )
    container = SubElement(schema, "EntityContainer", {"Name": "Default"})
    for name in served:
        entity_set = SubElement(container, "EntitySet", {"Name": name, "EntityType": f"{_NAMESPACE}.{name}"})
        if name == "Property" and flavour.expand:
            SubElement(entity_set, "NavigationPropertyBinding", {"Path": "Media", "Target": "Media"})
    _enumerations(SubElement(services, "Schema", {"xmlns": _EDM, "Namespace": _ENUMS}))
    indent(edmx)
    text: bytes = tostring(edmx, encoding="utf-8", xml_declaration=True)
    return text


def _enumerations(schema: Element) -> None:
    """The lookups, their members named as CSDL demands, with the standard's spelling beside it."""
    for name, values in LOOKUPS.items():
        kind = SubElement(schema, "EnumType", {"Name": name})
        for number, value in enumerate(values):
            member = SubElement(kind, "Member", {"Name": _identifier(value), "Value": str(number)})
            SubElement(member, "Annotation", {"Term": _STANDARD_NAME, "String": value})


def _identifier(value: str) -> str:
    """A SimpleIdentifier (CSDL XML 4.01, 17.2) of the letters and digits of a value."""
    name = re.sub(r"[^A-Za-z0-9]", "", value)
    return name if name[:1].isalpha() else f"_{name}"


def _entity_type(schema: Element, name: str, resource: Resource) -> Element:
    kind = SubElement(schema, "EntityType", {"Name": name})
    SubElement(SubElement(kind, "Key"), "PropertyRef", {"Name": resource.key})
    for field in resource.fields.values():
        SubElement(kind, "Property", _attributes(field, nullable=field.name != resource.key))
    return kind


def _attributes(field: Field, *, nullable: bool) -> dict[str, str]:
    one = f"{_ENUMS}.{field.name}" if field.name in LOOKUPS else field.type.value
    attributes = {
        "Name": field.name,
        "Type": f"Collection({one})" if field.many else one,
        "Nullable": str(nullable).lower(),
    }
    if field.length is not None and field.name not in LOOKUPS:
        attributes["MaxLength"] = str(field.length)
    if field.type is Edm.DECIMAL:
        # Coordinates need more decimals than money.
        scale = "8" if field.name in ("Latitude", "Longitude") else "2"
        attributes |= {"Precision": "14", "Scale": scale}
    if field.type is Edm.TIMESTAMP:
        attributes["Precision"] = "3"
    return attributes
