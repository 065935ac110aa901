"""The Media rows of sandbox homes, and the changes that can be made to a home's photos."""

from random import Random
from typing import Any

from sandbox.mls.places import Facts

WIDTH, HEIGHT = 1024, 768
Media = dict[str, Any]

# Captions in the order photos are taken in; the drawing of a photo follows its ImageOf.
_HOUSE = (
    ("Front of Structure", "Front of the home"),
    ("Living Room", "Living room"),
    ("Kitchen", "Kitchen"),
    ("Bedroom", "Bedroom"),
    ("Bathroom", "Bathroom"),
    ("Dining Room", "Dining room"),
    ("Back of Structure", "Back of the home"),
    ("Office", "Den or office"),
)
_LAND = (
    ("Lot", "View from the road"),
    ("Lot", "Looking north"),
    ("Lot", "Looking west"),
    ("Lot", "The far corner"),
    ("Lot", "The lane"),
    ("Lot", "Evening"),
    ("Lot", "The eastern edge"),
    ("Lot", "Looking south"),
)
_COMMERCIAL = (
    ("Front of Structure", "Front of the building"),
    ("Lobby", "Entrance"),
    ("Office", "Main floor"),
    ("Office", "Back office"),
    ("Bathroom", "Restroom"),
    ("Back of Structure", "Back of the building"),
    ("Office", "Meeting room"),
    ("Back of Structure", "Parking"),
)


def photo(facts: Facts, number: int, order: int, modified: str) -> Media:
    """The Media row of photo `number` (counted from 1, never used again) of a home, at place `order`.

    MediaURL is a path; the server puts its base URL before it.
    """
    image_of, caption = _shot(facts["PropertyType"], number)
    return _media(facts, number, order, modified) | {
        "MediaCategory": "Photo",
        "ImageOf": image_of,
        "ShortDescription": caption,
        "PreferredPhotoYN": order == 1,
    }


def _shot(property_type: str, number: int) -> tuple[str, str]:
    scenes = (
        _LAND
        if property_type == "Land"
        else _COMMERCIAL
        if property_type.startswith("Commercial")
        else _HOUSE
    )
    return scenes[(number - 1) % len(scenes)]


def gallery(rng: Random, facts: Facts, photos: int) -> list[Media]:
    """The media of a home as first entered: `photos` public photos, and for some a plan, a tour, a private photo."""
    modified = facts["PhotosChangeTimestamp"]
    rows = [photo(facts, number, number, modified) for number in range(1, photos + 1)]
    if rng.random() < 0.08:
        number = len(rows) + 1
        rows.append(photo(facts, number, number, modified) | {"Permission": ["Private"]})
    if facts["PropertyType"] != "Land" and rng.random() < 0.15:
        rows.append(_floor_plan(facts, len(rows) + 1, modified))
    if rng.random() < 0.12:
        rows.append(_tour(facts, len(rows) + 1, modified))
    return rows


def public_photos(media: list[Media]) -> int:
    """What PhotosCount says: photos that anybody may see."""
    return len(public_urls(media, ""))


def public_urls(media: list[Media], base: str) -> list[str]:
    """The addresses of these photos, in their order; `base` begins those that are paths."""
    urls = [
        str(row.get("MediaURL"))
        for row in media
        if row.get("MediaCategory") == "Photo" and row.get("Permission") == ["Public"]
    ]
    return [f"{base}{url}" if url.startswith("/") else url for url in urls]


def number_of(row: Media) -> int:
    """The number of a media row within its home: the last part of its MediaKey. Raises ValueError."""
    return int(str(row.get("MediaKey")).rpartition("-")[2])


def _media(facts: Facts, number: int, order: int, modified: str) -> Media:
    key = facts["ListingKey"]
    return {
        "MediaKey": f"{key}-{number}",
        "ResourceRecordKey": key,
        "ResourceRecordID": facts["ListingId"],
        "ResourceName": "Property",
        "MediaURL": f"/photos/{key}/{number}.jpg",
        "Order": order,
        "MediaCategory": "Photo",
        "MediaType": "jpeg",
        "MimeType": "image/jpeg",
        "MediaStatus": "Active",
        "MediaModificationTimestamp": modified,
        "ModificationTimestamp": modified,
        "PreferredPhotoYN": False,
        "Permission": ["Public"],
        "ShortDescription": None,
        "ImageOf": None,
        "ImageWidth": WIDTH,
        "ImageHeight": HEIGHT,
        "OriginatingSystemName": facts["OriginatingSystemName"],
    }


def _floor_plan(facts: Facts, number: int, modified: str) -> Media:
    return _media(facts, number, number, modified) | {
        "MediaCategory": "Floor Plan",
        "ImageOf": "Floor Plan",
        "ShortDescription": "Floor plan",
    }


def _tour(facts: Facts, number: int, modified: str) -> Media:
    return _media(facts, number, number, modified) | {
        "MediaURL": facts["VirtualTourURLBranded"]
        or f"https://tours.example.com/branded/{facts['ListingId']}",
        "MediaCategory": "Branded Virtual Tour",
        "MediaType": "html",
        "MimeType": "text/html",
        "ShortDescription": "Virtual tour",
        "ImageWidth": None,
        "ImageHeight": None,
    }
