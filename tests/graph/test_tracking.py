"""Counting from outside: pixels, beacons and short links, as strangers' browsers load them."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import count
from typing import Any, cast

import httpx
import pytest
from PIL import Image

from adapters.tracking import TrackingSettings
from app.web import WebSettings
from domain.entities.listing import Listing
from domain.entities.metrics import Counts
from domain.entities.tracking import Tracked, Visit
from domain.errors import Unavailable
from domain.ports import Ports
from domain.rules.aggregates import MetricsPeriod
from domain.rules.tracking_tokens import token_of
from domain.use_cases.counting import aggregated_metrics
from domain.use_cases.tracking import follow_link
from tests.graph.client import Client
from tests.graph.seeds import account, listing
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

KEY, OLD = b"t" * 32, b"o" * 32
PAGES = TrackingSettings(
    keys=(KEY, OLD), page_url="https://agent.example/homes/{mlsNumber}", links_in_posts=True
)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
PAGE = {"Origin": "https://agent.example"}
LINKS = (
    "query($id: ID!) { listing(id: $id) {"
    ' tracking(platform: "facebook", source: "newsletter", campaign: "spring") { pixelUrl beaconUrl shortUrl } } }'
)
_addresses = count(1)


class Busy:
    """Metrics that cannot be written at the moment."""

    async def record(self, *events: object, ask: object = ()) -> bool:
        raise Unavailable("The store is too busy.")


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[GraphServer]:
    """With pages of listings, links in posts, and a graph that only one page may call."""
    server = GraphServer(
        tmp_path_factory.mktemp("tracking"),
        served_sandboxes,
        redis_url,
        settings=WebSettings(production=False, allowed_origins=("https://console.example",)),
        tracking=PAGES,
    ).start()
    yield server
    server.stop()


@pytest.fixture
def alice(server: GraphServer) -> Iterator[Client]:
    client = Client(server, f"alice|{uuid.uuid4()}")
    yield client
    client.close()


@pytest.fixture
def visitor(server: GraphServer) -> Iterator[httpx.Client]:
    """A browser that no test has seen; the server trusts this machine to say where it is."""
    number = next(_addresses)
    headers = {"User-Agent": BROWSER, "X-Forwarded-For": f"198.51.{number // 250}.{number % 250 + 1}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
        yield client


def home_of(client: Client, **facts: Any) -> Listing:
    async def work(ports: Ports) -> Listing:
        return await listing(ports, client.user, **facts)

    return client.server.do(work)


def counted(client: Client, home: Listing) -> Counts:
    async def work(ports: Ports) -> Counts:
        period = MetricsPeriod.DAILY
        return (await aggregated_metrics(ports, user_id=client.user, listing_id=home.id, period=period)).total

    return client.server.do(work)


def token(home: Listing, **more: str) -> str:
    return token_of(Tracked(user_id=home.user_id, listing_id=home.id, **more), KEY)


def test_the_graph_names_the_addresses_and_they_count(
    server: GraphServer, alice: Client, visitor: httpx.Client
) -> None:
    home = home_of(alice)
    id = alice.ask("{ listings { nodes { id } } }")["listings"]["nodes"][0]["id"]
    links = alice.ask(LINKS, id=id)["listing"]["tracking"]
    assert all(url.startswith(server.url) for url in links.values())
    assert visitor.get(links["pixelUrl"]).status_code == 200
    assert visitor.post(links["beaconUrl"], content="share").status_code == 204
    assert visitor.get(links["shortUrl"]).status_code == 302
    sums = alice.ask(
        "query($id: ID!) { aggregatedMetrics(listingId: $id, period: DAILY) { totalViews totalShares totalClicks"
        " totalInquiries platforms { platform views } sources { source views shares clicks } } }",
        id=id,
    )["aggregatedMetrics"]
    assert sums == {
        "totalViews": 1,
        "totalShares": 1,
        "totalClicks": 1,
        "totalInquiries": 0,
        "platforms": [{"platform": "facebook", "views": 1}],
        "sources": [{"source": "newsletter", "views": 1, "shares": 1, "clicks": 1}],
    }
    assert counted(alice, home) == Counts(views=1, shares=1, clicks=1)


def test_names_that_no_event_may_have_make_no_address(alice: Client) -> None:
    home_of(alice)
    for names in ('platform: "myspace"', f'source: "{"x" * 41}"', 'source: "insights:facebook"'):
        document = f"{{ listings {{ nodes {{ tracking({names}) {{ shortUrl }} }} }} }}"
        assert alice.refused(document) == "BAD_USER_INPUT"


def test_a_pixel_is_an_image_that_nobody_keeps(alice: Client, visitor: httpx.Client) -> None:
    home = home_of(alice)
    answer = visitor.get(f"/t/{token(home)}.gif")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    image = Image.open(BytesIO(answer.content))
    assert (image.format, image.size, image.convert("RGBA").getpixel((0, 0))) == ("GIF", (1, 1), (0, 0, 0, 0))


def test_the_same_visitor_is_counted_once_and_recipients_each(alice: Client, visitor: httpx.Client) -> None:
    home = home_of(alice)
    for _ in range(3):
        visitor.get(f"/t/{token(home)}.gif")
    assert counted(alice, home) == Counts(views=1)
    for recipient in ("1", "2", "1"):
        visitor.get(f"/t/{token(home)}.gif", params={"to": recipient})
    assert counted(alice, home) == Counts(views=3)
    visitor.get(f"/t/{token(home)}.gif", headers={"X-Forwarded-For": "203.0.113.1"})
    visitor.get(f"/t/{token(home)}.gif", headers={"User-Agent": f"{BROWSER} other"})
    assert counted(alice, home) == Counts(views=5)


def test_what_nobody_has_seen_counts_nothing(alice: Client, visitor: httpx.Client) -> None:
    home = home_of(alice)
    pixel, link = f"/t/{token(home)}.gif", f"/l/{token(home)}"
    for headers in (
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": ""},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
    ):
        assert visitor.get(pixel, headers=headers).status_code == 200
        assert visitor.get(link, headers=headers).status_code == 302
        assert visitor.post(pixel.removesuffix(".gif"), headers=headers).status_code == 204
    assert (visitor.head(pixel).status_code, visitor.head(link).status_code) == (200, 302)
    assert counted(alice, home) == Counts()


def test_only_what_we_signed_counts(alice: Client, visitor: httpx.Client) -> None:
    home = home_of(alice)
    good = token(home)
    mine = Tracked(user_id=home.user_id, listing_id=home.id)
    other_home = token_of(Tracked(user_id=home.user_id, listing_id="north-none"), KEY)
    others_home = token_of(Tracked(user_id="mallory", listing_id=home.id), KEY)
    forged = [good[:-1] + ("A" if good[-1] != "A" else "B"), good[:-2], token_of(mine, b"guessed"), "x"]
    for bad in (*forged, other_home, others_home):
        assert visitor.get(f"/t/{bad}.gif").status_code == 200
        assert visitor.post(f"/t/{bad}").status_code == 404
        assert visitor.get(f"/l/{bad}").status_code == 404
    assert counted(alice, home) == Counts()
    assert visitor.post(f"/t/{token_of(mine, OLD)}").status_code == 204
    assert counted(alice, home) == Counts(views=1)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"", {}, Counts(views=1)),
        (b"view", {"Content-Type": "text/plain;charset=UTF-8"}, Counts(views=1)),
        (b'{"kind": "SHARE"}', {"Content-Type": "text/plain;charset=UTF-8"}, Counts(shares=1)),
        (b'{"kind": "click"}', {"Content-Type": "application/json"}, Counts(clicks=1)),
        (b'"click"', {"Content-Type": "application/json"}, Counts(clicks=1)),
    ],
)
def test_what_beacons_say(
    alice: Client, visitor: httpx.Client, body: bytes, headers: dict[str, str], expected: Counts
) -> None:
    home = home_of(alice)
    assert visitor.post(f"/t/{token(home)}", content=body, headers=headers).status_code == 204
    assert counted(alice, home) == expected


@pytest.mark.parametrize(
    "body", [b"inquiry", b'{"kind": "INQUIRY"}', b"buy", b"{", b'{"kind": ["view"]}', b"\xff", b"view " * 500]
)
def test_what_beacons_may_not_say(alice: Client, visitor: httpx.Client, body: bytes) -> None:
    home = home_of(alice)
    assert visitor.post(f"/t/{token(home)}", content=body).status_code == 400
    assert counted(alice, home) == Counts()


def test_beacons_come_from_any_page_and_the_graph_is_called_from_its_own(
    alice: Client, visitor: httpx.Client
) -> None:
    home = home_of(alice)
    asked = {
        **PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    ahead = visitor.options(f"/t/{token(home)}", headers=asked)
    sent = visitor.post(f"/t/{token(home)}", content="share", headers=PAGE)
    assert (ahead.status_code, sent.status_code) == (200, 204)
    for answer in (ahead, sent):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    assert ahead.headers["access-control-allow-headers"].lower().count("content-type") == 1
    assert visitor.options("/graphql", headers=asked).status_code == 400
    assert counted(alice, home) == Counts(shares=1)


def test_whoever_comes_too_often_is_not_counted_any_more(alice: Client, visitor: httpx.Client) -> None:
    home = home_of(alice)
    for number in range(120):
        assert visitor.post(f"/t/{token(home)}", params={"to": str(number % 2)}).status_code == 204
    refused = visitor.post(f"/t/{token(home)}", content="share", headers=PAGE)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert visitor.get(f"/t/{token(home)}.gif").status_code == 200
    assert visitor.get(f"/l/{token(home)}").status_code == 302
    assert counted(alice, home) == Counts(views=2)


def test_a_link_leads_where_we_say_and_nowhere_else(alice: Client, visitor: httpx.Client) -> None:
    home = home_of(alice, number="N 1")
    answer = visitor.get(f"/l/{token(home)}", params={"to": "https://evil.example/", "url": "//evil.example"})
    assert answer.headers["location"] == "https://agent.example/homes/N%201"
    assert answer.headers["cache-control"] == "no-store"
    assert counted(alice, home) == Counts(clicks=1)
    untold = home_of(alice, mls_number=None)
    assert visitor.get(f"/l/{token(untold)}").status_code == 404
    assert counted(alice, untold) == Counts()


def test_a_link_leads_there_while_nothing_can_be_counted(alice: Client) -> None:
    home = home_of(alice)

    async def follow(ports: Ports) -> str:
        busy = replace(ports, metrics=cast(Any, Busy()))
        return await follow_link(busy, token=token(home), visit=Visit(visitor="somebody"))

    assert alice.server.do(follow) == "https://agent.example/homes/N1"


def test_a_post_shows_a_link_that_counts_for_it(alice: Client, visitor: httpx.Client) -> None:
    home = home_of(alice)

    async def link(ports: Ports) -> str:
        return (await account(ports, alice.user)).id

    alice.server.do(link)
    ids = alice.ask("{ listings { nodes { id } } socialAccounts { id } }")
    wish = {"listingId": ids["listings"]["nodes"][0]["id"], "accountIds": [ids["socialAccounts"][0]["id"]]}
    preview = alice.ask(
        "query($input: PublishPostInput!) { previewPost(input: $input) { text problems { message } } }",
        input=wish,
    )["previewPost"][0]
    text = alice.done("publishPost", "posts { text }", **wish)["posts"][0]["text"]
    without = alice.done("publishPost", "posts { text }", **wish, link=False)["posts"][0]["text"]
    assert preview["problems"] == []
    assert "/l/" not in without
    urls = [shown.rpartition("\n\n")[2] for shown in (preview["text"], text)]
    for url in urls:  # that of the preview names a post that is never made
        assert url.startswith(f"{alice.server.url}/l/")
        assert visitor.get(url).status_code == 302
    assert counted(alice, home) == Counts(clicks=2)
    by_platform = alice.ask("{ listings { nodes { metrics { platforms { platform clicks } } } } }")
    assert by_platform["listings"]["nodes"][0]["metrics"]["platforms"] == [
        {"platform": "", "clicks": 1},
        {"platform": "facebook", "clicks": 1},
    ]
