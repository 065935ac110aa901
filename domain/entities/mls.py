"""What an MLS protocol offers and what it hands over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.entities.listing import ListingFacts, Media


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One field of the form with which a user connects an account.

    Attributes:
        kind: `text`, `url`, `number`, `boolean` or `json`.
    """

    name: str
    title: str
    kind: str = "text"
    required: bool = False
    secret: bool = False
    help: str | None = None


UPLOADED = "upload:"
"""As the URL of a connection: its feed is a file that the user sends. A vendor with this URL allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsVendor:
    """A flavour of a protocol.

    Attributes:
        url: the root of the service, if it is the same for all or tells its shape; `UPLOADED` if it is a file
            of the user's; None if each MLS has its own.
    """

    name: str
    title: str
    url: str | None = None
    settings: tuple[SettingField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsRecord:
    """One home as the MLS gave it.

    Attributes:
        key: identifies the row in the MLS (ListingKey; ListingId where there is no key).
        warnings: values that were dropped because they made no sense.
        media: None if the answer did not speak of media at all.
        deleted: the row is a tombstone, or may not be shown any more.
    """

    key: str
    facts: ListingFacts
    media: tuple[Media, ...] | None = None
    deleted: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsDefect:
    """A row that could not be read; its neighbours are not harmed.

    Attributes:
        code: for example `NO_KEY` or `UNREADABLE`.
    """

    code: str
    message: str
    mls_number: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsRemoval:
    """News that a row is no more: the MLS's list of deletions names it, and the row itself does not answer.

    Attributes:
        key: as `MlsRecord.key`.
        at: when it was deleted, if the MLS says.
    """

    key: str
    mls_number: str | None = None
    originating_system: str | None = None
    at: datetime | None = None


MlsRow = MlsRecord | MlsDefect | MlsRemoval


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsQuery:
    """What to fetch.

    Attributes:
        since: only rows modified at this moment or later; None for all.
        keys: only these rows (ListingKey), at most a page of them; None for all.
        numbers: only rows with these ListingIds; None for all.
        cursors: what earlier runs' pages gave as `MlsPage.cursors`, for what the MLS keeps beside its rows: a
            list of deletions, a log of events, the hash of a file.
        anew: all rows are wanted, though the cursors may say that they are known.
    """

    since: datetime | None = None
    keys: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None
    cursors: Mapping[str, str] = field(default_factory=dict)
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsPage:
    """Some rows and where to go on.

    Attributes:
        position: pass it back for the next page; None after the last one.
        total: how many rows the MLS says there are; it shows progress and bounds nothing.
        cursors: how far this page brings what `MlsQuery.cursors` stands for, by name; opaque to the domain,
            which keeps them once the run has succeeded, and forgets those that are empty. Never named
            `Property`.
    """

    rows: tuple[MlsRow, ...]
    position: str | None
    total: int | None = None
    cursors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsKeys:
    """A page of the keys of all rows there are, for the sweep; `position` as in `MlsPage`."""

    keys: tuple[str, ...]
    position: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceField:
    """A field that the MLS has, as its metadata tells.

    Attributes:
        type: as the MLS names it, for example `Edm.Decimal` or `Character`.
        standard_name: RESO's name for it, if the MLS says one.
        values: the lookup's values, if it is one; at most 200.
    """

    name: str
    title: str | None = None
    type: str | None = None
    standard_name: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsSample:
    """What a look at an account shows; nothing of it is stored.

    Attributes:
        fields: from the metadata, or the names in the row if there is no metadata.
        raw: one row as the MLS sent it; None if there is none.
        row: what it is read as, by the account's field map.
        sources: our field (as in GraphQL, `price`) -> the field of the MLS that it is read from.
        proposal: a field map for what is not read yet: the MLS's field -> ours.
        statuses: a status map for the MLS's own words: its status -> the standard one.
    """

    fields: tuple[SourceField, ...]
    raw: Mapping[str, Any] | None
    row: MlsRecord | MlsDefect | None
    sources: Mapping[str, str]
    proposal: Mapping[str, str]
    statuses: Mapping[str, str] = field(default_factory=dict)
