"""What all sides are asked."""

from collections.abc import Mapping
from dataclasses import dataclass

PAGE = 50

_PRICE = "price { amount currency }"
_HOME = f"""
  id mlsProvider mlsNumber status standardStatus publishable propertyType propertySubType
  latitude longitude bedrooms bathrooms squareFeet yearBuilt description listDate
  agentName officeName updatedAt
  {_PRICE}
  address {{ street unit city state zipCode country county }}
  photos {{ id url order caption }}
"""
_NUMBERS = """
  posts(first: 5) { nodes { id platform state text hashtags publishedAt } pageInfo { hasNextPage } }
  metrics(period: WEEKLY) {
    from to totalViews totalShares totalInquiries totalClicks conversionRate engagementRate
    platforms { platform views shares inquiries clicks engagement }
  }
"""
_PAGE = "query Page($first: Int) { listings(first: $first) { nodes { %s } pageInfo { hasNextPage } } }"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query.

    Attributes:
        name: in figures and paths.
        title: for people.
        body: of the request.
    """

    name: str
    title: str
    body: Mapping[str, object]


def asked(listing_id: str) -> list[Asked]:
    """All queries; `listing_id` is the global id of the one listing."""
    one = f"query One($id: ID!) {{ listing(id: $id) {{ {_HOME} }} }}"
    edges = _PAGE % f"id mlsNumber status {_PRICE} {_NUMBERS}"
    of_page = {"first": PAGE}
    return [
        Asked("one", "one listing with address and photos", {"query": one, "variables": {"id": listing_id}}),
        Asked("page", f"{PAGE} listings with both", {"query": _PAGE % _HOME, "variables": of_page}),
        Asked("edges", f"{PAGE} with posts and weekly metrics", {"query": edges, "variables": of_page}),
    ]
