"""Searches a RETS server: which requests a query becomes, and what a page of their answers holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.http import Reply
from adapters.mls.rets_answers import MAXIMUM_EXCEEDED, NO_RECORDS, Refused, read_answer
from adapters.mls.rets_compact import Row, Table, read_table
from adapters.mls.rets_dmql import conditions, is_name
from adapters.mls.rets_paging import Place, join, mark
from adapters.mls.rets_session import Sessions
from adapters.mls.rets_settings import Settings
from domain.entities.mls import MlsQuery
from domain.errors import ActionRequired, Rejected

_UNKNOWN_FIELD = 20200
# Unknown field, invalid Select, "miscellaneous", syntax, too complex: a simpler query may do.
_MAY_BE_SIMPLER = frozenset({_UNKNOWN_FIELD, 20202, 20203, 20206, 20211})


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows.

    Attributes:
        total: how many rows match in all classes, as far as the server says.
    """

    rows: tuple[Row, ...]
    after: Place | None
    total: int | None


class Search:
    """Pages through the classes of a resource, one search after the other."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def page(
        self, settings: Settings, query: MlsQuery, place: Place, *, keys_only: bool = False
    ) -> Found:
        """The page at the place; what a server refuses is asked for again in a simpler way.

        Raises `ActionRequired` if the rows have no key, `Rejected` or `Unavailable`.
        """
        while True:
            searches = await self._searches(settings, query, plain=place.plain)
            if place.search >= len(searches):
                return Found((), None, 0)
            name, condition = searches[place.search]
            limit = (place.limit or settings.page_size) + (1 if place.seen and place.overlap else 0)
            asked = _arguments(settings, name, condition, limit, place, keys_only)
            try:
                table = await self._sessions.ask(settings.account, "Search", asked, read_page, post=True)
            except Refused as failure:
                place = _simpler(settings, query, place, failure, limit, keys_only)
                continue
            _check_columns(settings, table)
            if place.search == 0 and place.offset == 1 and query.keys is None and query.numbers is None:
                place = replace(place, total=await self._total(settings, query, table, searches[1:]))
            return _found(settings, place, table, limit, len(searches))

    async def check(self, settings: Settings) -> None:
        """Read one row; raises `ActionRequired` if it has no key or no stamp of its last change."""
        table = await self.sample(settings)
        _check_columns(settings, table)
        if table.rows and _modified(settings) not in table.columns:
            raise ActionRequired(
                f"The MLS's listings have no field {_modified(settings)}: map the one that tells when a listing was"
                ' last changed in the setting fieldMap, for example {"LIST_87": "modifiedInMlsAt"}.',
                field=("settings",),
            )

    async def sample(self, settings: Settings) -> Table:
        """The first row of the first class; no row too, if there is none."""
        searches = await self._searches(settings, MlsQuery(), plain=True)
        name, condition = searches[0]
        asked = _arguments(settings, name, condition, 1, Place(), keys_only=False)
        try:
            return await self._sessions.ask(settings.account, "Search", asked, read_page, post=True)
        except Refused as failure:
            _simpler(settings, MlsQuery(), Place(plain=True), failure, 1, keys_only=False)
            raise

    async def _searches(self, settings: Settings, query: MlsQuery, *, plain: bool) -> list[tuple[str, str]]:
        """Class and condition of each search; the server's version tells how it reads moments."""
        if query.keys == () or query.numbers == ():
            return []
        version = await self._sessions.version(settings.account)
        stamps = [_modified(settings)]
        photos = settings.fields.raw_name("PhotosChangeTimestamp")
        if not plain and is_name(photos) and _is_likely(settings, "PhotosChangeTimestamp"):
            stamps.append(photos)
        written = conditions(
            query,
            stamps=stamps,
            key=_field(settings, "ListingKey"),
            number=_field(settings, "ListingId"),
            zone=None if _takes_utc(version) else settings.zone,
        )
        return [(name, condition) for name in settings.classes for condition in written]

    async def _total(
        self, settings: Settings, query: MlsQuery, table: Table, others: Sequence[tuple[str, str]]
    ) -> int | None:
        """How many rows the query has in all classes; of a delta, the others are not worth the requests."""
        total = table.count
        if others and query.since is not None:
            return None
        for name, condition in others:
            asked = {**_arguments(settings, name, condition, 1, Place(), keys_only=False), "Count": "2"}
            try:
                counted = await self._sessions.ask(settings.account, "Search", asked, read_page, post=True)
            except Rejected:
                return None
            total = None if total is None or counted.count is None else total + counted.count
        return total


def read_page(reply: Reply, secrets: Sequence[str]) -> Table:
    """The rows of an answer; no rows for 20201, and what came for 20208, if anything came."""
    answer = read_answer(reply, secrets, passing=(NO_RECORDS, MAXIMUM_EXCEEDED))
    table = read_table(answer.root)
    if answer.code == NO_RECORDS:
        return replace(table, rows=(), count=0, more=False)
    if answer.code == MAXIMUM_EXCEEDED:
        if not table.rows:
            raise Refused(
                f"The MLS does not serve so many rows at once ({MAXIMUM_EXCEEDED}).", MAXIMUM_EXCEEDED
            )
        return replace(table, more=True)
    return table


def _arguments(
    settings: Settings, name: str, condition: str, limit: int, place: Place, keys_only: bool
) -> Mapping[str, str]:
    asked = {
        "SearchType": settings.resource,
        "Class": name,
        "QueryType": "DMQL2",
        "Query": condition,
        "Format": "COMPACT-DECODED",
        "StandardNames": "0",
        "Count": "1",
        "Limit": str(limit),
        "Offset": str(place.offset),
    }
    if keys_only and not place.plain:
        asked["Select"] = ",".join(_key_columns(settings))
    return asked


def _found(settings: Settings, place: Place, table: Table, limit: int, searches: int) -> Found:
    served = place.offset - 1 + len(table.rows)
    more = bool(table.rows) and (
        table.more or (len(table.rows) >= limit if table.count is None else served < table.count)
    )
    again, after = join(
        place, _marks(settings, table.rows), size=place.limit or settings.page_size, more=more
    )
    if after is None and place.search + 1 < searches:
        after = place.next_search()
    return Found(table.rows[again:], after, place.total)


def _marks(settings: Settings, rows: Sequence[Row]) -> list[str]:
    """What rows are known again by: their key, or all of a row that has none."""
    names = [settings.fields.raw_name(name) for name in ("ListingKey", "ListingId")]
    return [
        mark(next((row.values[name] for name in names if row.values.get(name)), repr(row.values)))
        if row.values is not None
        else mark(row.line)
        for row in rows
    ]


def _simpler(
    settings: Settings, query: MlsQuery, place: Place, failure: Refused, limit: int, keys_only: bool
) -> Place:
    """The place from which to ask again after a refusal; raises it if there is nothing simpler."""
    if failure.code == MAXIMUM_EXCEEDED and limit > 2:
        return replace(place, limit=max((place.limit or settings.page_size) // 2, 1))
    if failure.code in _MAY_BE_SIMPLER and not place.plain and (query.since or keys_only):
        return replace(place, plain=True)
    if failure.code == _UNKNOWN_FIELD:
        raise ActionRequired(
            f"{failure.message} Map the MLS's fields to listingKey and modifiedInMlsAt in the setting fieldMap.",
            field=("settings",),
        ) from None
    raise failure


def _check_columns(settings: Settings, table: Table) -> None:
    if not table.rows:
        return
    named = [settings.fields.raw_name(name) for name in ("ListingKey", "ListingId")]
    if not set(named) & set(table.columns):
        raise ActionRequired(
            f"The MLS's listings have no field {' or '.join(dict.fromkeys(named))}: map the field that identifies"
            ' them in the setting fieldMap, for example {"LIST_1": "listingKey"}.',
            field=("settings",),
        )


def _key_columns(settings: Settings) -> list[str]:
    names = ("ListingKey", "ListingId", "StandardStatus", "MlsStatus")
    likely = [name for name in names if _is_likely(settings, name)]
    return list(dict.fromkeys(_field(settings, name) for name in likely))


def _is_likely(settings: Settings, name: str) -> bool:
    """Whether the server can be thought to have a field: it is mapped, or the server has RESO's names."""
    fields = settings.fields
    return fields.raw_name(name) != name or fields.raw_name("ListingKey") == "ListingKey"


def _modified(settings: Settings) -> str:
    return _field(settings, "ModificationTimestamp")


def _field(settings: Settings, name: str) -> str:
    raw = settings.fields.raw_name(name)
    if not is_name(raw):
        raise ActionRequired(
            f"The setting fieldMap names {raw[:40]!r}, which cannot be a field of RETS.", field=("settings",)
        )
    return raw


def _takes_utc(version: str) -> bool:
    """RETS 1.8 wants moments with a zone; 1.7.2 reads those without one as the server's local time."""
    return version.upper().removeprefix("RETS/").startswith(("1.8", "1.9", "2."))
