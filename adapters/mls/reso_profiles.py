"""What a profile says of a RESO Web API vendor: all in which its servers differ from the standard."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.budgets import Budget
from domain.entities.mls import MlsVendor


class Login(StrEnum):
    """How an account shows who it is; the first one that is complete is used, in this order."""

    BEARER = "bearer"
    """A long-lived token."""

    PASSWORD = "password"  # noqa: S105  a name of a grant
    """User name and password, exchanged for a token (RFC 6749, section 4.3)."""

    CLIENT_CREDENTIALS = "client_credentials"
    """Client id and secret, exchanged for a token (RFC 6749, section 4.4)."""

    BASIC = "basic"
    """User name and password with every request (RFC 7617)."""


class Trouble(StrEnum):
    """What a vendor's own error codes mean, where the status does not tell."""

    EXPIRED = "expired"
    WRONG_HOST = "wrong host"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Rows of a page.

    Attributes:
        usual: asked for unless the connection's setting `pageSize` says otherwise.
        largest: what the server gives of rows with their photos.
        keys: what it gives if nothing but keys is asked for.
        bulk: what its bulk resource gives, if it has one.
    """

    usual: int
    largest: int
    keys: int
    bulk: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """A resource beside Property that has all rows, in an order of its own and without `$skip`.

    Attributes:
        resource: its path below the root.
        beyond: how many rows Property itself can be paged through.
    """

    resource: str
    beyond: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The fields of a log.

    Attributes:
        of: says whose key it is; only `Property` is read.
        key: the row's key.
        grows: what the log is read on by.
    """

    of: str = "ResourceName"
    key: str = "ResourceRecordKey"
    grows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A resource that names the rows that are gone, or that something happened to.

    Attributes:
        resource: its path below the root; the name of its cursor too.
        columns: its fields.
        counts: whether it grows by a number, each given once; if not by a moment, which several may share.
    """

    resource: str
    columns: Columns
    counts: bool = False


DELETED = Log(resource="Deleted", columns=Columns(of="resource", key="primary_key", grows="ts"))
"""No standard has it: the fields are UtahRealEstate's (vendor.utahrealestate.com, "Deleting old Data")."""

ENTITY_EVENT = Log(resource="EntityEvent", columns=Columns(grows="EntityEventSequence"), counts=True)
"""Source: RESO, RCP 27, EntityEvent Resource and Replication Model 2.0.2."""

LOGS = {log.resource: log for log in (DELETED, ENTITY_EVENT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Headers `{name}-{limit}` and so on, in which a server tells how much of a quota is left.

    Attributes:
        seconds: the length of the window, for servers that do not tell when it ends.
    """

    name: str
    seconds: int
    limit: str = "Limit"
    left: str = "Remaining"
    reset: str = "Reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """The vendor's rules for fetching what a MediaURL names.

    Attributes:
        shows_token: the User-Agent must be the access token.
        hosts: to whose subdomains the token is shown, beside the connection's own host.
        once_in: seconds in which each URL may be fetched once; 0 for no such rule.
        budgets: of the account's requests for photos.
    """

    shows_token: bool = False
    hosts: tuple[str, ...] = ()
    once_in: int = 0
    budgets: tuple[Budget, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One vendor. What is not said is as RESO Web API Core 2.1 has it.

    Attributes:
        vendor: what the user is told and asked for.
        logins: which ways in there are.
        token_path: where tokens are exchanged, from the host's root; None if the connection must say.
        scope: what a client asks tokens for, unless the connection says otherwise.
        top_is_page: `$top` is the size of a page and links lead on behind it; if not, a page's size is asked
            for by `Prefer: odata.maxpagesize`, since `$top` is a total.
        links: a page that is not full and has no nextLink is the last one; if not, only an empty page is.
        order: what rows are ordered by; None if the server does not order.
        bulk: used for imports of everything, and where Property ends.
        one_system: every filter names one OriginatingSystemName, which is then a required setting.
        first_filter: of imports of everything, but not of deltas, where removals must arrive.
        keys_at_once, numbers_at_once: how many ListingKeys or ListingIds a filter may name.
        key_fields: what the sweep of keys selects.
        photo_stamps: PhotosChangeTimestamp can be searched, with `or`.
        expand: how photos come with their rows; None if they do not.
        headers: of every request.
        log: where deletions are told; None if rows just vanish or are marked.
        photos: rules for media.
        budgets: of requests and bytes of an account.
        quotas: where the server tells what is left.
        troubles: what its own error codes mean.
    """

    vendor: MlsVendor
    logins: tuple[Login, ...] = (Login.BEARER,)
    token_path: str | None = None
    scope: str | None = None
    pages: Pages
    top_is_page: bool = False
    links: bool = True
    order: str | None = "ListingKey"
    bulk: Bulk | None = None
    one_system: bool = False
    first_filter: str = ""
    # IIS takes 2,048 characters of query unless told otherwise.
    keys_at_once: int = 20
    numbers_at_once: int = 20
    key_fields: tuple[str, ...] = ("ListingKey", "ListingId", "StandardStatus")
    photo_stamps: bool = True
    expand: str | None = "Media"
    headers: Mapping[str, str] = field(default_factory=dict)
    log: Log | None = None
    photos: Photos = Photos()
    budgets: tuple[Budget, ...] = ()
    quotas: tuple[Quota, ...] = ()
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
