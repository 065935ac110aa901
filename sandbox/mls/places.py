"""Where the sandbox's homes stand and who lists them: real cities, invented streets, people and offices."""

from dataclasses import dataclass
from random import Random
from typing import Any

Facts = dict[str, Any]


@dataclass(frozen=True)
class Area:
    """A postal code, the county it is in, and a point in its middle (degrees)."""

    postal_code: str
    city: str
    county: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Market:
    """A city: its areas in town, one country area, and what a square foot of house costs there (dollars)."""

    state: str
    per_square_foot: int
    phone_area: str
    town: tuple[Area, ...]
    country: Area


def _town(city: str, county: str, *points: tuple[str, float, float]) -> tuple[Area, ...]:
    return tuple(Area(code, city, county, latitude, longitude) for code, latitude, longitude in points)


MARKETS: tuple[Market, ...] = (
    Market(
        "TX",
        330,
        "512",
        _town("Austin", "Travis", ("78704", 30.243, -97.765), ("78745", 30.207, -97.796), ("78757", 30.351, -97.732)),
        Area("78653", "Manor", "Travis", 30.340, -97.530),
    ),
    Market(
        "CO",
        340,
        "303",
        _town("Denver", "Denver", ("80205", 39.758, -104.966), ("80220", 39.734, -104.913), ("80210", 39.679, -104.963)),
        Area("80102", "Bennett", "Adams", 39.750, -104.440),
    ),
    Market(
        "NC",
        240,
        "919",
        _town("Raleigh", "Wake", ("27609", 35.848, -78.632), ("27612", 35.854, -78.700), ("27606", 35.760, -78.711)),
        Area("27591", "Wendell", "Wake", 35.781, -78.370),
    ),
    Market(
        "OH",
        215,
        "614",
        _town("Columbus", "Franklin", ("43214", 40.053, -83.019), ("43202", 40.020, -83.013), ("43204", 39.958, -83.078)),
        Area("43123", "Grove City", "Franklin", 39.881, -83.093),
    ),
    Market(
        "FL",
        290,
        "813",
        _town("Tampa", "Hillsborough", ("33609", 27.942, -82.506), ("33629", 27.920, -82.508), ("33604", 28.017, -82.455)),
        Area("33565", "Plant City", "Hillsborough", 28.070, -82.150),
    ),
    Market(
        "AZ",
        265,
        "602",
        _town("Phoenix", "Maricopa", ("85016", 33.502, -112.030), ("85018", 33.496, -111.988), ("85032", 33.623, -112.004)),
        Area("85326", "Buckeye", "Maricopa", 33.370, -112.580),
    ),
)  # fmt: skip

_STREETS = (
    "Juniper Hollow", "Larkspur", "Old Quarry", "Wrenfield", "Copper Kettle", "Bramble", "Silver Birch",
    "Millrace", "Fox Hollow", "Tanager", "Stonecrop", "Harvest Moon", "Lantern", "Pebble Creek", "Whitethorn",
    "Meadowlark", "Saddle Ridge", "Orchard Gate", "Windmill", "Heron", "Cedar Bluff", "Marigold", "Sycamore",
    "Thistle", "Kingfisher", "Cobblestone", "Blue Heron", "Prairie Rose", "Hawthorne", "Elderberry",
)  # fmt: skip
_COUNTRY_ROADS = (
    "Dry Creek",
    "Old Mill",
    "Cutler",
    "Hickory Flat",
    "Barn Owl",
    "Nine Mile",
    "Windy Gap",
    "Pasture",
)
_SUFFIXES = ("St", "Ave", "Dr", "Ln", "Ct", "Way", "Blvd", "Ter")
_SUBDIVISIONS = ("Wren Park", "Millstone", "Larkspur Heights", "Old Quarry", "Bramble Hill", "Heron Landing")
_FIRST_NAMES = (
    "Dana",
    "Marcus",
    "Priya",
    "Elena",
    "Tom",
    "Grace",
    "Andre",
    "Helen",
    "Luis",
    "Naomi",
    "Peter",
    "Ruth",
)
_LAST_NAMES = (
    "Ashgrove", "Bellweather", "Castellan", "Dunmore", "Eastlake", "Fairbourne", "Greenhalgh", "Hartwick",
    "Ingleby", "Jessup", "Kirkwall", "Lindqvist",
)  # fmt: skip
_OFFICES = ("Front Porch Realty", "Harbor & Hearth", "Blue Door Homes", "Keystone Lane Realty")


def address(rng: Random, market: Market, *, country: bool, unit: bool) -> Facts:
    """An invented address with coordinates within about a kilometre of its postal code's middle.

    In the country the spread is five times as wide. `unit` gives it a unit number.
    """
    area = market.country if country else rng.choice(market.town)
    spread = 0.05 if country else 0.01
    facts: Facts = {
        "StreetNumber": str(rng.randrange(100, 9900)),
        "StreetDirPrefix": rng.choice(("N", "S", "E", "W")) if rng.random() < 0.2 else None,
        "StreetName": rng.choice(_COUNTRY_ROADS if country else _STREETS),
        "StreetSuffix": "Rd" if country else rng.choice(_SUFFIXES),
        "UnitNumber": f"{rng.randrange(1, 9)}0{rng.randrange(1, 9)}" if unit else None,
        "City": area.city,
        "StateOrProvince": market.state,
        "PostalCode": area.postal_code,
        "CountyOrParish": area.county,
        "Country": "US",
        "SubdivisionName": None if country else rng.choice(_SUBDIVISIONS),
        "Latitude": round(area.latitude + rng.uniform(-spread, spread), 6),
        "Longitude": round(area.longitude + rng.uniform(-spread, spread), 6),
    }
    return facts | {"UnparsedAddress": unparsed(facts)}


def unparsed(facts: Facts) -> str:
    """The address on one line, as UnparsedAddress has it; parts that are null are left out."""

    def line(*parts: str) -> str:
        return " ".join(str(facts[part]) for part in parts if facts[part] is not None)

    street = line("StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix")
    unit = f" Unit {facts['UnitNumber']}" if facts["UnitNumber"] is not None else ""
    return f"{street}{unit}, {line('City')}, {line('StateOrProvince', 'PostalCode')}"


def agent(rng: Random, market: Market) -> Facts:
    """A listing agent of the market and the agent's office; phones are of the fictional 555-01xx range."""
    number = rng.randrange(6)
    place = MARKETS.index(market)
    first = _FIRST_NAMES[(place * 5 + number * 7) % len(_FIRST_NAMES)]
    last = _LAST_NAMES[(place * 7 + number * 5) % len(_LAST_NAMES)]
    office = (place + number) % len(_OFFICES)
    return {
        "ListAgentKey": f"AG{place}{number:03d}",
        "ListAgentMlsId": f"{market.phone_area}{number:04d}",
        "ListAgentFullName": f"{first} {last}",
        "ListAgentFirstName": first,
        "ListAgentLastName": last,
        "ListAgentDirectPhone": f"({market.phone_area}) 555-{110 + number:04d}",
        "ListAgentEmail": f"{first}.{last}@example.com".lower(),
        "ListOfficeKey": f"OF{place}{office:02d}",
        "ListOfficeName": _OFFICES[office],
        "ListOfficePhone": f"({market.phone_area}) 555-{180 + office:04d}",
    }


def buyer_agent(rng: Random) -> str:
    """The invented name of a buyer's agent."""
    return f"{rng.choice(_FIRST_NAMES)} {rng.choice(_LAST_NAMES)}"
