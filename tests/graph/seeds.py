"""Things of a user, written straight into the store."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.entities.alert import AlertMetric
from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Media, Photo, PhotoState
from domain.entities.metrics import EventKind, Inquiry
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.notification import Notification, NotificationKind, Subject, SubjectType, Webhook
from domain.entities.post import Post, PostState
from domain.entities.social_account import SocialAccount, SocialTokens
from domain.entities.sync_run import SyncError, SyncMode, SyncRun, SyncRunKind
from domain.ports import ListingSave, Ports
from domain.rules.identity import notification_id
from domain.use_cases.alerts import create_alert
from domain.use_cases.counting import EventInput, record_event
from tests.graph.server import GraphServer

DAY = date(2026, 3, 4)


@dataclass(frozen=True)
class Things:
    """One of each kind, all of one user."""

    connection: MlsConnection
    run: SyncRun
    error: SyncError
    listing: Listing
    account: SocialAccount
    post: Post
    inquiry: Inquiry
    notification: Notification
    webhook: Webhook


def seed_all(server: GraphServer, user: str) -> Things:
    """One of each kind."""

    async def work(ports: Ports) -> Things:
        connection, run, error = await connection_with_run(ports, user)
        home = await listing(ports, user, connection_id=connection.id)
        page = await account(ports, user)
        up = await post(ports, user, home, page)
        recorded = await record_event(
            ports,
            user_id=user,
            event=EventInput(kind=EventKind.INQUIRY, listing_id=home.id, name="Ann", message="Is it free?"),
        )
        assert recorded.inquiry is not None
        told = await notification(ports, user, Subject(SubjectType.LISTING, home.id))
        hook = await webhook(ports, user)
        await create_alert(
            ports, user_id=user, metric=AlertMetric.VIEWS, threshold=100, window_days=7, listing_id=home.id
        )
        return Things(connection, run, error, home, page, up, recorded.inquiry, told, hook)

    return server.do(work)


async def connection_with_run(ports: Ports, user: str) -> tuple[MlsConnection, SyncRun, SyncError]:
    """An MLS account whose import is waiting, with one failure in it already."""
    now = ports.now()
    id, run_id = ports.new_id(), ports.new_id()
    run = SyncRun(
        id=run_id,
        user_id=user,
        connection_id=id,
        kind=SyncRunKind.IMPORT,
        mode=SyncMode.FULL,
        created_at=now,
    )
    connection = MlsConnection(
        id=id,
        user_id=user,
        provider="north",
        protocol="reso-web-api",
        url="https://mls.example/odata",
        settings={"dataset": "north"},
        run_queue=(run_id,),
        last_run_id=run_id,
        created_at=now,
        updated_at=now,
    )
    await ports.mls_connections.create(connection, MlsCredentials(token="t"))
    connection = await ports.mls_connections.save(await _stored(ports, user, id), runs=[run])
    error = SyncError(
        id="e1",
        user_id=user,
        run_id=run_id,
        connection_id=id,
        mls_number="N1",
        code="UNREADABLE",
        error="It could not be read.",
        attempts=3,
        at=now,
    )
    stored = await ports.runs.get(user, run_id)
    assert stored is not None
    run = await ports.runs.save(stored, errors=[error])
    return connection, run, error


async def _stored(ports: Ports, user: str, connection_id: str) -> MlsConnection:
    found = await ports.mls_connections.get(user, connection_id)
    assert found is not None
    return found


async def listing(
    ports: Ports, user: str, *, number: str = "N1", connection_id: str | None = None, **facts: Any
) -> Listing:
    """An active home with one stored and one failed photo, and its trail."""
    now = ports.now()
    id = f"north-{ports.new_id().lower()}"
    made = Listing(
        id=id,
        user_id=user,
        mls_provider="north",
        connection_id=connection_id,
        facts=ListingFacts(
            **{
                "listing_key": id,
                "mls_number": number,
                "price": Decimal("525000.00"),
                "square_feet": 1500.0,
                "bedrooms": 3,
                "address": Address(street="1 Elm Street", city="Salem", state="OR", zip_code="97301"),
                "features": ("Fireplace",),
                "media_links": ("https://tour.example/1", "https://video.example/1"),
                "list_date": DAY,
                "modified_in_mls_at": datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC),
                **facts,
            }
        ),
        status=ListingStatus.ACTIVE,
        publishable=True,
        photos=(
            Photo(
                media=Media(key="m1", url="https://mls.example/1.jpg", order=1, preferred=True, closed=True),
                state=PhotoState.STORED,
                original_key=f"listings/{user}/{id}/original/photo0-0a0b0c0d0e0f.png",
                blurhash="L~Lqe9l}eqpYs_[qsBJ%fMsTjtWo",
                width=800,
                height=600,
            ),
            Photo(
                media=Media(key="m2", url="https://mls.example/2.jpg", order=2),
                state=PhotoState.FAILED,
                failure="No photo.",
            ),
        ),
        created_at=now,
        updated_at=now,
    )
    change = ListingChange(
        id=ports.new_id(),
        user_id=user,
        listing_id=id,
        kind=ListingChangeKind.CREATED,
        source=ChangeSource.MLS,
        at=now,
    )
    return await ports.listings.create(ListingSave(listing=made, with_photos=True, changes=(change,)))


async def notification(
    ports: Ports,
    user: str,
    subject: Subject | None = None,
    kind: NotificationKind = NotificationKind.LISTING_SOLD,
    title: str = "1 Elm Street, Salem is sold.",
) -> Notification:
    """Something that the user has not read yet."""
    at = ports.now()
    id = notification_id(user, kind, ports.new_id(), at)
    told = Notification(id=id, user_id=user, kind=kind, title=title, subject=subject, at=at)
    assert await ports.notifications.add(told)
    return told


async def webhook(ports: Ports, user: str, url: str = "https://hooks.example/in") -> Webhook:
    """A webhook with a secret."""
    now = ports.now()
    made = Webhook(id=ports.new_id(), user_id=user, url=url, created_at=now, updated_at=now)
    return await ports.webhooks.save(made, secret="whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=")


async def account(ports: Ports, user: str) -> SocialAccount:
    """A linked Page."""
    now = ports.now()
    remote = ports.new_id()
    return await ports.social_accounts.save(
        SocialAccount(
            id=f"facebook:{remote}",
            user_id=user,
            platform="facebook",
            remote_id=remote,
            name="Elm Realty",
            linked_at=now,
            updated_at=now,
        ),
        tokens=SocialTokens(access_token="secret-token"),
    )


async def post(
    ports: Ports, user: str, home: Listing, page: SocialAccount, state: PostState = PostState.PUBLISHED
) -> Post:
    """A post of a home."""
    now = ports.now()
    made = Post(
        id=ports.new_id(),
        user_id=user,
        listing_id=home.id,
        account_id=page.id,
        platform="facebook",
        state=state,
        text="For sale.",
        hashtags=("#home",),
        photo_keys=("m1",),
        platform_post_id=f"{page.remote_id}_{ports.new_id()}",
        published_at=now - timedelta(hours=1),
        created_at=now,
        updated_at=now,
    )
    return (await ports.posts.create([made]))[0]
