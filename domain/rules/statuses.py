"""What an MLS's status means here: one of our four states, and whether a home may be advertised.

The list of standard statuses is RESO's (Data Dictionary 1.7, 2.0 and 2.1, lookup StandardStatus), which is
closed and comes in two spellings (`ActiveUnderContract`, `Active Under Contract`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.entities.listing import ListingStatus, Takedown

COMING_SOON_PUBLISHABLE = "comingSoonPublishable"
"""Setting of a connection, off unless set: a home that is Coming Soon may be published."""

UNPUBLISH_OFF_MARKET = "unpublishOffMarket"
"""Setting of a connection, on unless set: posts of an expired, canceled, withdrawn or held home come down."""

STATUS_MAP = "statusMap"
"""Setting of a connection: the MLS's own statuses and the standard ones they stand for, as a JSON object.

It is used for rows without StandardStatus only.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReading:
    """What a row's status means.

    Attributes:
        status: what the listing's status is to be; without meaning if the row is to be skipped.
        publishable: whether a new post may go up.
        takedown: why posts that are up must come down; None while they may stay; without meaning if `kept`.
        kept: the row says nothing of the market: `status` is the last one, and so stays what is to happen to
            the posts.
        skip: the row is an unfinished draft that was never imported: leave it out.
        unknown: the MLS said nothing that we know; worth a sync error.
    """

    status: ListingStatus
    publishable: bool = False
    takedown: Takedown | None = None
    kept: bool = False
    skip: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A line of the table; `by_setting` says that the take-down is the connection's choice."""

    status: ListingStatus
    publishable: bool = False
    takedown: Takedown | None = None
    by_setting: bool = False


_TABLE = {
    "active": _Meaning(ListingStatus.ACTIVE, publishable=True),
    "comingsoon": _Meaning(ListingStatus.ACTIVE),
    "activeundercontract": _Meaning(ListingStatus.PENDING),
    "pending": _Meaning(ListingStatus.PENDING),
    "closed": _Meaning(ListingStatus.SOLD, takedown=Takedown.SOLD),
    "expired": _Meaning(ListingStatus.EXPIRED, takedown=Takedown.EXPIRED, by_setting=True),
    "canceled": _Meaning(ListingStatus.EXPIRED, takedown=Takedown.EXPIRED, by_setting=True),
    "withdrawn": _Meaning(ListingStatus.EXPIRED, takedown=Takedown.WITHDRAWN, by_setting=True),
    "hold": _Meaning(ListingStatus.EXPIRED, takedown=Takedown.ON_HOLD, by_setting=True),
    "delete": _Meaning(ListingStatus.EXPIRED, takedown=Takedown.DELETED),
}
# The British spelling, which some boards in Canada use.
_TABLE["cancelled"] = _TABLE["canceled"]

_INCOMPLETE = "incomplete"


def interpret(
    standard_status: str | None,
    mls_status: str | None,
    *,
    settings: Mapping[str, Any],
    previous: ListingStatus | None,
    deleted: bool,
) -> StatusReading:
    """Read a row's status.

    Nothing is ever taken down on a guess: with an unknown status the listing keeps its last one and merely
    cannot be published. A home that is new then counts as PENDING: ACTIVE would show it among the homes for
    sale, EXPIRED would say that it is off the market, and neither is known.

    Args:
        standard_status, mls_status: as the MLS sent them; `mls_status` counts only without the former, and
            only through the connection's `statusMap`.
        settings: the connection's.
        previous: the listing's status so far; None if it is not stored yet.
        deleted: the row is a tombstone or may not be shown any more.
    """
    name = _standard_name(standard_status, mls_status, settings)
    if name == _INCOMPLETE and previous is None:
        return StatusReading(status=ListingStatus.PENDING, skip=True)
    meaning = _TABLE.get(name)
    if deleted:
        return _gone(meaning)
    if meaning is None:
        # A listing that falls back to Incomplete is a draft again: known, but nothing to advertise.
        status = previous or ListingStatus.PENDING
        return StatusReading(status=status, kept=True, unknown=name != _INCOMPLETE)
    publishable = meaning.publishable
    if name == "comingsoon":
        publishable = switch(settings, COMING_SOON_PUBLISHABLE, default=False)
    return StatusReading(
        status=meaning.status, publishable=publishable, takedown=_takedown(meaning, settings)
    )


def takedown_now(
    standard_status: str | None,
    mls_status: str | None,
    *,
    settings: Mapping[str, Any],
    stored: Takedown | None,
) -> Takedown | None:
    """Why the posts of a stored home must come down, now that the connection's settings are these.

    Only what the settings decide can be another than is stored; the row itself is not there to be read.
    """
    meaning = _TABLE.get(_standard_name(standard_status, mls_status, settings))
    if meaning is None or not meaning.by_setting or stored not in (None, meaning.takedown):
        return stored
    return _takedown(meaning, settings)


def takedown_of(
    status: ListingStatus,
    standard_status: str | None,
    mls_status: str | None,
    *,
    settings: Mapping[str, Any],
) -> Takedown | None:
    """Why the posts of a stored home must come down, by its status alone.

    A home that is off the market although its row says otherwise has vanished from the MLS.
    """
    if status is ListingStatus.SOLD:
        return Takedown.SOLD
    if status is not ListingStatus.EXPIRED:
        return None
    meaning = _TABLE.get(_standard_name(standard_status, mls_status, settings))
    if meaning is None or meaning.status is not status:
        return Takedown.DELETED
    return _takedown(meaning, settings)


def _takedown(meaning: _Meaning, settings: Mapping[str, Any]) -> Takedown | None:
    if meaning.by_setting and not switch(settings, UNPUBLISH_OFF_MARKET, default=True):
        return None
    return meaning.takedown


def _standard_name(standard: str | None, mls: str | None, settings: Mapping[str, Any]) -> str:
    """The standard status in lower case without spaces; empty if there is none."""
    name = _plain(standard)
    if name:
        return name
    names = settings.get(STATUS_MAP)
    if not isinstance(names, Mapping):
        return ""
    wanted = _plain(mls)
    return next((_plain(to) for own, to in names.items() if wanted and _plain(own) == wanted), "")


def _plain(text: object) -> str:
    return "".join(filter(str.isalnum, text)).casefold() if isinstance(text, str) else ""


def _gone(meaning: _Meaning | None) -> StatusReading:
    """A row that may not be shown: a sale stays a sale; any other known status means the licence ended."""
    if meaning is None:
        return StatusReading(status=ListingStatus.EXPIRED, takedown=Takedown.DELETED)
    if meaning.takedown in (Takedown.SOLD, Takedown.DELETED):
        return StatusReading(status=meaning.status, takedown=meaning.takedown)
    return StatusReading(status=ListingStatus.EXPIRED, takedown=Takedown.NOT_LICENSED)


def switch(settings: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """A setting that is on or off. Settings are JSON that people write: `"false"` is off too."""
    value = settings.get(name)
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.strip().casefold(), default)
    return value if isinstance(value, bool) else default
