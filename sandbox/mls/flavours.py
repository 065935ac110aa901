"""The vendors that the sandbox MLS imitates: one table each of what its servers do differently."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

NextLink = Literal["skip", "skiptoken", "stamp", "none"]
Window = tuple[int, int]
Removal = Literal["vanish", "tombstone", "can-view", "deleted"]
Quota = Literal["trestle", "bridge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a token may ask for; each window is (amount, seconds), and counts from full multiples of them.

    Attributes:
        requests: for data.
        bytes: of the bodies answered, as sent.
        media: files of photos, counted for everybody together, since no token comes with them.
        suspend_after: after so many 429s the token is refused whatever it asks, until tokens are revoked or
            the sandbox is reset; None: never.
        retry_after: whether a 429 says in seconds when to come back.
    """

    requests: tuple[Window, ...] = ()
    bytes: tuple[Window, ...] = ()
    media: tuple[Window, ...] = ()
    suspend_after: int | None = None
    retry_after: bool = False


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """What one vendor's server does; each field can be set for a sandbox of its own (see `flavour`).

    Attributes:
        root: path of the OData service, without a trailing slash.
        long_lived: whether the long-lived bearer token is good.
        basic: whether HTTP Basic is, with the user's name and password.
        token_path: of the OAuth token endpoint; None if there is none.
        grants: the OAuth grants it knows.
        scope: what a client must ask it for; None: anything.
        token_seconds: life of its tokens.
        host: the host name requests must be addressed to; others are refused (403). None: any.
        page_default, page_max: rows of a page unless asked for, and at most.
        page_max_keys: at most, if nothing but ListingKey is selected; None: page_max.
        page_max_expanded: at most, with `$expand`; None: page_max.
        top_is_page: `$top` is the size of a page, and links go on behind it; otherwise it is a total, as the
            standard says.
        next_link: how answers link to the next page: by `$skip`, by a `$skiptoken` that stands for it, by one
            of the last row's ModificationTimestamp and key, in whose order the rows of Property then come, so
            that one touched meanwhile comes again; or "none": not at all, as Core 2.0 allows.
        skip_max: rows that `$skip` reaches; further ones are refused (400). None: all.
        replication: whether `Property/replication` serves the pages behind `skip_max`, by `$skiptoken`, of up to
            so many rows; None: there is no such resource.
        expand: whether Property can `$expand=Media`; if not, Media is a resource of its own only.
        media_max: children an expansion gives without a `$top` of its own; None: all.
        one_system: a filter must have exactly one `OriginatingSystemName eq`, joined by `and`.
        plain: no `$orderby`, no options in an expansion, no `or` over timestamps.
        or_max: how many `or` a filter may have; None: any number.
        searchable: the fields of Property that a filter may name; None: all.
        gzip: requests must accept gzip (400 otherwise), and get it.
        removal: what becomes of a home that is taken out: it just vanishes, becomes a tombstone
            (StandardStatus Delete), stays with `MlgCanView` false, or is named by the resource `Deleted`.
        events: whether there is the resource `EntityEvent`.
        own_stamps: every change moves ModificationTimestamp, even one that the MLS itself would not stamp.
        media_once: photos are for whom has the token as User-Agent (403), each URL once an hour (429).
        limits: what is refused with 429.
        quota: whose headers tell how much is left.
        spark_errors: errors in the shape and with the codes of the Spark API.
    """

    root: str = "/odata"
    long_lived: bool = True
    basic: bool = False
    token_path: str | None = None
    grants: frozenset[str] = frozenset()
    scope: str | None = None
    token_seconds: int = 3600
    host: str | None = None
    page_default: int = 20
    page_max: int = 200
    page_max_keys: int | None = None
    page_max_expanded: int | None = None
    top_is_page: bool = False
    next_link: NextLink = "skip"
    skip_max: int | None = None
    replication: int | None = None
    expand: bool = True
    media_max: int | None = None
    one_system: bool = False
    plain: bool = False
    or_max: int | None = None
    searchable: frozenset[str] | None = None
    gzip: bool = False
    removal: Removal = "vanish"
    events: bool = False
    own_stamps: bool = False
    media_once: bool = False
    limits: Limits = field(default=UNLIMITED)
    quota: Quota | None = None
    spark_errors: bool = False


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

GENERIC = Flavour(
    basic=True,
    token_path="/oauth/token",  # noqa: S106 -- a path
    grants=frozenset({"client_credentials", "password"}),
)

FLAVOURS: dict[str, Flavour] = {
    "generic": GENERIC,
    # https://docs.mlsgrid.com/api-documentation/api-version-2.0
    "mls-grid": Flavour(
        root="/v2",
        page_default=500,
        page_max=5_000,
        page_max_expanded=1_000,
        top_is_page=True,
        next_link="stamp",
        one_system=True,
        plain=True,
        or_max=5,
        searchable=frozenset(
            [
                "ListAgentMlsId",
                "ListingId",
                "MlgCanView",
                "ModificationTimestamp",
                "OriginatingSystemName",
                "PropertyType",
                "StandardStatus",
            ]
        ),
        gzip=True,
        removal="can-view",
        own_stamps=True,
        media_once=True,
        limits=Limits(
            requests=((2, 1), (7_200, _HOUR), (40_000, _DAY)),
            bytes=((4_000_000_000, _HOUR),),
            suspend_after=3,
        ),
    ),
    # https://trestle-documentation.corelogic.com/webapi.html
    "trestle": Flavour(
        root="/trestle/odata",
        long_lived=False,
        token_path="/trestle/oidc/connect/token",  # noqa: S106 -- a path
        grants=frozenset({"client_credentials"}),
        scope="api",
        token_seconds=8 * _HOUR,
        page_default=10,
        page_max=1_000,
        page_max_keys=300_000,
        top_is_page=True,
        limits=Limits(
            requests=((180, _MINUTE), (7_200, _HOUR)),
            media=((480, _MINUTE), (18_000, _HOUR)),
        ),
        quota="trestle",
    ),
    # https://bridgedataoutput.com/docs/platform/API/reso-web-api
    "bridge": Flavour(
        root="/api/v2/OData/sandbox",
        page_default=10,
        page_max=200,
        top_is_page=True,
        skip_max=10_000,
        replication=2_000,
        media_max=10,
        limits=Limits(requests=((334, _MINUTE), (5_000, _HOUR))),
        quota="bridge",
    ),
    # https://sparkplatform.com/docs/reso/overview
    "spark": Flavour(
        root="/Version/3/Reso/OData",
        page_default=25,
        page_max=1_000,
        top_is_page=True,
        next_link="skiptoken",
        limits=Limits(requests=((1_500, 5 * _MINUTE),)),
        spark_errors=True,
    ),
    # https://vendor.utahrealestate.com/webapi/docs/tuts/replication
    "utah-real-estate": Flavour(
        root="/reso/odata",
        page_default=200,
        page_max=200,
        top_is_page=True,
        removal="deleted",
    ),
}


def flavour(vendor: str, **changes: Any) -> Flavour:
    """The vendor's flavour with some fields of `Flavour` changed.

    Raises ValueError for an unknown vendor, TypeError for a field that is none.
    """
    if vendor not in FLAVOURS:
        raise ValueError(f"no vendor {vendor}; there are {', '.join(FLAVOURS)}")
    return replace(FLAVOURS[vendor], **changes)
