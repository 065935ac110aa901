"""What came of listings, asked of the graph: rates, trends, hours, comparisons and rankings."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.entities.listing import Listing
from domain.entities.metrics import EventKind
from domain.ports import Ports
from domain.use_cases.counting import EventInput, record_event
from schema.ids import to_id
from tests.graph import seeds
from tests.graph.client import Client

NOW = datetime.now(UTC)
SHARED = "listing { id } metrics { from to period totalViews totalShares totalInquiries totalClicks days { views } }"


async def _events(ports: Ports, home: Listing, kind: EventKind, number: int, **more: Any) -> None:
    for _ in range(number):
        event = EventInput(kind=kind, listing_id=home.id, **more)
        await record_event(ports, user_id=home.user_id, event=event)


@pytest.fixture
def homes(alice: Client) -> list[str]:
    """Three homes with 4, 1 and no views today and two days ago, and what led to inquiries about the first."""

    async def seed(ports: Ports) -> list[Listing]:
        some = [await seeds.listing(ports, alice.user, number=f"N{number}") for number in range(3)]
        two_days_ago = NOW - timedelta(days=2)
        await _events(ports, some[0], EventKind.VIEW, 4, platform="facebook", source="flyer")
        await _events(ports, some[0], EventKind.VIEW, 2, occurred_at=two_days_ago)
        await _events(ports, some[0], EventKind.INQUIRY, 2, source="mail", campaign="autumn")
        await _events(ports, some[0], EventKind.INQUIRY, 1, referrer="https://example.com/a?b=1")
        await _events(ports, some[1], EventKind.VIEW, 1)
        await _events(ports, some[1], EventKind.SHARE, 3)
        await _events(ports, some[1], EventKind.CLICK, 1)
        return some

    return [to_id("Listing", home.user_id, home.id) for home in alice.server.do(seed)]


def test_what_is_read_off_the_counts_of_a_listing(alice: Client, homes: list[str]) -> None:
    found = alice.ask(
        """query($id: ID!, $r: DateRange!) { aggregatedMetrics(listingId: $id, range: $r) {
          totalViews conversionRate engagementRate trend trends { views { direction change } clicks { direction change } }
          previous { from to period totalViews trend days { views } previous { totalViews } }
          heatMap { weekday hour events } peakHour peakWeekday listing { id }
          inquiryOrigins { platform source campaign referrer inquiries post { id } } } }""",
        id=homes[0],
        r={"from": str((NOW - timedelta(days=1)).date()), "to": str(NOW.date())},
    )["aggregatedMetrics"]
    assert (found["totalViews"], found["conversionRate"], found["engagementRate"]) == (4, 0.75, 0.75)
    assert found["trend"] == 100.0
    assert found["trends"]["views"] == {"direction": "UP", "change": 100.0}
    assert found["trends"]["clicks"] == {"direction": "FLAT", "change": None}
    before = found["previous"]
    assert (before["from"], before["to"]) == tuple(str((NOW - timedelta(days=ago)).date()) for ago in (3, 2))
    assert (before["period"], before["totalViews"], before["trend"]) == (None, 2, None)
    assert [day["views"] for day in before["days"]] == [0, 2]
    assert before["previous"] == {"totalViews": 0}
    cells = {(cell["weekday"], cell["hour"]): cell["events"] for cell in found["heatMap"]}
    assert len(found["heatMap"]) == len(cells) == 168
    assert sum(cells.values()) == 7
    assert cells[found["peakWeekday"], found["peakHour"]] == max(cells.values())
    nothing = {"platform": None, "source": None, "campaign": None, "referrer": None, "post": None}
    assert found["inquiryOrigins"] == [
        nothing | {"source": "mail", "campaign": "autumn", "inquiries": 2},
        nothing | {"referrer": "https://example.com/a", "inquiries": 1},
    ]


def test_all_listings_in_order_and_in_pages(alice: Client, homes: list[str]) -> None:
    document = (
        "query($o: MetricsOrder, $f: Int, $a: String) { allListingsMetrics(period: MONTHLY, orderBy: $o,"
        f" first: $f, after: $a) {{ nodes {{ {SHARED} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )

    def ranked(field: str, direction: str = "DESC") -> list[int]:
        order = {"field": field, "direction": direction}
        nodes = alice.ask(document, o=order)["allListingsMetrics"]["nodes"]
        return [homes.index(node["listing"]["id"]) for node in nodes]

    whole = alice.ask(document)["allListingsMetrics"]
    assert [node["metrics"]["totalViews"] for node in whole["nodes"]] == [6, 1, 0]
    assert [sum(day["views"] for day in node["metrics"]["days"]) for node in whole["nodes"]] == [6, 1, 0]
    assert {len(node["metrics"]["days"]) for node in whole["nodes"]} == {30}
    assert ranked("VIEWS") == ranked("INQUIRIES") == ranked("CONVERSION") == [0, 1, 2]
    assert ranked("SHARES") == ranked("CLICKS") == ranked("ENGAGEMENT") == [1, 0, 2]
    assert ranked("VIEWS", "ASC") == [2, 1, 0]
    pages: list[Any] = []
    after: str | None = None
    while after is not None or not pages:
        page = alice.ask(document, f=1, a=after)["allListingsMetrics"]
        pages += page["nodes"]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert pages == whole["nodes"]
    assert alice.refused(document, f=101) == "BAD_USER_INPUT"
    assert alice.refused(document, a="forged") == "BAD_USER_INPUT"
    alice.done("deleteListing", "deletedId", listingId=homes[0])
    assert ranked("VIEWS") == [1, 2]


def test_a_few_listings_are_compared(alice: Client, bob: Client, homes: list[str]) -> None:
    document = f"query($ids: [ID!]!) {{ compareListings(listingIds: $ids, period: WEEKLY) {{ {SHARED} }} }}"
    wanted = [homes[1], homes[0], homes[1]]
    found = alice.ask(document, ids=wanted)["compareListings"]
    assert [one["listing"]["id"] for one in found] == wanted[:2]
    assert [one["metrics"]["totalViews"] for one in found] == [1, 6]
    assert {(one["metrics"]["period"], len(one["metrics"]["days"])) for one in found} == {("WEEKLY", 7)}
    absent = to_id("Listing", alice.user, "none")
    for ids in ([], [homes[0], absent], [homes[0], "nonsense"]):
        assert alice.refused(document, ids=ids) == "BAD_USER_INPUT"
    many = [to_id("Listing", alice.user, f"l{number}") for number in range(11)]
    assert alice.refused(document, ids=many) == "LIMIT_EXCEEDED"
    assert bob.refused(document, ids=homes) == "BAD_USER_INPUT"


def test_a_page_of_any_length_costs_the_same_calls(alice: Client, homes: list[str]) -> None:
    document = """query($f: Int) { allListingsMetrics(period: MONTHLY, first: $f) { nodes { metrics {
        trend trends { views { change } } previous { totalViews } days { views } sources { source } heatMap { events }
        inquiryOrigins { inquiries } } } } }"""

    def calls(first: int) -> Counter[str]:
        alice.server.calls.clear()
        assert len(alice.ask(document, f=first)["allListingsMetrics"]["nodes"]) == first
        return Counter(call for call in alice.server.calls if not call.startswith("table."))

    assert calls(1) == calls(2)
    assert calls(2)["metrics.totals"] == calls(2)["metrics.days_of_listings"] == 1
