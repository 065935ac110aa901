"""Where items stand in the indexes of the table; `adapters.tables.keys` says how the keys are made."""

from datetime import date, datetime

from adapters.tables.keys import (
    MISSING,
    cents,
    changes_of,
    dead,
    due,
    errors_of,
    errors_of_run,
    inquiries_of,
    joined,
    listing_status,
    listings_of,
    live,
    login,
    metrics_of,
    millis,
    mls_number,
    of_connection,
    of_listing,
    padded,
    part,
    remote_account,
    remote_post,
    shard,
)
from domain.entities.change import ListingChange
from domain.entities.intent import LANES, IntentKind
from domain.entities.listing import Listing
from domain.entities.metrics import Inquiry
from domain.entities.mls_connection import MlsConnection
from domain.entities.post import LIVE, Post
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncError, SyncRun


def listing_indexes(listing: Listing) -> dict[str, str]:
    """All five indexes, always: an update changes attributes and can remove none.

    A home without an MLS number or a connection goes where nobody looks for one.
    """
    number, connection_id = listing.facts.mls_number, listing.connection_id
    owner = listing.user_id
    price, listed = cents(listing.facts.price), listing.facts.list_date
    everything = listings_of(owner)
    return {
        "GSI1PK": mls_number(listing.mls_provider, number) if number else joined("USER", owner, "NUMBERLESS"),
        "GSI1SK": listing_status(listing.status, owner) + part(listing.id),
        "GSI2PK": of_connection(connection_id) if connection_id else joined("USER", owner, "UNCONNECTED"),
        "GSI2SK": joined(listing.facts.listing_key or MISSING, listing.id),
        "GSI3PK": everything,
        "GSI3SK": joined(MISSING if price is None else padded(price), listing.id),
        "GSI4PK": everything,
        "GSI4SK": joined(MISSING if listed is None else listed.isoformat(), listing.id),
        "GSI5PK": everything,
        "GSI5SK": joined(padded(millis(listing.updated_at)), listing.id),
    }


def change_indexes(change: ListingChange, written: datetime) -> dict[str, str]:
    """Among all changes of the user by when they were written, which is the order in which they can be seen."""
    return {
        "GSI5PK": changes_of(change.user_id),
        "GSI5SK": joined(padded(millis(written)), change.id),
    }


def mls_connection_indexes(connection: MlsConnection) -> dict[str, str]:
    return {
        "GSI1PK": joined("CONNECTIONS", shard(connection.user_id, connection.id)),
        "GSI1SK": joined(connection.user_id, connection.id),
    }


def social_account_indexes(account: SocialAccount) -> dict[str, str]:
    """By the platform's id of it, and of the person who consented where that is known."""
    found = {
        "GSI1PK": remote_account(account.platform, account.remote_id),
        "GSI1SK": joined(account.user_id, account.id),
    }
    if account.login_id:
        found |= {
            "GSI2PK": login(account.platform, account.login_id),
            "GSI2SK": joined(account.user_id, account.id),
        }
    return found


def post_indexes(post: Post) -> dict[str, str]:
    """By listing; among the live ones while it is one; by the platform's id once there is one."""
    found = {"GSI1PK": of_listing(post.listing_id), "GSI1SK": joined("POST", post.id)}
    if post.state in LIVE:
        found |= {"GSI2PK": live(post.user_id), "GSI2SK": joined(post.listing_id, post.id)}
    if post.platform_post_id:
        found |= {
            "GSI3PK": remote_post(post.platform, post.platform_post_id),
            "GSI3SK": joined("POST", post.id),
        }
    return found


def metrics_indexes(user_id: str, listing_id: str, day: date) -> dict[str, str]:
    return {"GSI1PK": metrics_of(user_id), "GSI1SK": joined(day.isoformat(), listing_id)}


def inquiry_indexes(inquiry: Inquiry) -> dict[str, str]:
    return {
        "GSI1PK": inquiries_of(inquiry.user_id),
        "GSI1SK": joined(padded(millis(inquiry.at)), inquiry.id),
    }


def run_indexes(run: SyncRun) -> dict[str, str]:
    return {"GSI1PK": of_connection(run.connection_id), "GSI1SK": joined("RUN", run.id)}


def run_error_indexes(error: SyncError) -> dict[str, str]:
    """By its connection, by its run, and among all of its user; each in the order of time."""
    at = padded(millis(error.at))
    return {
        "GSI1PK": of_connection(error.connection_id),
        "GSI1SK": joined("RUNERROR", at, error.id),
        "GSI3PK": errors_of_run(error.user_id, error.run_id),
        "GSI3SK": joined(at, error.id),
        "GSI4PK": errors_of(error.user_id),
        "GSI4SK": joined(at, error.run_id, error.id),
    }


def intent_indexes(kind: str, target: str, due_millis: int, *, is_dead: bool = False) -> dict[str, str]:
    """Among the due ones of its lane and shard, or the dead ones of its shard, by its due time."""
    of_shard = shard(kind, target)
    return {
        "GSI2PK": dead(of_shard) if is_dead else due(LANES[IntentKind(kind)], of_shard),
        "GSI2SK": joined(padded(due_millis), kind, target),
    }
