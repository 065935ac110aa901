"""What every operation of every repository costs on DynamoDB: the table that the tests hold.

The partitions are those of `crowd.fill`, and a page has five things. What is asked for whole costs what it
answers: a user's connections and accounts (three each here), the days of a range (five here).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.tables.repositories import Repositories
from domain.entities.common import PageRequest
from domain.entities.file_sweep import FileSweep
from domain.entities.installation import Installation
from domain.entities.intent import Ask, Done, Fence, Intent, IntentKind, Lane, Later
from domain.entities.listing import (
    Listing,
    ListingFilter,
    ListingOrder,
    ListingOrderField,
    ListingStatus,
    PhotoSet,
)
from domain.entities.metrics import Counts, InquiryStatus, MetricsOrder
from domain.entities.notification import MailSettings
from domain.entities.post import PostFilter, PostState
from domain.entities.social_account import LinkState
from domain.entities.sync_run import RunCounters, SyncRun, SyncRunKind, SyncRunState
from domain.ports import ListingSave
from tests.contracts.nouns import make
from tests.costs.crowd import (
    ALICE,
    HELD,
    HOLDER,
    HOME,
    LEASE_SECONDS,
    SHARD,
    SHARED_NUMBER,
    TOKENS,
    a_listing,
    a_notification,
    a_post,
    a_webhook,
    an_alert,
    an_inquiry,
)
from tests.costs.meter import Cost

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Pattern:
    """An operation of a repository.

    Attributes:
        name: the repository and its method; behind a comma, in which way it is called.
        run: does it, after those that come before it in the table.
    """

    name: str
    run: Callable[[Repositories], Awaitable[Any]]
    cost: Cost


def stored(number: int, **more: Any) -> Listing:
    """A listing as it is read."""
    return a_listing(number, version=1, photos_version=1, **more)


def a_run(number: int) -> SyncRun:
    """A run as it is read."""
    return make.a_run(f"R{number:04d}", version=1)


def ended(number: int) -> SyncRun:
    """The same at its end, on a day and of a length that others were before."""
    return replace(a_run(number), state=SyncRunState.SUCCEEDED, started_at=make.AT, finished_at=make.AT)


def taken(kind: IntentKind, target: str) -> Intent:
    """Held work as it was taken."""
    return Intent(
        kind=kind, user_id=ALICE, target=target, due=NOW, attempts=1, fence=1, holder=HOLDER, created_at=NOW
    )


FIVE = PageRequest(first=5)
FIRST, LAST = make.AT.date() - timedelta(days=4), make.AT.date()
FENCE = Fence(*HELD[0], number=1, holder=HOLDER)
READY = (IntentKind.RESTORE, "mls-0001")

ALL, ACTIVE = ListingFilter(), ListingFilter(statuses=(ListingStatus.ACTIVE,))
PRICE, LISTED, UPDATED = (ListingOrder(field=field) for field in ListingOrderField)
PRICED = ListingFilter(min_price=Decimal(500_002), max_price=Decimal(500_004))
DATED = ListingFilter(listed_from=make.AT.date(), listed_to=make.AT.date())
LIVE_ONES = PostFilter(states=(PostState.PUBLISHED,))
OF_HOME = PostFilter(listing_id=HOME)

CHANGE = make.a_change("change-new", "mls-0003")
ERROR = make.an_error("error-new", "R0002")
TOLD = a_notification(0)
INQUIRY = replace(an_inquiry(0), id="inquiry-new", at=NOW)
LINK = LinkState(
    state="s" * 43,
    user_id=ALICE,
    platform="facebook",
    redirect_uri="https://app.example.com/linked",
    expires_at=NOW + timedelta(minutes=10),
)
ONE = RunCounters(processed=1, successful_imports=1)
STORED = RunCounters(photos_stored=5)
PHOTOS = tuple(make.a_photo(f"photo-{number}") for number in range(5))


def _save(number: int, **more: Any) -> ListingSave:
    return ListingSave(listing=stored(number), **more)


def _new_save(number: int = 9_998, home_key: str = "") -> ListingSave:
    listing = a_listing(number, photos=PHOTOS)
    return ListingSave(listing=listing, with_photos=True, changes=(CHANGE,), home_key=home_key)


def _ask(target: str) -> Ask:
    return Ask(kind=IntentKind.RESTORE, user_id=ALICE, target=target)


async def _two_pages(nouns: Repositories) -> None:
    page = await nouns.listings.page(ALICE, ALL, PRICE, FIVE)
    assert page.more
    await nouns.listings.page(ALICE, ALL, PRICE, replace(FIVE, first=3, after=page.cursors[-1]))


# Cost: calls; items returned, evaluated, written; read units, write units.
# fmt: off
PATTERNS: tuple[Pattern, ...] = (
    Pattern("listings.get", lambda n: n.listings.get(ALICE, HOME),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("listings.of_keys", lambda n: n.listings.of_keys(ALICE, "c1", ["k-mls-0001", "k-mls-0002"]),
            Cost("BatchGetItem, 2 Query", 4, 4, 0, 3, 0)),
    Pattern("listings.get_many", lambda n: n.listings.get_many(ALICE, [HOME, "mls-0001", "mls-0002"]),
            Cost("BatchGetItem", 3, 3, 0, 3, 0)),
    Pattern("listings.page, by price", lambda n: n.listings.page(ALICE, ALL, PRICE, FIVE),
            Cost("Query", 6, 6, 0, 2, 0)),
    Pattern("listings.page, by day", lambda n: n.listings.page(ALICE, ALL, LISTED, FIVE),
            Cost("Query", 6, 6, 0, 2, 0)),
    Pattern("listings.page, by update", lambda n: n.listings.page(ALICE, ALL, UPDATED, FIVE),
            Cost("Query", 6, 6, 0, 2, 0)),
    Pattern("listings.page, and the next", _two_pages,
            Cost("2 Query", 11, 11, 0, 4, 0)),
    Pattern("listings.page, filtered", lambda n: n.listings.page(ALICE, ACTIVE, UPDATED, FIVE),
            Cost("Query", 6, 6, 0, 2, 0)),
    Pattern("listings.page, of a price by price", lambda n: n.listings.page(ALICE, PRICED, PRICE, FIVE),
            Cost("Query", 3, 3, 0, 1, 0)),
    Pattern("listings.page, of a day by day", lambda n: n.listings.page(ALICE, DATED, LISTED, FIVE),
            Cost("Query", 1, 1, 0, 0.5, 0)),
    Pattern("listings.by_mls_number", lambda n: n.listings.by_mls_number(ALICE, "mls", SHARED_NUMBER),
            Cost("BatchGetItem, 4 Query", 2, 2, 0, 1.5, 0)),
    Pattern("listings.by_mls_number, of a status",
            lambda n: n.listings.by_mls_number(ALICE, "mls", SHARED_NUMBER, ListingStatus.ACTIVE),
            Cost("BatchGetItem, Query", 2, 2, 0, 1.5, 0)),
    Pattern("listings.of_connection", lambda n: n.listings.of_connection(ALICE, "c1", FIVE),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("listings.of_keys", lambda n: n.listings.of_keys(ALICE, "c1", ["k-mls-0000", "k-mls-0001"]),
            Cost("BatchGetItem, 2 Query", 4, 4, 0, 3, 0)),
    Pattern("listings.latest_of_homes", lambda n: n.listings.latest_of_homes(ALICE, ["home-1", "home-2"]),
            Cost("BatchGetItem", 2, 2, 0, 2, 0)),
    Pattern("mls_connections.get", lambda n: n.mls_connections.get(ALICE, "c1"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("mls_connections.get_many", lambda n: n.mls_connections.get_many(ALICE, ["c1", "c2"]),
            Cost("BatchGetItem", 2, 2, 0, 2, 0)),
    Pattern("mls_connections.of_user", lambda n: n.mls_connections.of_user(ALICE),
            Cost("Query", 3, 3, 0, 1, 0)),
    Pattern("mls_connections.page_of_all", lambda n: n.mls_connections.page_of_all(FIVE),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("mls_connections.page_of_all, enabled",
            lambda n: n.mls_connections.page_of_all(FIVE, enabled=True),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("mls_connections.credentials", lambda n: n.mls_connections.credentials(ALICE, "c1"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("runs.get", lambda n: n.runs.get(ALICE, "R0000"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("runs.get_many", lambda n: n.runs.get_many(ALICE, ["R0000", "R0001"]),
            Cost("BatchGetItem", 2, 2, 0, 2, 0)),
    Pattern("runs.page", lambda n: n.runs.page(ALICE, FIVE),
            Cost("Query", 6, 6, 0, 1, 0)),
    Pattern("runs.page, of a state", lambda n: n.runs.page(ALICE, FIVE, state=SyncRunState.RUNNING),
            Cost("Query", 6, 6, 0, 1, 0)),
    Pattern("runs.page, of a kind", lambda n: n.runs.page(ALICE, FIVE, kind=SyncRunKind.IMPORT),
            Cost("Query", 6, 6, 0, 1, 0)),
    Pattern("runs.page, since a moment",
            lambda n: n.runs.page(ALICE, FIVE, since=make.AT - timedelta(days=2)),
            Cost("Query", 6, 6, 0, 1, 0)),
    Pattern("runs.page, of a connection", lambda n: n.runs.page(ALICE, FIVE, connection_id="c1"),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("runs.errors", lambda n: n.runs.errors(ALICE, FIVE),
            Cost("Query", 6, 6, 0, 0.5, 0)),
    Pattern("runs.errors, of a run", lambda n: n.runs.errors(ALICE, FIVE, run_id="R0000"),
            Cost("Query", 6, 6, 0, 0.5, 0)),
    Pattern("runs.errors, of a connection", lambda n: n.runs.errors(ALICE, FIVE, connection_id="c1"),
            Cost("BatchGetItem, Query", 12, 12, 0, 5.5, 0)),
    Pattern("runs.errors, of a code", lambda n: n.runs.errors(ALICE, FIVE, code="BAD"),
            Cost("Query", 6, 6, 0, 0.5, 0)),
    Pattern("statistics.of_connection", lambda n: n.statistics.of_connection(ALICE, "c1", FIRST, LAST),
            Cost("BatchGetItem", 5, 5, 0, 5, 0)),
    Pattern("statistics.of_user", lambda n: n.statistics.of_user(ALICE, FIRST, LAST),
            Cost("Query", 5, 5, 0, 1, 0)),
    Pattern("statistics.of_all", lambda n: n.statistics.of_all(FIRST, LAST),
            Cost("5 Query", 5, 5, 0, 5, 0)),
    Pattern("changes.of_listing", lambda n: n.changes.of_listing(ALICE, HOME, FIVE),
            Cost("Query", 7, 7, 0, 1, 0)),
    Pattern("changes.of_listings", lambda n: n.changes.of_listings(ALICE, [HOME, "mls-0001"], FIVE),
            Cost("2 Query", 7, 7, 0, 1, 0)),
    Pattern("changes.since", lambda n: n.changes.since(ALICE, NOW - timedelta(hours=1), FIVE),
            Cost("Query", 6, 6, 0, 0.5, 0)),
    Pattern("social_accounts.get", lambda n: n.social_accounts.get(ALICE, "facebook:41"),
            Cost("BatchGetItem", 1, 1, 0, 1, 0)),
    Pattern("social_accounts.get_many",
            lambda n: n.social_accounts.get_many(ALICE, ["facebook:41", "facebook:42"]),
            Cost("BatchGetItem", 2, 2, 0, 2, 0)),
    Pattern("social_accounts.of_user", lambda n: n.social_accounts.of_user(ALICE),
            Cost("Query", 3, 3, 0, 1, 0)),
    Pattern("social_accounts.of_login", lambda n: n.social_accounts.of_login("facebook", "person-41"),
            Cost("BatchGetItem, Query", 2, 2, 0, 1.5, 0)),
    Pattern("social_accounts.tokens", lambda n: n.social_accounts.tokens(ALICE, "facebook:41"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("posts.get", lambda n: n.posts.get(ALICE, "P0000"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("posts.get_many", lambda n: n.posts.get_many(ALICE, ["P0000", "P0001"]),
            Cost("BatchGetItem", 2, 2, 0, 2, 0)),
    Pattern("posts.created_with", lambda n: n.posts.created_with(ALICE, "key-1"),
            Cost("BatchGetItem, GetItem", 2, 2, 0, 2, 0)),
    Pattern("posts.of_listing", lambda n: n.posts.of_listing(ALICE, HOME, FIVE),
            Cost("BatchGetItem, Query", 12, 12, 0, 5.5, 0)),
    Pattern("posts.of_listings", lambda n: n.posts.of_listings(ALICE, [HOME, "mls-0001"], FIVE),
            Cost("BatchGetItem, 2 Query", 14, 14, 0, 7, 0)),
    Pattern("posts.page", lambda n: n.posts.page(ALICE, PostFilter(), FIVE),
            Cost("Query", 7, 7, 0, 1, 0)),
    Pattern("posts.page, of a state", lambda n: n.posts.page(ALICE, LIVE_ONES, FIVE),
            Cost("Query", 6, 7, 0, 1, 0)),
    Pattern("posts.page, of a listing", lambda n: n.posts.page(ALICE, OF_HOME, FIVE),
            Cost("BatchGetItem, Query", 12, 12, 0, 5.5, 0)),
    Pattern("posts.live_listing_ids", lambda n: n.posts.live_listing_ids(ALICE, FIVE),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("posts.of_remote_id", lambda n: n.posts.of_remote_id("facebook", "remote-0000"),
            Cost("BatchGetItem, Query", 2, 2, 0, 1.5, 0)),
    Pattern("metrics.reading", lambda n: n.metrics.reading(ALICE, "P0003"),
            Cost("GetItem", 0, 0, 0, 1, 0)),
    Pattern("metrics.days", lambda n: n.metrics.days(ALICE, HOME, FIRST, LAST),
            Cost("Query", 5, 5, 0, 1, 0)),
    Pattern("metrics.days_of_listings",
            lambda n: n.metrics.days_of_listings(ALICE, [HOME, "mls-0001"], FIRST, LAST),
            Cost("2 Query", 5, 5, 0, 1, 0)),
    Pattern("metrics.all_days", lambda n: n.metrics.all_days(ALICE, FIRST, LAST),
            Cost("BatchGetItem, Query", 10, 10, 0, 5.5, 0)),
    Pattern("metrics.all_sums", lambda n: n.metrics.all_sums(ALICE, FIRST, LAST),
            Cost("2 Query", 2, 2, 0, 2, 0)),
    Pattern("metrics.totals", lambda n: n.metrics.totals(ALICE, [HOME, "mls-0001"], FIRST, LAST),
            Cost("BatchGetItem", 2, 2, 0, 2, 0)),
    Pattern("metrics.ranking", lambda n: n.metrics.ranking(ALICE, FIRST, LAST, MetricsOrder(), FIVE),
            Cost("3 Query", 9, 9, 0, 7, 0)),
    Pattern("metrics.inquiry_origins", lambda n: n.metrics.inquiry_origins(ALICE, [HOME], FIRST, LAST),
            Cost("Query", 5, 5, 0, 1, 0)),
    Pattern("metrics.inquiry", lambda n: n.metrics.inquiry(ALICE, HOME, make.AT, "inquiry-0000"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("metrics.inquiries", lambda n: n.metrics.inquiries(ALICE, FIVE),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("metrics.inquiries, of a state",
            lambda n: n.metrics.inquiries(ALICE, FIVE, status=InquiryStatus.NEW),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("metrics.inquiries, of a listing", lambda n: n.metrics.inquiries(ALICE, FIVE, listing_id=HOME),
            Cost("Query", 7, 7, 0, 1, 0)),
    Pattern("notifications.get", lambda n: n.notifications.get(ALICE, TOLD.id),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("notifications.page", lambda n: n.notifications.page(ALICE, FIVE),
            Cost("Query", 7, 7, 0, 1, 0)),
    Pattern("notifications.page, unread", lambda n: n.notifications.page(ALICE, FIVE, unread_only=True),
            Cost("Query", 7, 7, 0, 1, 0)),
    Pattern("notifications.between",
            lambda n: n.notifications.between(ALICE, TOLD.at - timedelta(hours=4), TOLD.at, 5),
            Cost("Query", 4, 4, 0, 1, 0)),
    Pattern("webhooks.get", lambda n: n.webhooks.get(ALICE, "W1"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("webhooks.of_user", lambda n: n.webhooks.of_user(ALICE),
            Cost("Query", 3, 3, 0, 1, 0)),
    Pattern("webhooks.secret", lambda n: n.webhooks.secret(ALICE, "W1"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("alerts.get", lambda n: n.alerts.get(ALICE, "A1"),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("alerts.of_user", lambda n: n.alerts.of_user(ALICE),
            Cost("Query", 3, 3, 0, 1, 0)),
    Pattern("alerts.recent", lambda n: n.alerts.recent(ALICE),
            Cost("Query", 3, 3, 0, 1, 0)),
    Pattern("mail_boxes.get", lambda n: n.mail_boxes.get(ALICE),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("installations.get", lambda n: n.installations.get(),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("installations.recent", lambda n: n.installations.recent(),
            Cost("", 0, 0, 0, 0, 0)),
    Pattern("file_sweeps.get", lambda n: n.file_sweeps.get(),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("intents.get", lambda n: n.intents.get(*HELD[0]),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("intents.due", lambda n: n.intents.due(Lane.PHOTOS, SHARD, NOW, 5),
            Cost("Query", 6, 6, 0, 0.5, 0)),
    Pattern("intents.dead", lambda n: n.intents.dead(SHARD, FIVE),
            Cost("BatchGetItem, Query", 11, 11, 0, 5.5, 0)),
    Pattern("listings.create", lambda n: n.listings.create(_new_save()),
            Cost("TransactWriteItems", 0, 0, 2, 0, 40)),
    Pattern("listings.create, of a known home", lambda n: n.listings.create(_new_save(9_997, "home-1")),
            Cost("TransactWriteItems", 0, 0, 3, 0, 40)),
    Pattern("listings.update", lambda n: n.listings.update(_save(3, changes=(CHANGE,))),
            Cost("TransactWriteItems", 0, 0, 2, 0, 30)),
    Pattern("listings.update, under a fence",
            lambda n: n.listings.update(_save(4, ask=(_ask("mls-0004"),)), fence=FENCE),
            Cost("BatchGetItem, TransactWriteItems", 0, 0, 3, 0, 34)),
    Pattern("listings.save_step",
            lambda n: n.listings.save_step([_save(5, counters=ONE), _save(6, counters=ONE)],
                                           a_run(0), fence=FENCE),
            Cost("GetItem, TransactWriteItems", 1, 1, 4, 1, 62)),
    Pattern("listings.save_photos",
            lambda n: n.listings.save_photos(stored(7), PhotoSet(PHOTOS), run_id="R0001", counters=STORED,
                                            fence=FENCE),
            Cost("GetItem, TransactWriteItems", 1, 1, 5, 1, 46)),  # the run is read once a process
    Pattern("listings.delete", lambda n: n.listings.delete(stored(8), changes=[CHANGE], ask=[]),
            Cost("TransactWriteItems", 0, 0, 2, 0, 30)),
    Pattern("mls_connections.create",
            lambda n: n.mls_connections.create(make.a_connection("c4"), make.CREDENTIALS),
            Cost("TransactWriteItems", 0, 0, 2, 0, 6)),
    Pattern("mls_connections.save",
            lambda n: n.mls_connections.save(make.a_connection("c2", version=1), fence=FENCE),
            Cost("TransactWriteItems", 0, 0, 2, 0, 6)),
    Pattern("mls_connections.save, at a run's end",
            lambda n: n.mls_connections.save(make.a_connection("c2", version=2), runs=[ended(5)], fence=FENCE),
            Cost("BatchGetItem, TransactWriteItems", 2, 2, 5, 2, 14)),
    Pattern("mls_connections.delete", lambda n: n.mls_connections.delete(make.a_connection("c3", version=1)),
            Cost("GetItem, TransactWriteItems", 1, 1, 2, 1, 6)),
    Pattern("mls_connections.keep_push",
            lambda n: n.mls_connections.keep_push(ALICE, "c1", "ab" * 32, until=NOW + timedelta(minutes=10)),
            Cost("TransactWriteItems", 0, 0, 1, 0, 2)),
    Pattern("mls_connections.knows_push", lambda n: n.mls_connections.knows_push(ALICE, "c1", "ab" * 32),
            Cost("GetItem", 1, 1, 0, 1, 0)),
    Pattern("runs.save", lambda n: n.runs.save(a_run(2), add=ONE, errors=[ERROR], fence=FENCE),
            Cost("GetItem, TransactWriteItems", 1, 1, 3, 1, 14)),
    Pattern("runs.save, at its end", lambda n: n.runs.save(ended(4), add=ONE, fence=FENCE),
            Cost("BatchGetItem, GetItem, TransactWriteItems", 3, 3, 4, 3, 10)),
    Pattern("social_accounts.save",
            lambda n: n.social_accounts.save(make.an_account("facebook:44"), tokens=TOKENS),
            Cost("TransactWriteItems", 0, 0, 2, 0, 6)),
    Pattern("social_accounts.delete",
            lambda n: n.social_accounts.delete(make.an_account("facebook:43", version=1)),
            Cost("GetItem, TransactWriteItems", 1, 1, 2, 1, 6)),
    Pattern("social_accounts.begin_link", lambda n: n.social_accounts.begin_link(LINK),
            Cost("TransactWriteItems", 0, 0, 1, 0, 2)),
    Pattern("social_accounts.finish_link", lambda n: n.social_accounts.finish_link(ALICE, LINK.state),
            Cost("GetItem, TransactWriteItems", 1, 1, 1, 1, 2)),
    Pattern("posts.create", lambda n: n.posts.create([a_post(9_998), a_post(9_999)], idempotency_key="key-2"),
            Cost("GetItem, TransactWriteItems", 0, 0, 3, 1, 18)),
    Pattern("posts.save",
            lambda n: n.posts.save(a_post(3, version=1, sequence=1), if_publishable=True,
                                   count_unpublished_in="R0003"),
            Cost("GetItem, TransactWriteItems", 1, 1, 5, 1, 18)),
    Pattern("posts.save, no longer live",
            lambda n: n.posts.save(a_post(4, version=1, sequence=1, state=PostState.UNPUBLISHED),
                                   fence=FENCE),
            Cost("TransactWriteItems", 0, 0, 2, 0, 10)),
    Pattern("metrics.record", lambda n: n.metrics.record(make.an_event("event-new", listing_id=HOME)),
            Cost("GetItem, TransactWriteItems", 1, 1, 3, 1, 8)),
    Pattern("metrics.record, an inquiry",
            lambda n: n.metrics.record(make.an_event("event-two", listing_id=HOME), INQUIRY),
            Cost("TransactWriteItems", 0, 0, 4, 0, 12)),
    Pattern("metrics.record, with a look for alerts",
            lambda n: n.metrics.record(make.an_event("event-three", listing_id=HOME), ask=[_ask("look")]),
            Cost("TransactWriteItems", 0, 0, 4, 0, 12)),
    Pattern("metrics.record, known", lambda n: n.metrics.record(make.an_event("event-new", listing_id=HOME)),
            Cost("TransactWriteItems", 0, 0, 1, 0, 0)),
    Pattern("metrics.add_reading",
            lambda n: n.metrics.add_reading(make.a_reading("P0003", listing_id=HOME), Counts(views=5),
                                            fence=FENCE),
            Cost("GetItem, TransactWriteItems", 1, 1, 4, 1, 10)),
    Pattern("metrics.set_inquiry_status",
            lambda n: n.metrics.set_inquiry_status(ALICE, HOME, make.AT, "inquiry-0000",
                                                   InquiryStatus.CLOSED),
            Cost("UpdateItem", 0, 0, 1, 0, 2)),
    Pattern("notifications.add", lambda n: n.notifications.add(a_notification(-1)),
            Cost("TransactWriteItems", 0, 0, 1, 0, 2)),
    Pattern("notifications.mark_read", lambda n: n.notifications.mark_read(ALICE, [TOLD.id], NOW),
            Cost("BatchGetItem, TransactWriteItems", 1, 1, 1, 1, 2)),
    Pattern("webhooks.save", lambda n: n.webhooks.save(a_webhook("W4"), secret="whsec_c2VjcmV0"),
            Cost("TransactWriteItems", 0, 0, 2, 0, 4)),
    Pattern("webhooks.delete", lambda n: n.webhooks.delete(a_webhook("W3", version=1)),
            Cost("GetItem, TransactWriteItems", 1, 1, 2, 1, 4)),
    Pattern("alerts.save", lambda n: n.alerts.save(an_alert("A1", version=1)),
            Cost("TransactWriteItems", 0, 0, 1, 0, 2)),
    Pattern("alerts.delete", lambda n: n.alerts.delete(an_alert("A3", version=1)),
            Cost("GetItem, TransactWriteItems", 1, 1, 1, 1, 2)),
    Pattern("mail_boxes.save", lambda n: n.mail_boxes.save(MailSettings(user_id=ALICE, version=1)),
            Cost("TransactWriteItems", 0, 0, 1, 0, 2)),
    Pattern("installations.save", lambda n: n.installations.save(Installation(version=1)),
            Cost("TransactWriteItems", 0, 0, 1, 0, 2)),
    Pattern("file_sweeps.save",
            lambda n: n.file_sweeps.save(FileSweep(begun_at=NOW, version=1), fence=FENCE),
            Cost("TransactWriteItems", 0, 0, 2, 0, 4)),
    Pattern("intents.ask", lambda n: n.intents.ask(_ask("mls-0002")),
            Cost("BatchGetItem, TransactWriteItems", 0, 0, 1, 0, 4)),
    Pattern("intents.take", lambda n: n.intents.take(*READY, HOLDER, LEASE_SECONDS),
            Cost("UpdateItem", 0, 0, 1, 0, 3)),
    Pattern("intents.renew", lambda n: n.intents.renew(taken(*HELD[1]).as_fence, LEASE_SECONDS),
            Cost("UpdateItem", 0, 0, 1, 0, 2)),
    Pattern("intents.settle, put off", lambda n: n.intents.settle(taken(*HELD[1]), Later(NOW)),
            Cost("UpdateItem", 0, 0, 1, 0, 3)),
    Pattern("intents.settle", lambda n: n.intents.settle(taken(*HELD[2]), Done()),
            Cost("TransactWriteItems", 0, 0, 1, 0, 4)),
)
# fmt: on
