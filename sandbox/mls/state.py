"""The homes of the sandbox MLS and every change that control calls make to them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.mls.flavours import GENERIC, Flavour
from sandbox.mls.homes import Home, generate, new_home
from sandbox.mls.journal import Event, Journal
from sandbox.mls.media import Media
from sandbox.mls.photo_changes import change_photos
from sandbox.mls.places import Facts, unparsed
from sandbox.mls.selling import local_status, stamp

Changes = dict[str, Any]
_ADDRESS = {
    "StreetNumber",
    "StreetDirPrefix",
    "StreetName",
    "StreetSuffix",
    "UnitNumber",
    "City",
    "StateOrProvince",
    "PostalCode",
}
_OFF_MARKET = ("Closed", "Expired", "Withdrawn", "Canceled", "Hold", "Delete")
# What is left of a home that is taken out; nothing, unless named.
_KEPT: dict[str, Changes] = {
    "tombstone": {"StandardStatus": "Delete"},
    "can-view": {"MlgCanView": False},
}
# From here on a folder of homes is for load: fewer photos each, drawn from a pool.
LOAD = 500


class State:
    """Homes seeded from `seed`, with the changes kept in `folder` laid over them.

    `homes` counts the seeded ones. Every change moves `revision`. What is in `at_event` is told every event as
    it happens, what is in `at_reset` every reset. Not for use by two threads at a time.
    """

    def __init__(
        self,
        folder: Path,
        homes: int,
        seed: int,
        now: Callable[[], datetime],
        flavour: Flavour = GENERIC,
        photos: tuple[int, int] | None = None,
    ) -> None:
        """`photos`: how many a seeded home has, at least and at most."""
        self.seed = seed
        self.revision = 0
        self.at_event: list[Callable[[Event], None]] = []
        self.at_reset: list[Callable[[], None]] = []
        self._flavour = flavour
        self.for_load = homes > LOAD
        self._photos = photos or ((2, 4) if self.for_load else (3, 8))
        self._seeded = homes
        self._now = now
        self._journal = Journal(folder / f"mls-{seed}.sqlite3", now())
        self._homes: dict[str, Home] = {}
        self._last_number = homes
        self._order: list[Home] | None = None
        self._load()

    @property
    def events(self) -> list[Event]:
        """What happened since the last reset, the oldest first. The list is not to be changed.

        A flavour with EntityEvents notes every change; one with the resource Deleted what was taken out.
        """
        return self._events

    def all(self) -> list[Home]:
        """Every home, by key. The list is not to be changed."""
        if self._order is None:
            self._order = [self._homes[key] for key in sorted(self._homes)]
        return self._order

    def get(self, key: str) -> Home | None:
        """The home of this key, or None."""
        return self._homes.get(key)

    def change(self, key: str, changes: Changes) -> Home | None:
        """Set RESO fields of a home to any JSON values; None if there is no such home.

        Beside fields, `changes` may hold `photos` (see `change_photos`), `$remove` (names of fields to take
        out of the row), `Media` (the media rows to serve, as they are) and `$touch`: false, which leaves
        ModificationTimestamp where it is. Otherwise ModificationTimestamp moves to now, strictly rising.
        What follows from a new status, price, or address is filled in unless given. Raises ValueError for
        photo changes that cannot be made; nothing is changed then.
        """
        home = self._homes.get(key)
        return home if home is None else self._apply(home, changes)

    def create(self, changes: Changes) -> Home:
        """A further home, listed now: Residential and Active unless `changes` says otherwise."""
        number = self._last_number + 1
        home = self._new(number, changes)
        self._apply(home, changes)
        self._last_number = number
        self._homes[home.key] = home
        self._order = None
        return home

    def delete(self, key: str, *, vanish: bool = False) -> bool:
        """Take a home out as the flavour does, or without any trace; False if there is no such home."""
        home = self._homes.get(key)
        if home is None:
            return False
        kept = {} if vanish else _KEPT.get(self._flavour.removal, {})
        if kept:
            self._apply(home, dict(kept))
            return True
        del self._homes[key]
        self._journal.keep(home.number, None)
        self._changed(members=True)
        if not vanish and (self._flavour.events or self._flavour.removal == "deleted"):
            self._happened(home, self._next_stamp(), removed=True)
        return True

    def reset(self) -> None:
        """Back to the seed; what was changed, created and deleted is forgotten."""
        self._journal.clear()
        self._load()
        self._changed(members=True)
        for told in self.at_reset:
            told()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _load(self) -> None:
        kept = dict(self._journal.changes())
        numbers = range(1, self._seeded + 1)
        homes = [
            generate(self.seed, number, self._journal.anchor, photos=self._photos)
            for number in numbers
            if number not in kept
        ]
        for home in homes:
            home.row |= self._extra()
        homes += [home for home in kept.values() if home is not None]
        self._homes = {home.key: home for home in homes}
        self._last_number = max([self._seeded, *kept])
        self._last_stamp = max((_moment(home) for home in homes), default=self._journal.anchor)
        self._order = None
        self._events = list(self._journal.events())

    def _extra(self) -> dict[str, Any]:
        """What the flavour adds to a row."""
        return {"MlgCanView": True, "MlgCanUse": ["IDX"]} if self._flavour.removal == "can-view" else {}

    def _new(self, number: int, changes: Changes) -> Home:
        """A new Active home of the type and price in `changes`, whose dates are today's."""
        today = self._now()
        home = new_home(self.seed, number, today, changes.get("PropertyType"))
        moment = stamp(today)
        price = changes.get("ListPrice", home.row["ListPrice"])
        home.row |= self._extra() | {
            "ListPrice": price,
            "OriginalListPrice": price,
            "PreviousListPrice": None,
            "PriceChangeTimestamp": None,
            "OriginalEntryTimestamp": moment,
            "StatusChangeTimestamp": moment,
            "PhotosChangeTimestamp": moment,
            "ListingContractDate": moment[:10],
            "OnMarketDate": moment[:10],
            "ExpirationDate": stamp(today + timedelta(days=180))[:10],
            "DaysOnMarket": 0,
            "CumulativeDaysOnMarket": 0,
        }
        for row in home.media:
            row |= {"MediaModificationTimestamp": moment, "ModificationTimestamp": moment}
        return home

    def _apply(self, home: Home, changes: Changes) -> Home:
        fields = dict(changes)
        removed, touch = _names(fields.pop("$remove", [])), fields.pop("$touch", True)
        touch = touch or self._flavour.own_stamps
        media = _media(fields.pop("Media")) if "Media" in fields else None
        photos = fields.pop("photos", None)
        moment = self._next_stamp()
        if photos is not None:
            change_photos(home, photos, moment)
        if media is not None:
            home.media = media
        home.row |= self._consequences(home.row, fields, moment) | fields
        for name in removed:
            home.row.pop(name, None)
        if touch and "ModificationTimestamp" not in fields:
            home.row["ModificationTimestamp"] = moment
        self._journal.keep(home.number, home)
        self._changed(members=False)
        if self._flavour.events:
            self._happened(home, moment, removed=False)
        return home

    def _happened(self, home: Home, moment: str, *, removed: bool) -> None:
        number = home.row.get("ListingId")
        # The row may have been told to hold anything.
        known = number if isinstance(number, str) else None
        event = self._journal.note(home.key, known, moment, removed=removed)
        self._events.append(event)
        for told in self.at_event:
            told(event)

    def _next_stamp(self) -> str:
        now = self._now().astimezone(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last_stamp = max(now, self._last_stamp + timedelta(milliseconds=1))
        return stamp(self._last_stamp)

    def _consequences(self, row: dict[str, Any], fields: Changes, moment: str) -> Facts:
        facts: Facts = {}
        status = fields.get("StandardStatus")
        if isinstance(status, str) and status != row.get("StandardStatus"):
            facts |= _status_consequences(row, fields, status, moment)
        price = fields.get("ListPrice")
        if price is not None and price != row.get("ListPrice"):
            facts |= {"PreviousListPrice": row.get("ListPrice"), "PriceChangeTimestamp": moment}
        if _ADDRESS & fields.keys():
            facts["UnparsedAddress"] = unparsed(dict.fromkeys(_ADDRESS) | row | fields)
        return facts

    def _changed(self, *, members: bool) -> None:
        self.revision += 1
        if members:
            self._order = None


def _moment(home: Home) -> datetime:
    """When a home was modified; long ago if its row no longer says it."""
    try:
        moment = datetime.fromisoformat(home.row["ModificationTimestamp"])
    except (KeyError, TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _names(names: Any) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("$remove must be a list of field names")
    return names


def _media(rows: Any) -> list[Media]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("Media must be a list of objects")
    return rows


def _status_consequences(row: dict[str, Any], fields: Changes, status: str, moment: str) -> Facts:
    today = moment[:10]
    facts: Facts = {
        "MlsStatus": local_status(status, row.get("PropertyType")),
        "StatusChangeTimestamp": moment,
        "OffMarketDate": today if status in _OFF_MARKET else None,
        "CloseDate": None,
        "ClosePrice": None,
    }
    if status == "Closed":
        facts["CloseDate"] = today
        facts["ClosePrice"] = fields.get("ListPrice", row.get("ListPrice"))
    elif status in ("Pending", "Active Under Contract"):
        facts["PurchaseContractDate"] = today
    elif status == "Active":
        facts |= {"PurchaseContractDate": None, "OnMarketDate": row.get("OnMarketDate") or today}
    return facts
