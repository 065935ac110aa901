"""One line in a listing's trail: what changed, from what to what, and by whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ListingChangeKind(StrEnum):
    """What happened to a listing."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    STATUS_CHANGED = "STATUS_CHANGED"
    PRICE_CHANGED = "PRICE_CHANGED"
    PHOTOS_CHANGED = "PHOTOS_CHANGED"
    RESTORED = "RESTORED"
    OFF_MARKET = "OFF_MARKET"
    RELISTED = "RELISTED"
    DELETED = "DELETED"


class ChangeSource(StrEnum):
    """Who changed it."""

    MLS = "MLS"
    USER = "USER"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingChange:
    """A change of one field, or of the listing as a whole where `field` is None.

    Attributes:
        id: a ULID.
        old, new: as text, at most 1,000 characters each.
        overrode_local_edit: the old value was one that the user had set here; whatever the MLS says wins.
        written_at: when the store took it, which may be a little later than `at`; None before that.
    """

    id: str
    user_id: str
    listing_id: str
    kind: ListingChangeKind
    field: str | None = None
    old: str | None = None
    new: str | None = None
    source: ChangeSource
    run_id: str | None = None
    at: datetime
    overrode_local_edit: bool = False
    written_at: datetime | None = None
