"""A home that is, or was, for sale or for rent, as the agent's MLS describes it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class ListingStatus(StrEnum):
    """The four states an agent thinks in; `domain.rules.statuses` maps RESO's StandardStatus to them."""

    ACTIVE = "ACTIVE"
    PENDING = "PENDING"
    SOLD = "SOLD"
    EXPIRED = "EXPIRED"


class Takedown(StrEnum):
    """Why a listing must not be advertised any more."""

    SOLD = "SOLD"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    ON_HOLD = "ON_HOLD"
    DELETED = "DELETED"
    NOT_LICENSED = "NOT_LICENSED"
    EXCLUDED = "EXCLUDED"


class PhotoState(StrEnum):
    """Where a photo is on its way from the MLS to our storage."""

    PENDING = "PENDING"
    STORED = "STORED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A photo as the MLS names it (RESO Media resource).

    Attributes:
        key: MediaKey, or a hash of the URL where the MLS gives none.
        url: MediaURL.
        order: RESO's Order; 0 where it is missing.
        modified_at: MediaModificationTimestamp, or None.
        closed: the MLS opens the URL to us alone, so that nobody else is given it.
    """

    key: str
    url: str
    order: int = 0
    caption: str | None = None
    preferred: bool = False
    modified_at: datetime | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo of a listing and what we have stored of it.

    Attributes:
        state, failure: FAILED keeps the reason; the MLS's URL stays usable.
        attempts: downloads begun so far.
        sha256: of the original's bytes, hexadecimal.
        original_key: of the original's bytes in the file store; the keys of all other forms follow from it.
        width, height: of the original, in pixels, upright.
        blurhash: from which a page paints a blurred picture until the photo is there.
        removed_at: of a photo, or of an older picture of one, that the MLS names no more: since when; what is
            stored of it is kept for a time of grace. None while it is one of the listing's photos.
        erasing: its time of grace is over, and its files are being removed; it does not come back.

    A photo that waits to be fetched again still tells what is stored of it, so that the same bytes are not
    stored twice, but shows nothing of it.
    """

    media: Media
    state: PhotoState = PhotoState.PENDING
    failure: str | None = None
    attempts: int = 0
    sha256: str | None = None
    original_key: str | None = None
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    removed_at: datetime | None = None
    erasing: bool = False


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """The photos of a listing, and what is still stored of others."""

    photos: tuple[Photo, ...]
    removed: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the home stands, in RESO's parts joined as people write them."""

    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    country: str | None = None
    county: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """What the source says of a home; equal facts mean that nothing is to be written.

    Money is in units of `currency` (ISO 4217), areas are in square feet, the tax is per year.
    `media_links` are tours and videos among the media, which are linked to and never fetched.
    `extras` holds mapped fields that have no attribute here, as strings, 16 KB at most.
    """

    listing_key: str | None = None
    mls_number: str | None = None
    mls_id: str | None = None
    originating_system: str | None = None
    standard_status: str | None = None
    mls_status: str | None = None
    currency: str = "USD"
    price: Decimal | None = None
    original_price: Decimal | None = None
    close_price: Decimal | None = None
    property_type: str | None = None
    property_sub_type: str | None = None
    address: Address = field(default_factory=Address)
    latitude: float | None = None
    longitude: float | None = None
    bedrooms: int | None = None
    bathrooms: int | None = None
    bathrooms_full: int | None = None
    bathrooms_half: int | None = None
    square_feet: float | None = None
    lot_size_square_feet: float | None = None
    year_built: int | None = None
    stories: int | None = None
    garage_spaces: float | None = None
    parking_total: int | None = None
    features: tuple[str, ...] = ()
    appliances: tuple[str, ...] = ()
    heating: tuple[str, ...] = ()
    cooling: tuple[str, ...] = ()
    view: tuple[str, ...] = ()
    pool_private: bool | None = None
    association_fee: Decimal | None = None
    association_fee_frequency: str | None = None
    tax_annual_amount: Decimal | None = None
    description: str | None = None
    virtual_tour_url: str | None = None
    media_links: tuple[str, ...] = ()
    list_date: date | None = None
    on_market_date: date | None = None
    close_date: date | None = None
    days_on_market: int | None = None
    agent_name: str | None = None
    agent_phone: str | None = None
    agent_email: str | None = None
    office_name: str | None = None
    modified_in_mls_at: datetime | None = None
    extras: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Listing:
    """A user's listing: the source's facts and what we know and decided about them.

    Attributes:
        id: see `domain.rules.identity.listing_id`; never shared between users.
        mls_provider: the connection's provider, or `manual`.
        connection_id: None for a manual listing.
        publishable: whether a new post of it may go up now.
        takedown: why its posts must come down; None while it may be advertised.
        photos: as the MLS names them now, the preferred one first.
        removed_photos: what is still stored of others, oldest first; nobody is shown them as the home's.
        excluded_from_sync: by the user's wish the MLS's rows are left alone, and nothing is published.
        missing_since: when the MLS no longer had the row although it never said that the home is gone; None
            once it is seen again. No part of `content_hash`.
        local_edits: the facts (by the names of `ListingFacts` and `Address`, and `status`) that the user has
            set since the MLS last spoke of the home.
        content_hash: of the facts as the source gave them; empty after a local edit.
        version: rises with every write except that of photos.
        photos_version: rises with every write of photos, which has a guard of its own because photo work
            and synchronization write at the same time.
    """

    id: str
    user_id: str
    mls_provider: str
    connection_id: str | None = None
    facts: ListingFacts
    status: ListingStatus
    publishable: bool
    takedown: Takedown | None = None
    off_market_since: datetime | None = None
    photos: tuple[Photo, ...] = ()
    removed_photos: tuple[Photo, ...] = ()
    excluded_from_sync: bool = False
    missing_since: datetime | None = None
    local_edits: tuple[str, ...] = ()
    predecessor_id: str | None = None
    content_hash: str = ""
    created_at: datetime
    updated_at: datetime
    synced_at: datetime | None = None
    version: int = 0
    photos_version: int = 0

    @property
    def photo_set(self) -> PhotoSet:
        """All photos of which something is stored or awaited."""
        return PhotoSet(self.photos, self.removed_photos)

    @property
    def locally_edited(self) -> bool:
        """Whether it differs from what the MLS last said by the user's own hand."""
        return bool(self.local_edits)


class ListingOrderField(StrEnum):
    """What a list of listings may be sorted by; homes without the value sort as the lowest."""

    PRICE = "PRICE"
    LISTED = "LISTED"
    UPDATED = "UPDATED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingOrder:
    """An order of listings."""

    field: ListingOrderField = ListingOrderField.UPDATED
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundingBox:
    """A piece of the map in degrees (WGS 84); west may be greater than east across the date line."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFilter:
    """Which listings; all that is given must hold. Text is searched without regard to case."""

    statuses: tuple[ListingStatus, ...] = ()
    connection_id: str | None = None
    property_types: tuple[str, ...] = ()
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    min_bedrooms: int | None = None
    min_bathrooms: int | None = None
    min_square_feet: float | None = None
    max_square_feet: float | None = None
    cities: tuple[str, ...] = ()
    zip_codes: tuple[str, ...] = ()
    text: str | None = None
    bounding_box: BoundingBox | None = None
    publishable: bool | None = None
    listed_from: date | None = None
    listed_to: date | None = None
