"""Metrics as files and pictures, as the graph says where they are, over HTTP."""

import asyncio
import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import cast

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader
from starlette.applications import Starlette
from starlette.types import Message

from adapters.identity import Identity
from app.exports import export_routes
from domain.entities.listing import Address, Listing
from domain.entities.metrics import EventKind
from domain.ports import Ports
from domain.use_cases.counting import EventInput, record_event
from schema.ids import to_id
from tests.graph import seeds
from tests.graph.client import Client

FIELDS = (
    "query($id: ID!, $period: MetricsPeriod) { aggregatedMetrics(listingId: $id, period: $period) { reports {"
    " csvUrl pdfUrl svg: chartUrl png: chartUrl(format: PNG, theme: DARK) } } }"
)
EVENTS = (EventKind.VIEW, EventKind.VIEW, EventKind.SHARE)


@dataclass(frozen=True)
class Home:
    """A listing with two views and a share today, on Facebook."""

    id: str
    listing: Listing
    today: str
    urls: dict[str, str]


@pytest.fixture
def home(alice: Client) -> Home:
    return home_of(alice)


def home_of(client: Client, street: str = "1 Elm Street") -> Home:
    async def seed(ports: Ports) -> Listing:
        made = await seeds.listing(ports, client.user, address=Address(street=street, city="Salem"))
        for kind in EVENTS:
            event = EventInput(kind=kind, listing_id=made.id, platform="facebook")
            await record_event(ports, user_id=client.user, event=event)
        return made

    listing = client.server.do(seed)
    id = to_id("Listing", client.user, listing.id)
    urls = client.ask(FIELDS, id=id, period="WEEKLY")["aggregatedMetrics"]["reports"]
    return Home(id, listing, datetime.now(UTC).date().isoformat(), urls)


class Reader:
    """Asks for a file, and reads no further than its status."""

    def __init__(self, client: Client) -> None:
        self.answered = asyncio.Event()
        self.status = 0
        self._token = client.token

    async def ask(self, app: Starlette) -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/exports/metrics.csv",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {self._token}".encode())],
        }
        await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        return await asyncio.Future()

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.answered.set()
        elif self.status == 200:
            await asyncio.Future()


def anybody(url: str, **headers: str) -> httpx.Response:
    """Without a login."""
    with httpx.Client(trust_env=False) as client:
        return client.get(url, headers=headers)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_a_csv_of_a_listing(alice: Client, home: Home) -> None:
    answer = alice.http.get(home.urls["csvUrl"])
    rows = rows_of(answer)
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    days = "-".join((rows[0]["date"], rows[-1]["date"]))
    assert answer.headers["content-disposition"] == f'attachment; filename="yardsign-metrics-{days}.csv"'
    assert "no-store" in answer.headers["cache-control"]
    assert "content-length" not in answer.headers
    assert len({row["date"] for row in rows}) == 7
    assert {row["listing"] for row in rows} == {home.id}
    assert sum(int(row["views"]) for row in rows) == 2
    [counted] = [row for row in rows if row["platform"]]
    assert (counted["date"], counted["platform"], counted["shares"]) == (home.today, "facebook", "1")


def test_files_of_all_listings(alice: Client, home: Home) -> None:
    homes = [home, *(home_of(alice, f"=1+{place}") for place in range(26))]
    rows = rows_of(alice.http.get("/exports/metrics.csv?period=daily"))
    assert len(rows) == 2 * len(homes)  # with and without the platform
    assert {row["listing"] for row in rows} == {each.id for each in homes}
    assert {row["address"][:2] for row in rows} == {"1 ", "'="}
    answer = alice.http.get("/exports/metrics.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('.pdf"')
    assert len(PdfReader(BytesIO(answer.content), strict=True).pages) == len(homes)


def test_a_user_without_listings_gets_empty_files(bob: Client) -> None:
    assert rows_of(bob.http.get("/exports/metrics.csv")) == []
    assert bob.http.get("/exports/metrics.csv").text.startswith("\ufeffdate,listing,")
    assert len(PdfReader(BytesIO(bob.http.get("/exports/metrics.pdf").content)).pages) == 1


def test_a_head_has_the_headers_alone(alice: Client, home: Home) -> None:
    answer = alice.http.head(home.urls["pdfUrl"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-10-02&to=2026-10-01", "ends before"),
        ("from=2024-01-01&to=2026-01-02", "two years"),
        ("from=2026-10-01", "both"),
        ("to=2026-10-01", "both"),
        ("from=20261001&to=2026-10-02", "“from” is a day"),
        ("from=2026-10-01&to=2026-02-30", "“to” is a day"),
        ("from=2026-10-01&to=2026-10-02&period=DAILY", "either"),
        ("period=YEARLY", "no such period"),
        ("form=2026-10-01", "no parameter “form”"),
        ("period=DAILY&period=WEEKLY", "once"),
    ],
)
def test_days_that_cannot_be(alice: Client, home: Home, query: str, said: str) -> None:
    for path in ("/exports/metrics.csv", "/exports/metrics.pdf", f"/charts/listing/{home.id}.svg"):
        answer = alice.http.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert said in answer.json()["error"]


def test_the_longest_range_and_days_to_come(alice: Client, home: Home) -> None:
    first = date.fromisoformat(home.today) - timedelta(days=400)
    query = f"listingId={home.id}&from={first}&to={first + timedelta(days=730)}"
    rows = rows_of(alice.http.get(f"/exports/metrics.csv?{query}"))
    assert len({row["date"] for row in rows}) == 731


def test_only_who_is_logged_in_gets_files(alice: Client, home: Home) -> None:
    for url in (home.urls["csvUrl"], home.urls["pdfUrl"]):
        for headers in ({}, {"Authorization": "Bearer nonsense"}):
            answer = anybody(url, **headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert alice.http.post(home.urls["csvUrl"]).status_code == 405


def test_a_foreign_listing_answers_like_an_absent_one(alice: Client, bob: Client, home: Home) -> None:
    for path in (
        "/exports/metrics.csv?listingId={}",
        "/exports/metrics.pdf?listingId={}",
        "/charts/listing/{}.svg",
    ):
        answers = set()
        for id in (
            home.id,
            to_id("Listing", bob.user, home.listing.id),
            to_id("Listing", bob.user, "north-0"),
            to_id("Post", bob.user, home.listing.id),
            "nonsense",
        ):
            answer = bob.http.get(path.format(id))
            answers.add((answer.status_code, answer.text))
        assert len(answers) == 1
        assert next(iter(answers))[0] == 404


def test_an_administrator_is_told_of_no_export_of_anothers(
    client_of: Callable[..., Client], alice: Client, home: Home
) -> None:
    admin = Client(alice.server, "root", "admin")
    document = (
        "query($id: ID!) { node(id: $id) { ... on Listing { metrics { reports { csvUrl chartUrl } } } } }"
    )
    reports = admin.ask(document, id=home.id)["node"]["metrics"]["reports"]
    assert reports["csvUrl"] is None
    assert anybody(reports["chartUrl"]).status_code == 200
    admin.close()


def test_a_user_has_two_exports_at_a_time(alice: Client, bob: Client, home: Home) -> None:
    """The third is refused while two are being read; their room comes back when they are let go."""
    issuer = alice.server.issuer
    identity = Identity(
        issuer=issuer.issuer,
        audiences=[issuer.audience],
        jwks=issuer.jwks,
        now=lambda: datetime.now(UTC),
    )

    async def work(ports: Ports) -> None:
        app = Starlette(routes=export_routes(ports, identity))
        readers = [Reader(alice), Reader(alice), Reader(alice), Reader(bob)]
        tasks = [asyncio.create_task(reader.ask(app)) for reader in readers]
        for reader in readers:
            await reader.answered.wait()
        assert sorted(reader.status for reader in readers[:3]) == [200, 200, 429]
        assert readers[3].status == 200
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        later = Reader(alice)
        reading = asyncio.create_task(later.ask(app))
        await later.answered.wait()
        reading.cancel()
        assert later.status == 200

    alice.server.do(work)


def test_a_chart_by_its_signed_url(home: Home) -> None:
    answer = anybody(home.urls["svg"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "1 Elm Street, Salem" in answer.text
    assert "2 views, Facebook" in answer.text
    again = anybody(home.urls["svg"], **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    picture = anybody(home.urls["png"])
    assert picture.headers["content-type"] == "image/png"
    image = Image.open(BytesIO(picture.content))
    assert image.size == (1_200, 600)
    assert cast(tuple[int, int, int], image.convert("RGB").getpixel((0, 0)))[0] < 50


def test_a_chart_by_login(alice: Client, home: Home) -> None:
    path = f"/charts/listing/{home.id}"
    for query in ("", "?period=WEEKLY", "?theme=DARK", f"?from={home.today}&to={home.today}&theme=light"):
        assert alice.http.get(f"{path}.svg{query}").status_code == 200
    assert alice.http.get(f"{path}.png").content.startswith(b"\x89PNG")
    assert alice.http.get(f"{path}.svg?theme=pink").status_code == 400
    assert alice.http.get(f"{path}.gif").status_code == 404
    assert anybody(f"{alice.server.url}{path}.svg").status_code == 401


def test_a_signed_url_opens_nothing_else(alice: Client, bob: Client, home: Home) -> None:
    other, url = home_of(alice), home.urls["svg"]
    for forged in (
        url.replace(home.id, other.id),
        url.replace(home.id, to_id("Listing", bob.user, home.listing.id)),
        url.replace("from=2", "from=1"),
        url.replace("theme=light", "theme=dark"),
        url.replace(".svg", ".png"),
        url.replace("expires=1", "expires=2"),
        url[:-1],
        url.partition("&signature")[0],
        f"{url}&period=DAILY",
    ):
        assert anybody(forged).status_code in (400, 403), forged
        assert alice.http.get(forged).status_code in (400, 403)


def test_a_signed_url_of_a_deleted_listing_shows_nothing(alice: Client, home: Home) -> None:
    alice.done("deleteListing", "deletedId", listingId=home.id)
    assert anybody(home.urls["svg"]).status_code == 404
