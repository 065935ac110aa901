"""Global ids: opaque text that carries the type, the owner and the key of a thing."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, unquote

import strawberry

from domain.errors import NotFound

_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class GlobalId:
    """What a global id says: with it, a node is one read of one item."""

    type_name: str
    owner: str
    key: str


def to_id(type_name: str, owner: str, key: str) -> strawberry.ID:
    """Write a global id."""
    text = f"{type_name}:{quote(owner, safe='')}:{key}"
    return strawberry.ID(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


@lru_cache(maxsize=10_000)
def from_id(text: str) -> GlobalId | None:
    """Read a global id; None for what `to_id` never wrote."""
    if len(text) > _LONGEST:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        type_name, owner, key = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(":", 2)
    except (ValueError, binascii.Error):
        return None
    found = GlobalId(type_name, unquote(owner), key)
    # One thing has one id: another spelling of the same bytes is no id.
    return found if to_id(found.type_name, found.owner, found.key) == text else None


def key_of(text: str, type_name: str, owner: str) -> str | None:
    """The key, if this is the id of a thing of that type and owner; else None, whatever the reason."""
    found = from_id(text)
    if found is None or found.type_name != type_name or found.owner != owner:
        return None
    return found.key


def required_key(text: str, type_name: str, owner: str, field: str) -> str:
    """The same for inputs: raises `NotFound`, and never says whether the thing is absent or not yours."""
    key = key_of(text, type_name, owner)
    if key is None:
        raise absent(type_name, field)
    return key


def absent(type_name: str, *field: str) -> NotFound:
    """The error for an id of nothing that is yours; `field` is the path of the input."""
    return NotFound(f"There is no such {_NAMES[type_name]}.", field=field)


_NAMES = {
    "Listing": "listing",
    "MlsConnection": "MLS connection",
    "SyncRun": "run",
    "SocialAccount": "account",
    "Post": "post",
    "Photo": "photo",
    "Inquiry": "inquiry",
    "Notification": "notification",
    "Webhook": "webhook",
    "MetricAlert": "alert",
}


@dataclass(frozen=True, slots=True)
class InquiryPlace:
    """Where an inquiry lies among those of its listing: with it, it is one read of one item."""

    listing_id: str
    at: datetime
    inquiry_id: str


def inquiry_key(listing_id: str, at: datetime, inquiry_id: str) -> str:
    """The key of an inquiry in its global id."""
    return pair(listing_id, pair(at.isoformat(), inquiry_id))


def inquiry_place(key: str) -> InquiryPlace | None:
    """The place that `inquiry_key` wrote; None for what it never wrote."""
    listing_id, place = unpair(key)
    at, inquiry_id = unpair(place)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return None if moment.tzinfo is None else InquiryPlace(listing_id, moment, inquiry_id)


def pair(first: str, second: str) -> str:
    """A key of two parts."""
    return f"{quote(first, safe='')}:{second}"


def unpair(key: str) -> tuple[str, str]:
    """The two parts of a key that `pair` made."""
    first, _, second = key.partition(":")
    return unquote(first), second
