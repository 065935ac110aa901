"""Which requests a reading of a RESO Web API server consists of: their resources, filters and sizes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from adapters.mls.reso_account import Account
from adapters.mls.reso_profiles import Log
from domain.entities.mls import MlsQuery

LOG_ROWS = 100
"""Rows of a page of a log: each of them may cost a look at a row of Property."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One way to ask for pages of a resource.

    Attributes:
        size: rows of a page.
        top_is_page: the size is asked for by `$top`, not by a header.
        most: how many rows there can be at most, if that is known.
        single: the answer is one row, not a list; 404 is none.
        skips: a server that gives no link is paged by `$skip`.
        links: a page that is not full and has no link is the last one.
    """

    resource: str = "Property"
    select: tuple[str, ...] = ()
    filter: str = ""
    order: str | None = None
    expand: str | None = None
    count: bool = False
    size: int
    top_is_page: bool = False
    most: int | None = None
    single: bool = False
    skips: bool = True
    links: bool = False

    def url(self, root: str, skip: int = 0) -> str:
        """The address of the page that begins behind `skip` rows."""
        top = self.size if (self.top_is_page or skip) and not self.single else 0
        options = {
            "$select": ",".join(self.select),
            "$filter": self.filter,
            "$orderby": self.order or "",
            "$expand": self.expand or "",
            "$count": "true" if self.count else "",
            "$skip": str(skip) if skip else "",
            "$top": str(top) if top else "",
        }
        written = [f"{name}={quote(value, safe=_SAFE)}" for name, value in options.items() if value]
        return f"{root}/{self.resource}{'?' if written else ''}{'&'.join(written)}"

    @property
    def headers(self) -> dict[str, str]:
        """Without `$top`, which is a total by the standard, the size of a page is a preference."""
        return {} if self.top_is_page else {"Prefer": f"odata.maxpagesize={self.size}"}


Plan = Sequence[Sequence[Request]]
"""The parts of a reading, one behind the other; of each, ways to ask for it, from the fullest to the plainest.

A server that refuses one way (400, 501) is asked in the next.
"""

# OData reads a space as %20 only, and needs no other of these escaped.
_SAFE = "(),':$="


def row_plan(account: Account, query: MlsQuery, *, bulk: bool) -> Plan:
    """Rows of Property with their photos; no part at all if the query asks for no row.

    They come in the order of keys, which never change: in an order of stamps a home that is touched while
    paging moves to the end, and the home after it slips past a server that pages by position.
    """
    if query.keys is None and query.numbers is None:
        return [
            [
                _rows(account, expand, _whole(account, query, stamps), bulk=bulk)
                for expand, stamps in _shapes(account)
            ]
        ]
    return list(_named(account, query))


def key_plan(account: Account, *, bulk: bool) -> Plan:
    """The keys of all rows there are, and what tells that one is deleted."""
    profile = account.profile
    size = account.page_size or (profile.pages.bulk if bulk else profile.pages.keys)
    full = Request(
        resource=_resource(account, bulk),
        select=profile.key_fields,
        filter=_joined(_system(account), profile.first_filter),
        order=None if bulk else profile.order,
        count=True,
        size=size,
        top_is_page=profile.top_is_page,
        skips=not bulk,
    )
    plain = _rows(account, None, full.filter, bulk=bulk, eager=False)
    return [[full, plain]]


def media_plan(account: Account, keys: Sequence[str]) -> Plan:
    """The photos of rows, where they do not come with them."""
    profile = account.profile
    return [
        [
            Request(
                resource="Media",
                filter=_joined(_system(account), f"({_any_of('ResourceRecordKey', group)})"),
                order="MediaKey" if profile.order else None,
                size=profile.pages.usual,
                top_is_page=profile.top_is_page,
            )
        ]
        for group in _groups(keys, profile.keys_at_once)
    ]


def log_plan(account: Account, log: Log, cursor: str) -> Plan:
    """What the log names from the cursor on, in its order."""
    columns, operator = log.columns, "gt" if log.counts else "ge"
    request = Request(
        resource=log.resource,
        filter=f"{columns.of} eq 'Property' and {columns.grows} {operator} {cursor}",
        order=columns.grows,
        size=LOG_ROWS,
        top_is_page=account.profile.top_is_page,
    )
    return [[request]]


def newest_of(account: Account, log: Log) -> str:
    """The address of the log's last row."""
    order = f"{log.columns.grows} desc"
    return Request(resource=log.resource, order=order, size=1, top_is_page=True).url(account.root)


def one_row(account: Account, *, expand: bool = False) -> str:
    """The address of any one row."""
    way = account.profile.expand if expand else None
    return Request(filter=_system(account), expand=way, size=1, top_is_page=True).url(account.root)


def metadata_url(account: Account) -> str:
    """The address of the service's metadata."""
    return Request(resource="$metadata", filter=_system(account), size=0).url(account.root)


def moment_literal(moment: datetime) -> str:
    """A moment as a filter writes it: in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shapes(account: Account) -> list[tuple[str | None, bool]]:
    """Whether to expand and to search the photos' stamp, as far as the vendor's servers can."""
    expands = [account.profile.expand, None] if account.profile.expand else [None]
    stamps = [True, False] if account.profile.photo_stamps else [False]
    return [(expand, stamp) for expand in expands for stamp in stamps]


def _rows(
    account: Account,
    expand: str | None,
    filter: str,
    *,
    bulk: bool = False,
    eager: bool = True,
    most: int | None = None,
) -> Request:
    profile = account.profile
    return Request(
        resource=_resource(account, bulk),
        filter=filter,
        order=None if bulk else profile.order,
        expand=expand,
        count=True,
        size=account.page_size or profile.pages.usual,
        top_is_page=profile.top_is_page,
        most=most,
        skips=not bulk,
        links=profile.links and eager,
    )


def _resource(account: Account, bulk: bool) -> str:
    return account.profile.bulk.resource if bulk and account.profile.bulk else "Property"


def _whole(account: Account, query: MlsQuery, stamps: bool) -> str:
    first = "" if query.since else account.profile.first_filter
    return _joined(_system(account), first, _since(query.since, stamps))


def _named(account: Account, query: MlsQuery) -> Iterator[list[Request]]:
    """Rows by their keys, then by their numbers; a number may belong to several rows, a key to one."""
    profile = account.profile
    for group in _groups(query.keys or (), profile.keys_at_once):
        most = None if query.numbers else len(group)
        ways = list(_ways(account, query, _any_of("ListingKey", group), most))
        # Where ListingKey cannot be searched, a row still has an address of its own.
        single = Request(
            resource=f"Property({_literal(group[0])})", expand=profile.expand, size=1, single=True
        )
        yield [*ways, single] if len(group) == 1 and query.since is None else ways
    for group in _groups(query.numbers or (), profile.numbers_at_once):
        yield list(_ways(account, query, _any_of("ListingId", group), None))


def _ways(account: Account, query: MlsQuery, named: str, most: int | None) -> Iterator[Request]:
    for expand, stamps in _shapes(account):
        filter = _joined(_system(account), _since(query.since, stamps), f"({named})")
        yield _rows(account, expand, filter, most=most)


def _since(moment: datetime | None, stamps: bool) -> str:
    """Rows changed at the moment or later: some servers move the photos' stamp without the row's."""
    if moment is None:
        return ""
    changed = f"ModificationTimestamp ge {moment_literal(moment)}"
    return f"({changed} or PhotosChangeTimestamp ge {moment_literal(moment)})" if stamps else changed


def _system(account: Account) -> str:
    return f"OriginatingSystemName eq {_literal(account.system)}" if account.system else ""


def _joined(*filters: str) -> str:
    return " and ".join(filter(None, filters))


def _groups(values: Sequence[str], size: int) -> list[list[str]]:
    unique = list(dict.fromkeys(values))
    return [unique[start : start + size] for start in range(0, len(unique), size)]


def _any_of(field: str, values: Sequence[str]) -> str:
    return " or ".join(f"{field} eq {_literal(value)}" for value in values)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
