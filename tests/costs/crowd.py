"""A user with as much of everything as one wants: each partition and each index then holds so many items."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count, islice
from typing import Any

from adapters.tables import keys
from adapters.tables.repositories import Repositories, repositories
from adapters.tables.semantics import changed
from adapters.tables.table import Change, Check, Delete, Item, Key, Put, Table, Write, key_of
from adapters.tables.transaction import Now
from adapters.vault import Vault
from domain.entities.alert import AlertMetric, MetricAlert
from domain.entities.file_sweep import FileSweep
from domain.entities.installation import Installation
from domain.entities.intent import Ask, Dead, Fence, Intent, IntentKind
from domain.entities.listing import Listing
from domain.entities.metrics import Inquiry
from domain.entities.notification import MailSettings, Notification, NotificationKind, Webhook
from domain.entities.post import Post, PostState
from domain.entities.social_account import SocialTokens
from domain.entities.sync_run import SyncRunState
from domain.ports import ListingSave
from domain.rules.identity import notification_id
from tests.contracts.nouns import make
from tests.contracts.nouns.wrapped import Wrapped

ALICE = "alice"
HOME = "mls-0000"
"""The listing with so many posts, changes, days and inquiries."""

SHARED_NUMBER = "n-shared"
"""The MLS number that HOME and a listing of each of so many other users have."""

SHARD = 0
"""The shard with so many due and so many dead intents."""

HELD = (IntentKind.SYNC, "c1"), (IntentKind.SYNC, "c2"), (IntentKind.SYNC, "c3")
"""Work that `HOLDER` has."""
HOLDER = "holder-1"
LEASE_SECONDS = 20

ENDED_DAYS = 5
"""On so many days so many runs ended."""

TOKENS = SocialTokens(access_token="access-token", refresh_token="refresh-token")

_PUTS = 1_000


class Gathered(Wrapped):
    """Keeps in memory what is written, to store it in few calls; conditions all hold."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._items: dict[Key, Item] = {}

    async def get(self, key: Key) -> Item | None:
        return self._items.get(key)

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        return [self._items.get(key) for key in keys]

    async def write(self, write: Put | Change | Delete) -> Item | None:
        await self.transact([write])
        return self._items.get(write.key) if isinstance(write, Change) else None

    async def transact(self, writes: Sequence[Write]) -> None:
        for write in writes:
            match write:
                case Put(item=item):
                    self._items[key_of(item)] = item
                case Change(key=key):
                    self._items[key] = changed(self._items.get(key), write)
                case Delete(key=key):
                    self._items.pop(key, None)
                case Check():
                    pass

    async def store(self) -> None:
        """Put everything into the table."""
        puts = map(Put, self._items.values())
        while batch := list(islice(puts, _PUTS)):
            await self._table.put_many(batch)


async def fill(table: Table, vault: Vault, now: Now, size: int) -> None:
    """Give Alice so many of everything; each of them is as large as that of the same number elsewhere."""
    gathered = Gathered(table)
    nouns = repositories(gathered, vault, now)
    for number in range(size):
        await _listings(nouns, number)
        await _runs(nouns, number)
        await nouns.posts.create([a_post(number)])
        event = make.an_event(f"event-{number:04d}", listing_id=HOME, occurred_at=_before(number))
        await nouns.metrics.record(event, an_inquiry(number))
        await nouns.notifications.add(a_notification(number))
    await _few(nouns)
    await _connections(nouns, size)
    await _work(nouns, size)
    await gathered.store()


def a_listing(number: int, **more: Any) -> Listing:
    """A listing of Alice with a description of 800 characters."""
    given: dict[str, Any] = {"mls_number": SHARED_NUMBER} if number == 0 else {}
    given |= {
        "price": Decimal(500_000 + number),
        "list_date": _before(number).date(),
    }
    return make.a_listing(f"mls-{number:04d}", description="Sunny, with a garden" * 40, **given, **more)


def a_post(number: int, **more: Any) -> Post:
    """A post about HOME, on its platform."""
    whole: dict[str, Any] = {"state": PostState.PUBLISHED, "platform_post_id": f"remote-{number:04d}"}
    return make.a_post(f"P{number:04d}", listing_id=HOME, **{**whole, **more})


def an_inquiry(number: int) -> Inquiry:
    """An inquiry about HOME."""
    return make.an_inquiry(f"inquiry-{number:04d}", listing_id=HOME, at=_before(number))


def a_notification(number: int) -> Notification:
    """A notification of Alice's, an hour older than the one before."""
    at = make.AT - timedelta(hours=number)
    return Notification(
        id=notification_id(ALICE, "LISTING_SOLD", f"event {number}", at),
        user_id=ALICE,
        kind=NotificationKind.LISTING_SOLD,
        title="A home is sold.",
        at=at,
    )


def a_webhook(name: str, **more: Any) -> Webhook:
    """A webhook of Alice's."""
    return Webhook(
        id=name, user_id=ALICE, url="https://example.com/in", created_at=make.AT, updated_at=make.AT, **more
    )


def an_alert(name: str, **more: Any) -> MetricAlert:
    """An alert of Alice's."""
    whole: dict[str, Any] = {"metric": AlertMetric.VIEWS, "threshold": 100, "window_days": 7, **more}
    return MetricAlert(
        id=name, user_id=ALICE, armed_on=make.AT.date(), created_at=make.AT, updated_at=make.AT, **whole
    )


def targets_of_shard(kind: IntentKind) -> Iterator[str]:
    """Targets whose intents are in `SHARD`."""
    names = (f"target-{number:06d}" for number in count())
    return (name for name in names if int(keys.shard(kind, name)) == SHARD)


async def held(nouns: Repositories, kind: IntentKind, target: str) -> Intent:
    """Work that was asked for and taken."""
    await nouns.intents.ask(Ask(kind=kind, user_id=ALICE, target=target))
    intent = await nouns.intents.take(kind, target, HOLDER, LEASE_SECONDS)
    assert intent is not None
    return intent


async def _listings(nouns: Repositories, number: int) -> None:
    change = make.a_change(f"change-{number:04d}", HOME, at=_lately(number))
    save = ListingSave(listing=a_listing(number), changes=(change,), with_photos=True)
    await nouns.listings.create(replace(save, home_key=f"home-{number}"))
    others = make.a_listing(f"other-{number:04d}", user_id=f"user-{number:04d}", mls_number=SHARED_NUMBER)
    await nouns.listings.create(ListingSave(listing=others))


async def _runs(nouns: Repositories, number: int) -> None:
    error = make.an_error(f"error-{number:04d}", "R0000", at=_lately(number))
    await nouns.runs.save(make.a_run(f"R{number:04d}", created_at=_lately(number)), errors=[error])
    end = make.AT - timedelta(days=number % ENDED_DAYS)
    run = make.a_run(f"E{number:04d}", state=SyncRunState.SUCCEEDED, created_at=end)
    await nouns.runs.save(replace(run, started_at=end - timedelta(minutes=1), finished_at=end))


async def _connections(nouns: Repositories, size: int) -> None:
    """Of other users, all in the first of the partitions of all connections."""
    names = (f"c-{number:06d}" for number in count())
    of_shard = (name for name in names if keys.shard(f"user-{name}", name) == f"{SHARD:02d}")
    for name in islice(of_shard, size):
        await nouns.mls_connections.create(make.a_connection(name, f"user-{name}"), make.CREDENTIALS)


async def _few(nouns: Repositories) -> None:
    """What a user has few of."""
    for name in ("c1", "c2", "c3"):
        await nouns.mls_connections.create(make.a_connection(name), make.CREDENTIALS)
    for name, login_id in (("facebook:41", "person-41"), ("facebook:42", None), ("facebook:43", None)):
        await nouns.social_accounts.save(make.an_account(name, login_id=login_id), tokens=TOKENS)
    for name in ("W1", "W2", "W3"):
        await nouns.webhooks.save(a_webhook(name), secret="whsec_c2VjcmV0")
    for name in ("A1", "A2", "A3"):
        await nouns.alerts.save(an_alert(name))
    await nouns.mail_boxes.save(MailSettings(user_id=ALICE))
    await nouns.installations.save(Installation())
    await nouns.posts.create([make.a_post("Q0000", listing_id="mls-0001")], idempotency_key="key-1")
    await nouns.intents.ask(Ask(kind=IntentKind.RESTORE, user_id=ALICE, target="mls-0001"))
    for kind, target in HELD:
        await held(nouns, kind, target)
    fence = Fence(*HELD[0], number=1, holder=HOLDER)
    await nouns.file_sweeps.save(FileSweep(begun_at=make.AT), fence=fence)


async def _work(nouns: Repositories, size: int) -> None:
    for target in islice(targets_of_shard(IntentKind.PHOTOS), size):
        await nouns.intents.ask(Ask(kind=IntentKind.PHOTOS, user_id=ALICE, target=target))
    for target in islice(targets_of_shard(IntentKind.PUBLISH), size):
        intent = await held(nouns, IntentKind.PUBLISH, target)
        await nouns.intents.settle(intent, Dead("It never worked."))


def _before(number: int) -> datetime:
    """Days for what is counted by day."""
    return make.AT - timedelta(days=number)


def _lately(number: int) -> datetime:
    """Minutes for what is kept for some months."""
    return make.AT - timedelta(minutes=number)
