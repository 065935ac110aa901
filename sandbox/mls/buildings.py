"""What stands (or does not) on a sandbox property: facts that fit its type and each other, and its price."""

from collections.abc import Callable
from random import Random

from sandbox.mls.places import Facts, Market

_ACRE = 43_560  # square feet
_COOLING = ("Central Air", "Heat Pump", "Ceiling Fan(s)", "Evaporative Cooling")
_HEATING = ("Forced Air", "Natural Gas", "Heat Pump", "Baseboard", "Radiant")
_APPLIANCES = ("Dishwasher", "Disposal", "Dryer", "Microwave", "Refrigerator", "Washer")
_RANGES = ("Electric Range", "Gas Range")
_INTERIOR = (
    "Breakfast Bar",
    "Built-in Features",
    "Ceiling Fan(s)",
    "Eat-in Kitchen",
    "High Ceilings",
    "Pantry",
    "Walk-In Closet(s)",
)
_EXTERIOR = ("Garden", "Lighting", "Private Yard", "Rain Gutters", "Storage")
_FLOORING = ("Carpet", "Hardwood", "Laminate", "Tile", "Vinyl")
_VIEWS = ("City", "Creek/Stream", "Hills", "Neighborhood", "Park/Greenbelt", "Trees/Woods")
_LAND_VIEWS = ("Creek/Stream", "Hills", "Trees/Woods")
_STYLES = ("Bungalow", "Contemporary", "Craftsman", "Ranch", "Traditional")


def _some(rng: Random, choices: tuple[str, ...], low: int, high: int) -> list[str]:
    return sorted(rng.sample(choices, rng.randint(low, high)))


def _lot(square_feet: int) -> Facts:
    acres = round(square_feet / _ACRE, 2)
    return {
        "LotSizeSquareFeet": square_feet,
        "LotSizeAcres": acres,
        "LotSizeArea": acres,
        "LotSizeUnits": "Acres",
    }


def _baths(rng: Random, beds: int) -> Facts:
    full = max(1, min(beds, round(beds * rng.uniform(0.5, 0.85))))
    half = 1 if beds > 1 and rng.random() < 0.4 else 0
    return {"BathroomsFull": full, "BathroomsHalf": half, "BathroomsTotalInteger": full + half}


def _systems(rng: Random) -> Facts:
    fireplaces = rng.choices((0, 1, 2), (60, 35, 5))[0]
    return {
        "Heating": _some(rng, _HEATING, 1, 2),
        "Cooling": _some(rng, _COOLING, 1, 2),
        "Appliances": sorted([rng.choice(_RANGES), *rng.sample(_APPLIANCES, rng.randint(2, 4))]),
        "InteriorFeatures": _some(rng, _INTERIOR, 2, 4),
        "Flooring": _some(rng, _FLOORING, 1, 3),
        "FireplacesTotal": fireplaces,
    }


def _living_area(square_feet: float) -> Facts:
    return {"LivingArea": int(square_feet), "LivingAreaUnits": "Square Feet"}


def _fee(rng: Random, low: int, high: int) -> Facts:
    return {
        "AssociationYN": True,
        "AssociationFee": rng.randrange(low, high, 5),
        "AssociationFeeFrequency": "Monthly",
    }


def _parking(spaces: int) -> Facts:
    features = [f"{('One', 'Two', 'Three')[spaces - 1]} Car Garage", "Driveway"] if spaces else ["Off Street"]
    return {"GarageSpaces": spaces, "GarageYN": spaces > 0, "ParkingFeatures": features}


def _year(rng: Random, latest: int) -> Facts:
    year = (
        latest
        if rng.random() < 0.06
        else rng.choices((rng.randint(1925, 1979), rng.randint(1980, latest - 1)))[0]
    )
    return {"YearBuilt": year, "NewConstructionYN": year == latest}


def _house(rng: Random, latest_year: int, subtype: str) -> Facts:
    attached = subtype in ("Condominium", "Apartment")
    beds = (
        rng.choices((1, 2, 3), (35, 50, 15))[0]
        if attached
        else rng.choices((2, 3, 4, 5), (15, 42, 33, 10))[0]
    )
    stories = 1 if attached else 2 if subtype == "Townhouse" else rng.choices((1, 2), (60, 40))[0]
    spaces = rng.choice((0, 1)) if attached else rng.choices((0, 1, 2, 3), (15, 25, 50, 10))[0]
    facts: Facts = {
        "PropertySubType": subtype,
        "BedroomsTotal": beds,
        "StoriesTotal": stories,
        "Levels": ["One"] if stories == 1 else ["Two"],
        "ArchitecturalStyle": [rng.choice(_STYLES)],
        "View": _some(rng, _VIEWS, 1, 2) if rng.random() < 0.5 else [],
        "PoolPrivateYN": not attached and rng.random() < 0.15,
        "WaterfrontYN": False,
        **_living_area(320 + beds * rng.randint(380, 560)),
        **_baths(rng, beds),
        **_year(rng, latest_year),
        **_parking(spaces),
        **_systems(rng),
    }
    if attached or subtype == "Townhouse":
        return facts | _fee(rng, 140, 520)
    facts |= _lot(rng.randrange(4_000, 16_000, 50)) | {"ExteriorFeatures": _some(rng, _EXTERIOR, 1, 3)}
    return facts | (_fee(rng, 25, 120) if rng.random() < 0.3 else {"AssociationYN": False})


def _residential(rng: Random, latest_year: int) -> Facts:
    subtype = rng.choices(("Single Family Residence", "Townhouse", "Condominium"), (62, 20, 18))[0]
    return _house(rng, latest_year, subtype)


def _residential_lease(rng: Random, latest_year: int) -> Facts:
    subtype = rng.choices(
        ("Single Family Residence", "Townhouse", "Condominium", "Apartment"), (35, 15, 20, 30)
    )[0]
    # The owner's association is no matter of the tenant's.
    fee = {"AssociationYN": None, "AssociationFee": None, "AssociationFeeFrequency": None}
    lease = {
        "LeaseTerm": rng.choice(("12 Months", "24 Months", "Month To Month")),
        "PetsAllowed": [rng.choice(("Yes", "No", "Cats OK"))],
    }
    return _house(rng, latest_year, subtype) | fee | lease


def _residential_income(rng: Random, latest_year: int) -> Facts:
    units = rng.choices((2, 3, 4), (60, 20, 20))[0]
    beds = units * rng.randint(1, 3)
    return {
        "PropertySubType": {2: "Duplex", 3: "Triplex", 4: "Quadruplex"}[units],
        "NumberOfUnitsTotal": units,
        "BedroomsTotal": beds,
        "BathroomsFull": units,
        "BathroomsHalf": 0,
        "BathroomsTotalInteger": units,
        "StoriesTotal": 2,
        "Levels": ["Two"],
        **_living_area(units * 300 + beds * rng.randint(300, 420)),
        **_year(rng, latest_year),
        **_parking(0),
        **_systems(rng),
        **_lot(rng.randrange(5_000, 14_000, 50)),
    }


def _land(rng: Random, _latest_year: int) -> Facts:
    subtype = rng.choice(("Unimproved Land", "Unimproved Land", "Agriculture"))
    features = _some(rng, ("Cleared", "Level", "Rolling Slope", "Many Trees", "Corner Lot"), 1, 3)
    return {
        "PropertySubType": subtype,
        "LotFeatures": features,
        "View": _some(rng, _LAND_VIEWS, 1, 1),
    } | _lot(
        rng.randrange(8_000, 40 * _ACRE, 500)
        if subtype == "Agriculture"
        else rng.randrange(8_000, 5 * _ACRE, 500)
    )


def _commercial(rng: Random, latest_year: int) -> Facts:
    return {
        "PropertySubType": rng.choice(("Office", "Retail", "Industrial", "Warehouse", "Mixed Use")),
        "StoriesTotal": rng.choice((1, 1, 2, 3)),
        **_living_area(rng.randrange(1_800, 14_000, 50)),
        **_year(rng, latest_year),
        "Heating": _some(rng, _HEATING, 1, 1),
        "Cooling": ["Central Air"],
        **_lot(rng.randrange(8_000, 60_000, 100)),
    }


def _farm(rng: Random, latest_year: int) -> Facts:
    house = _house(rng, latest_year, "Single Family Residence") | {
        "PropertySubType": rng.choice(("Farm", "Ranch"))
    }
    features = _some(rng, ("Agricultural", "Pasture", "Pond on Lot", "Rolling Slope"), 1, 3)
    house |= {"AssociationYN": False, "AssociationFee": None, "AssociationFeeFrequency": None}
    return (
        house
        | {"LotFeatures": features, "View": ["Hills"]}
        | _lot(rng.randrange(10 * _ACRE, 120 * _ACRE, 5_000))
    )


def _manufactured(rng: Random, _latest_year: int) -> Facts:
    beds = rng.choice((2, 2, 3))
    return {
        "PropertySubType": "Manufactured Home",
        "BedroomsTotal": beds,
        "StoriesTotal": 1,
        "Levels": ["One"],
        "YearBuilt": rng.randint(1982, 2019),
        "NewConstructionYN": False,
        **_living_area(beds * rng.randint(400, 520)),
        **_baths(rng, beds),
        **_parking(0),
        **_systems(rng),
    }


_BUILDERS: dict[str, Callable[[Random, int], Facts]] = {
    "Residential": _residential,
    "Residential Lease": _residential_lease,
    "Residential Income": _residential_income,
    "Land": _land,
    "Commercial Sale": _commercial,
    "Commercial Lease": _commercial,
    "Farm": _farm,
    "Manufactured In Park": _manufactured,
}


def building(rng: Random, property_type: str, latest_year: int) -> Facts:
    """The building and lot of a property of this PropertyType, built in `latest_year` at the latest."""
    return _BUILDERS[property_type](rng, latest_year)


def price(rng: Random, property_type: str, market: Market, facts: Facts) -> int:
    """The asking price in dollars; for the Lease types, the rent of a month."""
    area = facts.get("LivingArea") or 0
    age = max(0, 2025 - (facts.get("YearBuilt") or 2025))
    house = area * market.per_square_foot * (1 - min(age, 60) * 0.003) * rng.uniform(0.88, 1.15)
    match property_type:
        case "Residential Lease":
            return _rounded(450 + house * 0.0046, 25)
        case "Commercial Lease":
            return _rounded(house * 0.005, 50)
        case "Residential Income":
            return _rounded(house * 0.9, 5_000)
        case "Commercial Sale":
            return _rounded(house * 0.75, 5_000)
        case "Land":
            return _rounded(market.per_square_foot * 420 * facts["LotSizeAcres"] ** 0.55, 500)
        case "Farm":
            return _rounded(house + market.per_square_foot * 38 * facts["LotSizeAcres"], 5_000)
        case "Manufactured In Park":
            return _rounded(house * 0.3, 500)
        case _:
            # Sellers like a price just below a round one.
            return _rounded(house, 5_000) - rng.choice((0, 0, 100, 1_000))


def _rounded(amount: float, step: int) -> int:
    return max(step, round(amount / step) * step)


def tax(rng: Random, list_price: int) -> int:
    """The property tax of a year in dollars."""
    return int(list_price * rng.uniform(0.008, 0.018))
