"""What a template for the text of a post may speak of."""

from collections.abc import Mapping
from decimal import Decimal

from domain.entities.listing import Address, Listing
from domain.rules.wording import address_line


class Whole(dict[str, object]):
    """Parts that are also one text, as an address."""

    def __init__(self, text: str, parts: Mapping[str, object]) -> None:
        super().__init__(parts)
        self._text = text

    def __str__(self) -> str:
        return self._text


_FACTS = (
    "mls_number",
    "standard_status",
    "mls_status",
    "currency",
    "price",
    "original_price",
    "close_price",
    "property_type",
    "property_sub_type",
    "bedrooms",
    "bathrooms",
    "bathrooms_full",
    "bathrooms_half",
    "square_feet",
    "lot_size_square_feet",
    "year_built",
    "stories",
    "garage_spaces",
    "parking_total",
    "features",
    "appliances",
    "heating",
    "cooling",
    "view",
    "pool_private",
    "association_fee",
    "association_fee_frequency",
    "tax_annual_amount",
    "description",
    "virtual_tour_url",
    "list_date",
    "on_market_date",
    "close_date",
    "days_on_market",
    "agent_name",
    "agent_phone",
    "agent_email",
    "office_name",
)


def variables_of(listing: Listing, platform: str, url: str | None = None) -> dict[str, object]:
    """`listing`, with facts by the names of `ListingFacts`, and `platform`, the slug of where the post goes.

    `listing.url` is the post's short link.

    Every name is always there; what is not known is None, or empty if it is a list.
    """
    facts = {name: _plain(getattr(listing.facts, name)) for name in _FACTS}
    facts["status"] = listing.status.value
    facts["url"] = url
    facts["address"] = _address(listing.facts.address)
    return {"listing": facts, "platform": platform}


def _address(address: Address) -> Whole:
    names = ("street", "unit", "city", "state", "zip_code", "country", "county")
    return Whole(address_line(address), {name: getattr(address, name) for name in names})


def _plain(value: object) -> object:
    """Numbers as templates reckon with them, and 2 instead of 2.0."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, (Decimal, float)):
        return int(value) if value == int(value) else float(value)
    return value
