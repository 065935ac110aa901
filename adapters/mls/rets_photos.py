"""Asks RETS servers for the photos of homes: their addresses, or where a server gives none, their bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from adapters.mls.rets_answers import NO_OBJECT, Refused
from adapters.mls.rets_objects import Object, read_objects
from adapters.mls.rets_session import Sessions
from adapters.mls.rets_settings import Settings
from domain.entities.listing import Media
from domain.errors import ActionRequired, Rejected, Unavailable
from domain.rules.photos import MOST_NAMED

_MOST_KEYS = 25
"""Homes in one request: the keys stand in its address."""

_SCHEME = "rets:"
_CAPTION = 1000


@dataclass(frozen=True, slots=True)
class Home:
    """A row whose photos are wanted.

    Attributes:
        count: how many photos the row says there are; None if it does not say.
        stamp: when the set was last changed, as the row says: each of its photos is fetched again then.
    """

    key: str
    count: int | None
    stamp: datetime | None


class Photos:
    """Finds photos by GetObject, of as many homes at once as the server has shown to take."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def of(
        self, settings: Settings, homes: Sequence[Home]
    ) -> tuple[dict[str, tuple[Media, ...]], Rejected | ActionRequired | Unavailable | None]:
        """The photos of each home by its key, and why some homes are missing, if asking failed.

        A home is missing if its photos could not be asked for: what is stored of them then stays.
        """
        found: dict[str, tuple[Media, ...]] = {home.key: () for home in homes if home.count == 0}
        waiting = [home for home in homes if home.count != 0 and _may_be_asked(home.key)]
        server = self._sessions.server(settings.account)
        while waiting:
            if server.gives_urls is False and waiting[0].count is not None:
                home = waiting.pop(0)
                found[home.key] = _numbered(settings, home)
                continue
            batch = waiting[: server.keys_at_once]
            try:
                wanted = ",".join(f"{home.key}:*" for home in batch)
                objects = await self._objects(settings, wanted, location=True)
            except (Rejected, ActionRequired, Unavailable) as failure:
                if len(batch) == 1 or not isinstance(failure, Refused):
                    return found, failure
                server.keys_at_once = 1
                continue
            waiting = waiting[len(batch) :]
            self._learn(settings, objects, len(batch))
            found |= _sorted_out(settings, batch, objects, by_count=server.gives_urls is False)
        return found, None

    async def photo(self, settings: Settings, url: str) -> bytes:
        """The bytes of a photo that has no address of its own. Raises `Rejected` if there is no such photo."""
        kind, key, number = _parts(url)
        asked = f"{key}:{number}"
        objects = await self._objects(settings, asked, location=False, kind=kind)
        data = next((item.data for item in objects if item.data and not item.code), b"")
        if not data:
            raise Rejected("The MLS has no such photo.")
        return data

    async def _objects(
        self, settings: Settings, wanted: str, *, location: bool, kind: str | None = None
    ) -> tuple[Object, ...]:
        arguments = {
            "Resource": settings.resource,
            "Type": kind or settings.photo_type,
            "ID": wanted,
            "Location": "1" if location else "0",
        }
        return await self._sessions.ask(settings.account, "GetObject", arguments, read_objects)

    def _learn(self, settings: Settings, objects: Sequence[Object], asked: int) -> None:
        server = self._sessions.server(settings.account)
        photos = [item for item in objects if not item.code]
        if photos:
            server.gives_urls = any(item.url for item in photos)
        if server.gives_urls is False:
            # Bytes of many homes would be more than one answer may hold.
            server.keys_at_once = 1
        elif server.keys_at_once == asked:
            server.keys_at_once = min(server.keys_at_once * 3, _MOST_KEYS)


def is_by_object(media: Media) -> bool:
    """Whether a photo has no address of its own."""
    return media.url.startswith(_SCHEME)


def _may_be_asked(key: str) -> bool:
    """Whether a key can stand in an ID: its signs are not those that GetObject sets keys apart with."""
    return key.isprintable() and not set(key) & set(":,*") and key.strip() == key


def _sorted_out(
    settings: Settings, homes: Sequence[Home], objects: Sequence[Object], *, by_count: bool
) -> dict[str, tuple[Media, ...]]:
    """The photos of each home out of an answer about them all; a home that it does not name has none."""
    if by_count and homes[0].count is not None:
        return {homes[0].key: _numbered(settings, homes[0])}
    found: dict[str, tuple[Media, ...]] = {}
    for home in homes:
        own = [item for item in objects if len(homes) == 1 or item.key.casefold() == home.key.casefold()]
        if all(item.code in (0, NO_OBJECT) for item in own):
            found[home.key] = _media(settings, home, own)
    return found


def _media(settings: Settings, home: Home, objects: Sequence[Object]) -> tuple[Media, ...]:
    """The photos in their order; 0 is another name of the preferred one, and counts only alone."""
    photos: dict[int, Media] = {}
    for item in sorted(objects, key=lambda item: (item.number == 0, item.number)):
        if item.code or item.number in photos or (item.number == 0 and photos):
            continue
        photos[item.number] = Media(
            key=str(item.number),
            url=item.url or _address(settings, home.key, item.number),
            order=item.number,
            caption=(item.caption or "")[:_CAPTION] or None,
            preferred=item.preferred,
            modified_at=home.stamp,
        )
    return tuple(photos[number] for number in sorted(photos))[:MOST_NAMED]


def _numbered(settings: Settings, home: Home) -> tuple[Media, ...]:
    """As many photos as the row counts, where asking for them would bring the bytes of all."""
    return tuple(
        Media(
            key=str(number),
            url=_address(settings, home.key, number),
            order=number,
            preferred=number == 1,
            modified_at=home.stamp,
        )
        for number in range(1, min(home.count or 0, MOST_NAMED) + 1)
    )


def _address(settings: Settings, key: str, number: int) -> str:
    return f"{_SCHEME}{quote(settings.photo_type, safe='')}/{quote(key, safe='')}/{number}"


def _parts(url: str) -> tuple[str, str, str]:
    """Type, key and number of an address that `_address` wrote. Raises `Rejected` for another."""
    kind, _, rest = url.removeprefix(_SCHEME).partition("/")
    key, _, number = rest.rpartition("/")
    if not (url.startswith(_SCHEME) and kind and key and number.isdecimal()):
        raise Rejected("This is no photo of a RETS server.")
    return unquote(kind), unquote(key), number
