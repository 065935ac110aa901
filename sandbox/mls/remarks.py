"""The remarks of sandbox homes, put together from the facts of the row so that they never contradict it."""

from random import Random

from sandbox.mls.places import Facts

_LIGHT = (
    "Morning light fills the main rooms.",
    "Large windows look onto the street.",
    "The rooms are quiet and bright.",
)
_CLOSING = (
    "Ask for a showing.",
    "Showings by appointment.",
    "Look through the photos, then come and visit.",
)


def remarks(rng: Random, facts: Facts) -> str:
    """PublicRemarks of a row that has everything else."""
    property_type = facts["PropertyType"]
    if property_type == "Land":
        sentences = _land(facts)
    elif property_type.startswith("Commercial"):
        sentences = _commercial(facts)
    else:
        sentences = [_opening(facts), *_inside(facts), *_outside(facts), rng.choice(_LIGHT)]
    return " ".join([*sentences, *_terms(facts), rng.choice(_CLOSING)])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _joined(words: list[str]) -> str:
    lowered = [word.lower() for word in words]
    return lowered[0] if len(lowered) == 1 else f"{', '.join(lowered[:-1])} and {lowered[-1]}"


def _opening(facts: Facts) -> str:
    kind = facts["PropertySubType"].lower()
    style = f"{facts['ArchitecturalStyle'][0].lower()} " if facts.get("ArchitecturalStyle") else ""
    where = f"in {facts['SubdivisionName']}" if facts["SubdivisionName"] else f"near {facts['City']}"
    units = f" of {_counted(facts['NumberOfUnitsTotal'], 'unit')}" if facts.get("NumberOfUnitsTotal") else ""
    size = (
        f"{_counted(facts['BedroomsTotal'], 'bedroom')}, {_counted(facts['BathroomsTotalInteger'], 'bath')}"
    )
    return f"{facts['YearBuilt']} {style}{kind}{units} {where}: {size}, {facts['LivingArea']:,} square feet."


def _inside(facts: Facts) -> list[str]:
    sentences = []
    if facts.get("Appliances"):
        sentences.append(f"The kitchen comes with {_joined(facts['Appliances'])}.")
    if facts.get("Flooring"):
        sentences.append(f"Floors of {_joined(facts['Flooring'])}.")
    if facts.get("FireplacesTotal"):
        sentences.append(f"{_counted(facts['FireplacesTotal'], 'fireplace').capitalize()}.")
    return sentences


def _outside(facts: Facts) -> list[str]:
    sentences = []
    if facts.get("GarageSpaces"):
        sentences.append(f"{facts['ParkingFeatures'][0].capitalize()}.")
    if facts.get("PoolPrivateYN"):
        sentences.append("The pool was resurfaced recently.")
    if facts.get("LotSizeAcres"):
        sentences.append(f"The lot is {facts['LotSizeAcres']:g} acres.")
    if facts.get("View"):
        sentences.append(f"View of {_joined(facts['View'])}.")
    return sentences


def _land(facts: Facts) -> list[str]:
    where = f"on {facts['StreetName']} {facts['StreetSuffix']} near {facts['City']}"
    return [
        f"{facts['LotSizeAcres']:g} acres {where}, {facts['CountyOrParish']} County.",
        f"The lot: {_joined(facts['LotFeatures'])}.",
        f"View of {_joined(facts['View'])}.",
    ]


def _commercial(facts: Facts) -> list[str]:
    kind = facts["PropertySubType"].lower()
    return [
        f"{facts['LivingArea']:,} square feet of {kind} space built in {facts['YearBuilt']} in {facts['City']}.",
        f"{_counted(facts['StoriesTotal'], 'floor').capitalize()} on {facts['LotSizeAcres']:g} acres.",
    ]


def _terms(facts: Facts) -> list[str]:
    sentences = []
    if facts["PropertyType"].endswith("Lease"):
        sentences.append(f"${facts['ListPrice']:,} a month.")
    if facts.get("AssociationFee"):
        sentences.append(f"Association dues of ${facts['AssociationFee']} a month.")
    return sentences
