"""How the sale of a sandbox home has gone so far: its status, dates and stamps, in an order that can be."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from sandbox.mls.places import Facts, buyer_agent

# How the fifty homes of a block are spread over the statuses; every block has all of them.
STATUSES = {
    "Active": 31,
    "Active Under Contract": 2,
    "Pending": 4,
    "Closed": 4,
    "Coming Soon": 2,
    "Expired": 2,
    "Withdrawn": 1,
    "Canceled": 1,
    "Hold": 1,
    "Incomplete": 2,
}

_LOCAL = {
    "Active Under Contract": "Active-Contingent",
    "Closed": "Sold",
    "Coming Soon": "Coming Soon-No Showings",
    "Canceled": "Cancelled",
    "Hold": "Temporarily Off Market",
    "Incomplete": "Draft",
    "Delete": "Deleted",
}


def local_status(standard_status: str, property_type: str | None = None) -> str:
    """This MLS's own word (MlsStatus) for a StandardStatus: its own, or the standard's where it has none."""
    if standard_status == "Closed" and property_type is not None and property_type.endswith("Lease"):
        return "Leased"
    return _LOCAL.get(standard_status, standard_status)


def stamp(moment: datetime) -> str:
    """A DateTimeOffset in UTC with milliseconds, such as 2026-03-01T09:30:00.123Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def history(rng: Random, status: str, property_type: str, anchor: datetime) -> Facts:
    """Status, dates and stamps of a home whose sale stands at `status` on the day of `anchor` (midnight UTC).

    Every date but an expiry lies before `anchor`, and none after the stamp of its modification.
    """
    today = anchor.date()
    listed, changed = _days(rng, status, today)
    on_market = status not in ("Coming Soon", "Incomplete")
    off_market = changed if status in ("Closed", "Expired", "Withdrawn", "Canceled", "Hold") else None
    contract = _contract_date(rng, status, listed, changed)
    days = ((contract or off_market or today) - listed).days if on_market else 0
    return {
        "StandardStatus": status,
        "MlsStatus": local_status(status, property_type),
        "ListingContractDate": listed.isoformat(),
        "OnMarketDate": listed.isoformat() if on_market else None,
        "OffMarketDate": off_market.isoformat() if off_market else None,
        "PurchaseContractDate": contract.isoformat() if contract else None,
        "CloseDate": changed.isoformat() if status == "Closed" else None,
        "ExpirationDate": (changed if status == "Expired" else listed + timedelta(days=180)).isoformat(),
        "DaysOnMarket": days,
        "CumulativeDaysOnMarket": days,
        "BuyerAgentFullName": buyer_agent(rng) if status == "Closed" else None,
        **_stamps(rng, listed, changed, anchor),
    }


def _days(rng: Random, status: str, today: date) -> tuple[date, date]:
    """The day a home was listed, and the day its status became what it is."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    match status:
        case "Active":
            listed = ago(rng.randint(2, 120))
            return listed, listed
        case "Coming Soon" | "Incomplete":
            listed = ago(rng.randint(2, 6))
            return listed, listed
        case "Active Under Contract" | "Pending":
            changed = rng.randint(2, 25)
            return ago(changed + rng.randint(4, 45)), ago(changed)
        case "Closed":
            changed = rng.randint(2, 170)
            return ago(changed + rng.randint(40, 110)), ago(changed)
        case "Expired":
            changed = rng.randint(2, 120)
            return ago(changed + 180), ago(changed)
        case _:
            changed = rng.randint(2, 60)
            return ago(changed + rng.randint(10, 60)), ago(changed)


def _contract_date(rng: Random, status: str, listed: date, changed: date) -> date | None:
    if status in ("Active Under Contract", "Pending"):
        return changed
    if status == "Closed":
        return max(listed + timedelta(days=2), changed - timedelta(days=rng.randint(24, 38)))
    return None


def _stamps(rng: Random, listed: date, changed: date, anchor: datetime) -> Facts:
    entered = _working_hour(rng, listed)
    status_changed = entered if changed == listed else _working_hour(rng, changed)
    photos = entered + timedelta(milliseconds=rng.randrange(600_000, 7_200_000))
    latest = max(status_changed, photos)
    if rng.random() < 0.06:
        # A nightly job of the MLS gives many rows the same millisecond.
        modified = anchor - timedelta(hours=rng.choice((9, 10)))
    else:
        spare = (anchor - latest) / timedelta(milliseconds=1)
        modified = latest + timedelta(milliseconds=int(spare * rng.random() ** 2))
    return {
        "OriginalEntryTimestamp": stamp(entered),
        "StatusChangeTimestamp": stamp(status_changed),
        "PriceChangeTimestamp": None,
        "PhotosChangeTimestamp": stamp(photos),
        "ModificationTimestamp": stamp(max(modified, latest)),
    }


def _working_hour(rng: Random, day: date) -> datetime:
    """A moment of the day when offices of the United States are open, 14:00 to 22:00 UTC."""
    start = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
    return start + timedelta(milliseconds=rng.randrange(8 * 3_600_000))


def money(rng: Random, status: str, list_price: int, facts: Facts) -> Facts:
    """List, original and closing price; one Active home in four was reduced since."""
    reduced = status == "Active" and rng.random() < 0.25
    original = round(list_price * rng.uniform(1.02, 1.08) / 100) * 100 if reduced else list_price
    prices: Facts = {
        "ListPrice": list_price,
        "OriginalListPrice": original,
        "PreviousListPrice": original if reduced else None,
        "ClosePrice": None,
    }
    if reduced:
        prices["PriceChangeTimestamp"] = facts["ModificationTimestamp"]
    if status == "Closed":
        lease = facts["MlsStatus"] == "Leased"
        prices["ClosePrice"] = (
            list_price if lease else round(list_price * rng.uniform(0.95, 1.03) / 500) * 500
        )
    return prices
