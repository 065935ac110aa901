"""Every query on its happy path, and with bad input."""

import base64
from decimal import Decimal
from typing import Any

import pytest

from domain.ports import Ports
from tests.graph import seeds
from tests.graph.client import Client
from tests.graph.seeds import seed_all

PAGE = "{ edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"


def test_the_viewer_is_who_the_token_says(alice: Client) -> None:
    assert alice.ask("{ viewer { userId roles } }") == {"viewer": {"userId": alice.user, "roles": []}}


def test_a_listing_with_all_that_belongs_to_it(alice: Client) -> None:
    things = seed_all(alice.server, alice.user)
    id = alice.ask("{ listings { nodes { id } } }")["listings"]["nodes"][0]["id"]
    listing = alice.ask(
        """query($id: ID!) { listing(id: $id) {
          id mlsProvider mlsNumber status publishable price { amount currency } pricePerSquareFoot { amount }
          address { street city zipCode } squareFeet bedrooms features mediaLinks listDate modifiedInMlsAt
          photos { id order preferred state failure width height blurhash originalUrl
                   url medium: url(variant: MEDIUM) thumbnail: url(variant: THUMBNAIL)
                   original: url(variant: ORIGINAL) }
          connection { id provider } predecessor { id }
          posts { nodes { id text hashtags account { name } listing { id } photos { order } } }
          metrics { period from to totalInquiries days { date inquiries } platforms { platform inquiries } }
          timeline { nodes { id kind source at listing { id } run { id } } }
        } }""",
        id=id,
    )["listing"]
    assert listing["id"] == id
    assert listing["price"] == {"amount": "525000.00", "currency": "USD"}
    assert listing["pricePerSquareFoot"] == {"amount": "350.00"}
    assert listing["address"] == {"street": "1 Elm Street", "city": "Salem", "zipCode": "97301"}
    assert (listing["listDate"], listing["modifiedInMlsAt"]) == ("2026-03-04", "2026-03-04T12:00:00Z")
    stored, failed = listing["photos"]
    assert stored["url"].split("?")[0].endswith("/large/photo0-0a0b0c0d0e0f.webp")
    assert stored["medium"].split("?")[0].endswith("/medium/photo0-0a0b0c0d0e0f.webp")
    assert stored["thumbnail"].split("?")[0].endswith("/thumbnail/photo0-0a0b0c0d0e0f.webp")
    assert stored["original"].split("?")[0].endswith("/original/photo0-0a0b0c0d0e0f.png")
    assert (stored["width"], stored["height"], stored["blurhash"][:6]) == (800, 600, "L~Lqe9")
    assert (failed["url"], failed["failure"]) == (None, "No photo.")
    assert failed["originalUrl"] == "https://mls.example/2.jpg"
    assert stored["originalUrl"] is None, "the MLS opens it to us alone"
    assert listing["mediaLinks"] == ["https://tour.example/1", "https://video.example/1"]
    assert listing["connection"]["provider"] == "north"
    assert listing["predecessor"] is None
    [post] = listing["posts"]["nodes"]
    assert post["account"] == {"name": "Elm Realty"}
    assert (post["listing"], post["photos"]) == ({"id": id}, [{"order": 1}])
    assert listing["metrics"]["period"] == "WEEKLY"
    assert len(listing["metrics"]["days"]) == 7
    assert listing["metrics"]["totalInquiries"] == 1
    [change] = listing["timeline"]["nodes"]
    assert (change["kind"], change["listing"]) == ("CREATED", {"id": id})
    assert things.listing.facts.mls_number == listing["mlsNumber"]


def test_pages_follow_each_other_without_gaps(alice: Client) -> None:
    async def seed(ports: Ports) -> None:
        for number in range(5):
            await seeds.listing(ports, alice.user, number=f"N{number}", price=Decimal(100 + number))

    alice.server.do(seed)
    document = (
        "query($after: String) { listings(first: 2, after: $after,"
        f" orderBy: {{field: PRICE, direction: ASC}}) {PAGE} }}"
    )
    seen: list[str] = []
    after: str | None = None
    for last in (False, False, True):
        page = alice.ask(document, after=after)["listings"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["hasNextPage"] is not last
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == 5


def test_listings_are_filtered(alice: Client) -> None:
    async def seed(ports: Ports) -> None:
        await seeds.listing(ports, alice.user, number="A", price=Decimal(100), bedrooms=2)
        await seeds.listing(ports, alice.user, number="B", price=Decimal(200), bedrooms=4)

    alice.server.do(seed)
    document = "query($f: ListingFilter) { listings(filter: $f) { nodes { mlsNumber } } }"

    def found(**filter: Any) -> list[str]:
        nodes = alice.ask(document, f=filter)["listings"]["nodes"]
        return sorted(node["mlsNumber"] for node in nodes)

    assert found() == ["A", "B"]
    assert found(minPrice="150") == ["B"]
    assert found(maxPrice=150) == ["A"]
    assert found(minBedrooms=3) == ["B"]
    assert found(statuses=["SOLD"]) == []
    assert found(text="elm") == ["A", "B"]
    assert found(publishable=True, cities=["Salem"]) == ["A", "B"]
    assert found(connectionId="nonsense") == []


def test_listings_by_number(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    document = (
        "query($n: String!, $s: ListingStatus)"
        ' { listingsByMlsNumber(provider: "north", mlsNumber: $n, status: $s) { mlsNumber } }'
    )
    assert alice.ask(document, n="N1")["listingsByMlsNumber"] == [{"mlsNumber": "N1"}]
    assert alice.ask(document, n="N1", s="ACTIVE")["listingsByMlsNumber"] == [{"mlsNumber": "N1"}]
    assert alice.ask(document, n="N1", s="SOLD")["listingsByMlsNumber"] == []
    assert alice.ask(document, n="N2")["listingsByMlsNumber"] == []


def test_posts_and_their_filters(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    [listing] = alice.ask("{ listings { nodes { id } } }")["listings"]["nodes"]
    document = "query($f: PostFilter) { posts(filter: $f) { nodes { state platform } } }"
    up = [{"state": "PUBLISHED", "platform": "facebook"}]
    assert alice.ask(document)["posts"]["nodes"] == up
    wanted = {"states": ["PUBLISHED"], "platforms": ["facebook"], "listingId": listing["id"]}
    assert alice.ask(document, f=wanted)["posts"]["nodes"] == up
    assert alice.ask(document, f={"states": ["FAILED"]})["posts"]["nodes"] == []
    by_listing = "query($id: ID!) { postsByListing(listingId: $id) { nodes { state platform } } }"
    assert alice.ask(by_listing, id=listing["id"])["postsByListing"]["nodes"] == up


def test_metrics_over_a_period_and_over_a_range(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    [listing] = alice.ask("{ listings { nodes { id } } }")["listings"]["nodes"]
    document = (
        "query($id: ID!, $p: MetricsPeriod, $r: DateRange) { aggregatedMetrics(listingId: $id, period: $p,"
        " range: $r) { period from to totalViews totalInquiries conversionRate days { date } listing { id } } }"
    )
    today = alice.ask(document, id=listing["id"], p="DAILY")["aggregatedMetrics"]
    assert (today["totalInquiries"], today["conversionRate"], today["listing"]) == (1, None, listing)
    span = {"from": "2026-01-01", "to": "2026-01-10"}
    ranged = alice.ask(document, id=listing["id"], r=span)["aggregatedMetrics"]
    assert (ranged["period"], ranged["totalInquiries"], len(ranged["days"])) == (None, 0, 10)
    assert alice.refused(document, id=listing["id"]) == "BAD_USER_INPUT"
    assert alice.refused(document, id=listing["id"], p="DAILY", r=span) == "BAD_USER_INPUT"
    backwards = {"from": "2026-01-10", "to": "2026-01-01"}
    assert alice.refused(document, id=listing["id"], r=backwards) == "BAD_USER_INPUT"
    assert alice.refused(document, id="nonsense", p="DAILY") == "BAD_USER_INPUT"


def test_inquiries(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    document = (
        "query($id: ID, $s: InquiryStatus) { inquiries(listingId: $id, status: $s)"
        " { nodes { name message status at listing { id } } } }"
    )
    [inquiry] = alice.ask(document)["inquiries"]["nodes"]
    assert (inquiry["name"], inquiry["status"]) == ("Ann", "NEW")
    assert alice.ask(document, id=inquiry["listing"]["id"], s="NEW")["inquiries"]["nodes"] == [inquiry]
    assert alice.ask(document, s="CLOSED")["inquiries"]["nodes"] == []


def test_mls_accounts_runs_and_errors(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    [account] = alice.ask(
        """{ mlsConnections { id provider protocol vendor url enabled syncIntervalMinutes settings createdAt
             lastRun { id state } listings { nodes { mlsNumber } } runs { nodes { id } } } }"""
    )["mlsConnections"]
    assert account["settings"] == {"dataset": "north"}
    assert account["listings"]["nodes"] == [{"mlsNumber": "N1"}]
    run = account["lastRun"]
    assert account["runs"]["nodes"] == [{"id": run["id"]}]
    shown = alice.ask(
        """query($id: ID!) { syncRun(id: $id) { kind mode state processed sequence failure { code }
             connection { id } errors { nodes { id code attempts mlsNumber run { id } } } } }""",
        id=run["id"],
    )["syncRun"]
    assert (shown["kind"], shown["mode"], shown["state"]) == ("IMPORT", "FULL", "QUEUED")
    assert shown["connection"] == {"id": account["id"]}
    [error] = shown["errors"]["nodes"]
    assert (error["code"], error["attempts"], error["run"]) == ("UNREADABLE", 3, {"id": run["id"]})
    runs = "query($c: ID, $s: SyncRunState) { syncRuns(connectionId: $c, state: $s) { nodes { id } } }"
    assert alice.ask(runs)["syncRuns"]["nodes"] == [{"id": run["id"]}]
    assert alice.ask(runs, c=account["id"], s="QUEUED")["syncRuns"]["nodes"] == [{"id": run["id"]}]
    assert alice.ask(runs, s="FAILED")["syncRuns"]["nodes"] == []
    errors = "query($c: ID, $r: ID) { syncErrors(connectionId: $c, runId: $r) { nodes { id } } }"
    for variables in ({}, {"c": account["id"]}, {"r": run["id"]}):
        assert alice.ask(errors, **variables)["syncErrors"]["nodes"] == [{"id": error["id"]}]


def test_protocols_platforms_and_accounts(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    data = alice.ask(
        """{ mlsProtocols { name title vendors { name title settings { name kind required secret } } }
             platforms { slug title limits canUnpublish }
             socialAccounts { platform name state missingScopes linkedAt } }"""
    )
    assert "reso-web-api" in [protocol["name"] for protocol in data["mlsProtocols"]]
    platforms = {platform["slug"]: platform for platform in data["platforms"]}
    assert set(platforms) == {"facebook", "instagram"}, "one app of Meta's is both"
    for platform in platforms.values():
        assert platform["canUnpublish"]
        assert set(platform["limits"]) == {"textCharacters", "photosMin", "photosMax", "hashtagsMax"}
    assert platforms["instagram"]["limits"]["photosMin"] == 1
    [account] = data["socialAccounts"]
    assert (account["name"], account["state"]) == ("Elm Realty", "ACTIVE")


LISTS = ["listings", "posts", "inquiries", "syncRuns", "syncErrors"]


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("first", [0, -1, 101])
def test_a_page_has_1_to_100_items(alice: Client, field: str, first: int) -> None:
    document = f"query($first: Int) {{ {field}(first: $first) {{ nodes {{ id }} }} }}"
    assert alice.refused(document, first=first) == "BAD_USER_INPUT"


def _forged(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("cursor", ["nonsense", "ü", _forged(b"\xff\xfe"), "=" * 40])
def test_a_forged_cursor_is_refused_and_says_nothing_internal(alice: Client, field: str, cursor: str) -> None:
    document = f"query($after: String) {{ {field}(after: $after) {{ nodes {{ id }} }} }}"
    answer = alice.answer(document, after=cursor)
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "cursor" in answer["errors"][0]["message"].lower()
    assert answer["data"] is None


def test_a_wrong_enum_is_refused(alice: Client) -> None:
    assert alice.refused("{ listings(filter: {statuses: [GONE]}) { nodes { id } } }") == "BAD_USER_INPUT"
    document = "query($s: SyncRunState) { syncRuns(state: $s) { nodes { id } } }"
    assert alice.refused(document, s="NEVER") == "BAD_USER_INPUT"


def test_the_post_of_a_deleted_listing_still_shows(alice: Client) -> None:
    things = seed_all(alice.server, alice.user)

    async def delete(ports: Ports) -> None:
        now = await ports.listings.get(alice.user, things.listing.id)
        assert now is not None
        await ports.listings.delete(now, changes=[], ask=[])

    [post] = alice.ask("{ posts { nodes { listing { id } } } }")["posts"]["nodes"]
    alice.server.do(delete)
    [later] = alice.ask(
        "{ posts { nodes { listing { id status publishable mlsProvider } photos { id } } } }"
    )["posts"]["nodes"]
    assert later["listing"] == {
        **post["listing"],
        "status": "EXPIRED",
        "publishable": False,
        "mlsProvider": "north",
    }
    assert later["photos"] == []
