"""What an MLS protocol offers and what it hands over."""

from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsVendor:
    """A flavour of a protocol."""

    name: str
    title: str
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
class MlsQuery:
    """What to fetch.

    Attributes:
        since: only rows modified at this moment or later; None for all.
        keys: only these rows (ListingKey), at most a page of them; None for all.
        numbers: only rows with these ListingIds; None for all.
    """

    since: datetime | None = None
    keys: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MlsPage:
    """Some rows and where to go on.

    Attributes:
        position: pass it back for the next page; None after the last one.
        total: how many rows the MLS says there are; it shows progress and bounds nothing.
    """

    rows: tuple[MlsRecord | MlsDefect, ...]
    position: str | None
    total: int | None = None
