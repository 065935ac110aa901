"""The main job, shown in the terminal by a client of the graph: from the MLS to a post, and down again."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app import tour_documents as documents

Json = dict[str, Any]
PATIENCE_SECONDS = 180.0


class TourFailed(Exception):
    """A step did not come to its end; the text says which and why."""


class Tour:
    """A client that walks through the main job.

    Args:
        endpoints: what `endpoints.json` holds.
        token: a bearer token of the user whose job it is.
        platforms: the slugs of those that are a sandbox; a home that is none must not be posted anywhere else.
        meanwhile: called again and again while the tour waits.
    """

    def __init__(
        self,
        console: Console,
        endpoints: Json,
        token: str,
        platforms: frozenset[str],
        meanwhile: Callable[[], object],
    ) -> None:
        self._console = console
        self._endpoints = endpoints
        self._platforms = platforms
        self._meanwhile = meanwhile
        self._titles: dict[str, str] = {}
        self._graph = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)
        self._outside = httpx.Client(timeout=30, trust_env=False)

    def show(self) -> None:
        """Walk through it once; raises `TourFailed`."""
        with self._graph, self._outside:
            connection_id = self._connect()
            self._import(connection_id)
            accounts = self._link()
            if not accounts:
                self._step("Every platform is a real one: link and publish there by the graph")
                return
            home = self._choose_home(connection_id)
            posts = self._publish(home, accounts)
            self._visit(home)
            self._sell(home)
            self._see_it_come_down(connection_id, home, posts)
            self._count(home)

    def _step(self, text: str) -> None:
        self._console.print(f"[bold green]✓[/] {escape(text)}")

    def _ask(self, document: str, **variables: Any) -> Json:
        answer = self._graph.post(
            self._endpoints["graph"]["url"], json={"query": document, "variables": variables}
        ).json()
        if answer.get("errors"):
            raise TourFailed(answer["errors"][0]["message"])
        data: Json = answer["data"]
        for payload in data.values():
            if isinstance(payload, dict) and payload.get("userErrors"):
                raise TourFailed(payload["userErrors"][0]["message"])
        return data

    def _until(self, look: Callable[[], Json], good: Callable[[Json], bool], what: str) -> Json:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            seen = look()
            if good(seen):
                return seen
            self._meanwhile()
            time.sleep(0.3)
        raise TourFailed(f"{what} did not happen within {PATIENCE_SECONDS:.0f} s")

    def _connect(self) -> str:
        mls = self._endpoints["sandboxMls"]
        for known in self._ask(documents.CONNECTIONS)["mlsConnections"]:
            if known["url"] == mls["url"]:
                self._step("The sandbox MLS is connected since an earlier run")
                return str(known["id"])
        connection = {
            "provider": "sandbox",
            "protocol": mls["protocol"],
            "vendor": "generic",
            "url": mls["url"],
            "label": "Sandbox MLS",
            "credentials": mls["credentials"],
        }
        made = self._ask(documents.CONNECT, input=connection)["connectMls"]["connection"]
        self._step(f"Connected to the sandbox MLS at {mls['url']}")
        return str(made["id"])

    def _import(self, connection_id: str) -> None:
        run = self._ask(documents.IMPORT, connection=connection_id)["importMlsListings"]["syncRun"]
        with self._bars() as bars:
            listings = bars.add_task("Listings", total=None)
            photos = bars.add_task("Photos", total=None)

            def look() -> Json:
                seen: Json = self._ask(documents.RUN, run=run["id"])["syncRun"]
                bars.update(listings, completed=seen["processed"], total=seen["totalListings"])
                done, total = self._photos(connection_id)
                bars.update(photos, completed=done, total=total or None)
                return {**seen, "photosWaiting": total - done}

            ended = self._until(
                look,
                lambda seen: seen["finishedAt"] is not None and seen["photosWaiting"] == 0,
                "the import",
            )
        if ended["state"] != "SUCCEEDED":
            raise TourFailed(f"the import ended {ended['state']}")
        self._step(
            f"Imported: {ended['successfulImports']} written, {ended['unchanged']} unchanged, "
            f"{ended['skipped']} skipped, {ended['failedImports']} failed; {ended['photosStored']} photos stored"
        )

    def _bars(self) -> Progress:
        return Progress(
            TextColumn("  {task.description:<10}"), BarColumn(), MofNCompleteColumn(), console=self._console
        )

    def _photos(self, connection_id: str) -> tuple[int, int]:
        states = [photo["state"] for home in self._homes(connection_id) for photo in home["photos"]]
        return sum(state != "PENDING" for state in states), len(states)

    def _homes(self, connection_id: str) -> list[Json]:
        homes: list[Json] = []
        after: str | None = None
        while True:
            page = self._ask(documents.HOMES, connection=connection_id, after=after)["listings"]
            homes += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return homes
            after = page["pageInfo"]["endCursor"]

    def _link(self) -> list[Json]:
        known: list[Json] = self._ask(documents.ACCOUNTS)["socialAccounts"]
        usable: list[Json] = []
        for platform in self._ask(documents.PLATFORMS)["platforms"]:
            slug, title = platform["slug"], platform["title"]
            if slug not in self._platforms:
                continue
            mine = [one for one in known if one["platform"] == slug and one["state"] == "ACTIVE"]
            mine = mine or self._link_platform(slug)
            self._titles[slug] = title
            self._step(f"Linked {title}: {', '.join(account['name'] for account in mine)}")
            usable += mine
        return usable

    def _link_platform(self, slug: str) -> list[Json]:
        begun = self._ask(documents.BEGIN_LINK, platform=slug)["beginSocialLink"]
        consent = self._outside.get(begun["authorizationUrl"], headers={"Accept": "application/json"})
        back = parse_qs(urlsplit(consent.headers.get("location", "")).query)
        if "code" not in back:
            raise TourFailed(f"{slug} gave no code: HTTP {consent.status_code}")
        done = self._ask(documents.COMPLETE_LINK, platform=slug, code=back["code"][0], state=back["state"][0])
        accounts: list[Json] = done["completeSocialLink"]["accounts"]
        return accounts

    def _choose_home(self, connection_id: str) -> Json:
        homes = self._homes(connection_id)
        for home in homes:
            stored = [photo for photo in home["photos"] if photo["state"] == "STORED"]
            if home["publishable"] and stored and not _live(home["posts"]["nodes"]):
                return home
        for home in homes:
            if home["status"] == "SOLD" and not _live(home["posts"]["nodes"]):
                return self._put_back_on_the_market(connection_id, home)
        raise TourFailed("no home is left to publish")

    def _put_back_on_the_market(self, connection_id: str, home: Json) -> Json:
        self._change(home, {"StandardStatus": "Active", "CloseDate": None, "ClosePrice": None})
        self._ask(documents.SYNC, connection=connection_id)
        self._until(lambda: self._listing(home), lambda seen: bool(seen["publishable"]), "the restoration")
        self._step(f"{_name(home)} is back on the market")
        return home

    def _publish(self, home: Json, accounts: list[Json]) -> list[Json]:
        ids = [account["id"] for account in accounts]
        made = self._ask(documents.PUBLISH, listing=home["id"], accounts=ids)["publishPost"]["posts"]
        wanted = {post["id"] for post in made}
        seen = self._until(
            lambda: self._listing(home),
            lambda seen: not _in_state(seen, wanted, {"PENDING", "SENDING", "UNKNOWN"}),
            "publishing",
        )
        posts = self._those(seen, wanted)
        for post in posts:
            if post["state"] != "PUBLISHED":
                raise TourFailed(f"the post on {self._place(post)} is {post['state']}: {post['failure']}")
            self._step(f"Published {_name(home)} on {self._place(post)}: {post['platformPostUrl']}")
        return posts

    def _those(self, home: Json, wanted: set[str]) -> list[Json]:
        """The posts of a home that the tour has made, platform by platform."""
        return sorted((post for post in home["posts"]["nodes"] if post["id"] in wanted), key=self._place)

    def _place(self, post: Json) -> str:
        """The platform and the account, for people."""
        title = self._titles.get(str(post["platform"]), str(post["platform"]))
        return f"{title}, {post['account']['name']}" if post["account"] else title

    def _visit(self, home: Json) -> None:
        for kind in ("View", "View", "View", "Share"):
            self._ask(documents.record(kind), listing=home["id"])
        self._ask(documents.INQUIRE, listing=home["id"])
        self._step("Visitors came: 3 views, 1 share and 1 inquiry")

    def _sell(self, home: Json) -> None:
        self._change(home, {"StandardStatus": "Closed"})
        self._step(f"{_name(home)} is sold in the MLS")

    def _change(self, home: Json, fields: Json) -> None:
        url = f"{self._endpoints['sandboxMls']['control']['homes']}/{home['listingKey']}"
        self._outside.post(url, json=fields).raise_for_status()

    def _see_it_come_down(self, connection_id: str, home: Json, posts: list[Json]) -> None:
        self._ask(documents.SYNC, connection=connection_id)
        wanted = {post["id"] for post in posts}
        seen = self._until(
            lambda: self._listing(home),
            lambda seen: not _in_state(seen, wanted, {"PUBLISHED", "UNPUBLISHING"}),
            "taking the posts down",
        )
        for post in self._those(seen, wanted):
            if post["state"] != "UNPUBLISHED":
                raise TourFailed(f"the post on {self._place(post)} is {post['state']}: {post['failure']}")
            page = self._outside.get(post["platformPostUrl"])
            gone = "its page answers 404" if page.status_code == httpx.codes.NOT_FOUND else page.reason_phrase
            self._step(f"The post on {self._place(post)} came down by itself ({gone})")

    def _count(self, home: Json) -> None:
        sums = self._ask(documents.METRICS, listing=home["id"])["aggregatedMetrics"]
        self._step(
            f"Metrics of the last 7 days: {sums['totalViews']} views, {sums['totalShares']} shares, "
            f"{sums['totalInquiries']} inquiries"
        )

    def _listing(self, home: Json) -> Json:
        seen: Json = self._ask(documents.LISTING, listing=home["id"])["listing"]
        return seen


def _live(posts: list[Json]) -> list[Json]:
    ended = {"FAILED", "UNPUBLISHED"}
    return [post for post in posts if post["state"] not in ended]


def _in_state(listing: Json, wanted: set[str], states: set[str]) -> bool:
    return any(post["id"] in wanted and post["state"] in states for post in listing["posts"]["nodes"])


def _name(home: Json) -> str:
    address = home["address"] or {}
    return (
        ", ".join(part for part in (address.get("street"), address.get("city")) if part) or home["mlsNumber"]
    )
