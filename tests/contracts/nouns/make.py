"""Entities for the tests, each with what a test says and the plainest of everything else."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapters.tables.repositories import Repositories
from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.engagement import Engagement
from domain.entities.intent import Ask, Fence, IntentKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Media, Photo, PhotoState
from domain.entities.metrics import EventKind, Inquiry, MetricEvent, Reading
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.post import Post, PostState
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncError, SyncMode, SyncRun, SyncRunKind, SyncRunState
from domain.ports import ListingSave

AT = datetime(2026, 10, 1, 8, 30, tzinfo=UTC)


def a_listing(id: str = "mls-1", user_id: str = "alice", **more: Any) -> Listing:
    """A listing; names of facts go into its facts."""
    facts = {name: more.pop(name) for name in list(more) if name in ListingFacts.__dataclass_fields__}
    whole: dict[str, Any] = {
        "mls_provider": "mls",
        "connection_id": "c1",
        "status": ListingStatus.ACTIVE,
        "publishable": True,
        "created_at": AT,
        "updated_at": AT,
        **more,
    }
    known: dict[str, Any] = {"listing_key": f"k-{id}", "mls_number": f"n-{id}", **facts}
    return Listing(id=id, user_id=user_id, facts=ListingFacts(**known), **whole)


def a_rich_listing() -> Listing:
    """A listing with something in every kind of field."""
    return a_listing(
        price=Decimal("525000.00"),
        close_price=Decimal("0.10"),
        address=Address(street="12 Oak Lane", unit="4#B", city="Austin", state="TX", zip_code="78701"),
        latitude=30.267153,
        longitude=-97.743057,
        bedrooms=3,
        bathrooms=2,
        square_feet=1850.5,
        features=("Porch", "Größe", ""),
        pool_private=False,
        description="Sunny 🏡 \u0000 home\nwith a garden",
        list_date=datetime(2026, 9, 1, tzinfo=UTC).date(),
        modified_in_mls_at=datetime(2026, 9, 30, 23, 59, 59, 999_999, tzinfo=UTC),
        extras={"X_Field": "yes"},
        property_type="Residential",
        off_market_since=AT,
        missing_since=AT,
        content_hash="ab" * 32,
        photos=(a_photo("m1"), a_photo("m2", state=PhotoState.STORED, sha256="0" * 64, width=800)),
    )


def a_photo(key: str, **more: Any) -> Photo:
    media = Media(key=key, url=f"https://photos.example.com/{key}.jpg", order=1, modified_at=AT)
    return Photo(media=media, **more)


def a_change(id: str, listing_id: str = "mls-1", user_id: str = "alice", **more: Any) -> ListingChange:
    whole: dict[str, Any] = {
        "kind": ListingChangeKind.CHANGED,
        "field": "price",
        "old": "1",
        "new": "2",
        "source": ChangeSource.MLS,
        "at": AT,
        **more,
    }
    return ListingChange(id=id, user_id=user_id, listing_id=listing_id, **whole)


def a_run(id: str = "R1", user_id: str = "alice", **more: Any) -> SyncRun:
    whole: dict[str, Any] = {
        "connection_id": "c1",
        "kind": SyncRunKind.IMPORT,
        "mode": SyncMode.FULL,
        "state": SyncRunState.RUNNING,
        "created_at": AT,
        **more,
    }
    return SyncRun(id=id, user_id=user_id, **whole)


def an_error(id: str, run_id: str = "R1", user_id: str = "alice", **more: Any) -> SyncError:
    whole: dict[str, Any] = {"code": "BAD", "error": "It is bad.", "attempts": 3, "at": AT, **more}
    return SyncError(id=id, user_id=user_id, run_id=run_id, connection_id="c1", **whole)


def a_connection(id: str = "c1", user_id: str = "alice", **more: Any) -> MlsConnection:
    whole: dict[str, Any] = {
        "provider": "mls",
        "protocol": "reso-web-api",
        "url": "https://mls.example.com/odata",
        "settings": {"class": "Residential", "nothing": None, "list": [1, {"a": 2.5}]},
        "cursors": {"Property": "2026-09-01T00:00:00+00:00"},
        "created_at": AT,
        "updated_at": AT,
        **more,
    }
    return MlsConnection(id=id, user_id=user_id, **whole)


def an_account(id: str = "facebook:42", user_id: str = "alice", **more: Any) -> SocialAccount:
    platform, _, remote_id = id.partition(":")
    whole: dict[str, Any] = {"name": "Alice's Homes", "linked_at": AT, "updated_at": AT, **more}
    return SocialAccount(id=id, user_id=user_id, platform=platform, remote_id=remote_id, **whole)


def a_post(id: str = "P1", user_id: str = "alice", listing_id: str = "mls-1", **more: Any) -> Post:
    whole: dict[str, Any] = {
        "account_id": "facebook:42",
        "platform": "facebook",
        "state": PostState.PENDING,
        "text": "For sale 🏡",
        "hashtags": ("#home",),
        "created_at": AT,
        "updated_at": AT,
        **more,
    }
    return Post(id=id, user_id=user_id, listing_id=listing_id, **whole)


def an_event(id: str, user_id: str = "alice", listing_id: str = "mls-1", **more: Any) -> MetricEvent:
    whole: dict[str, Any] = {"kind": EventKind.VIEW, "occurred_at": AT, "received_at": AT, **more}
    return MetricEvent(id=id, user_id=user_id, listing_id=listing_id, **whole)


def a_reading(post_id: str = "P1", user_id: str = "alice", listing_id: str = "mls-1", **more: Any) -> Reading:
    given: dict[str, Any] = {"platform": "facebook", "highest": Engagement(views=5, likes=2), "read_at": AT}
    return Reading(post_id=post_id, user_id=user_id, listing_id=listing_id, **(given | more))


def an_inquiry(id: str, user_id: str = "alice", listing_id: str = "mls-1", **more: Any) -> Inquiry:
    whole: dict[str, Any] = {
        "name": "Carol Canary",
        "email": "carol.canary@example.com",
        "phone": "+1 555 0100",
        "message": "Is it still free?",
        "at": AT,
        **more,
    }
    return Inquiry(id=id, user_id=user_id, listing_id=listing_id, **whole)


CREDENTIALS = MlsCredentials(username="alice", password="canary-password", client_secret="canary-secret")


async def created(nouns: Repositories, *listings: Listing) -> list[Listing]:
    """The listings, stored with their photos."""
    return [await nouns.listings.create(ListingSave(listing=one, with_photos=True)) for one in listings]


async def a_fence(nouns: Repositories, kind: IntentKind = IntentKind.SYNC, target: str = "c1") -> Fence:
    """Work that was asked for and taken."""
    await nouns.intents.ask(Ask(kind=kind, user_id="alice", target=target))
    intent = await nouns.intents.take(kind, target, "holder-1", 20)
    assert intent is not None
    return intent.as_fence


def passed(fence: Fence) -> Fence:
    """The fence of an earlier taking."""
    return replace(fence, number=fence.number - 1, holder="holder-0")
