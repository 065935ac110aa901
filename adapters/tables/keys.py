"""Every key of every item, in one place; those of the indexes are made by `adapters.tables.key_indexes`.

A part of a key is escaped, so that nothing a user or an MLS writes can reach into the next part; sort keys
of indexes end in the id of the item, which makes them unique; numbers are zero-padded, so that the order of
text is the order of numbers. `tests/unit/test_keys.py` writes all of them out.
"""

import hashlib
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from adapters.tables.table import Key
from domain.entities.change import ListingChange
from domain.entities.listing import ListingOrderField, ListingStatus
from domain.entities.sync_run import SyncError

SHARDS = 16
"""Over how many partitions due work is spread; a constant, because it is part of stored keys."""

MISSING = "-"
"""Stands for a price or a date that a home lacks; sorts below all digits."""

ORDER_INDEXES = {
    ListingOrderField.PRICE: "GSI3",
    ListingOrderField.LISTED: "GSI4",
    ListingOrderField.UPDATED: "GSI5",
}

_BEHIND = "$"
"""Follows `#`, with which what a sort key has behind its first part begins."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
_UNSAFE = re.compile("[#%\0\ud800-\udfff]")
_ESCAPED = re.compile("%(D[89A-F][0-9A-F]{2}|[0-9A-F]{2})")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PART_BYTES = 200
_DIGITS = 15
_MOST: int = 10**_DIGITS - 1


@lru_cache(maxsize=10_000)
def part(text: str) -> str:
    """Escape one part of a key.

    `#`, `%`, NUL and halves of surrogate pairs become `%` and their number; a part that is longer than 200
    bytes is cut and ends in `%~` and a hash of the whole. Different texts stay different.
    """
    safe = _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", text)
    if len(safe.encode()) <= _PART_BYTES:
        return safe
    digest = hashlib.sha256(safe.encode()).hexdigest()[:40]
    return f"{safe.encode()[:100].decode(errors='ignore')}%~{digest}"


def joined(*parts: str) -> str:
    """A key of escaped parts."""
    return "#".join(map(part, parts))


def texts(key: str) -> list[str | None]:
    """The texts that `joined` has made a key of; None for one that was too long to be kept whole."""
    return [
        None if "%~" in part else _ESCAPED.sub(lambda found: chr(int(found[1], 16)), part)
        for part in key.split("#")
    ]


def millis(moment: datetime) -> int:
    """Milliseconds since 1970; the moment must carry a zone."""
    return (moment - _EPOCH) // _MILLISECOND


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return (moment - _EPOCH) // _SECOND


def moment(millis: int) -> datetime:
    """The moment in UTC of so many milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=millis)


def padded(number: int) -> str:
    """A number from 0 to 10^15 - 1, beyond which it is cut, as 15 digits."""
    return f"{min(max(number, 0), _MOST):0{_DIGITS}d}"


def cents(amount: Decimal | None) -> int | None:
    """Hundredths of the currency's unit; None if there is no amount or it is no number."""
    if amount is None or not amount.is_finite():
        return None
    return min(max(int((amount * 100).to_integral_value(ROUND_HALF_EVEN)), 0), _MOST)


def shard(*parts: str) -> str:
    """The shard, 00 to 15, of a thing; the same for ever."""
    return f"{hashlib.sha256(joined(*parts).encode()).digest()[0] % SHARDS:02d}"


def _ulid_time(millis: int) -> str:
    number = min(max(millis, 0), 2**48 - 1)
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(10)))


# Partitions


def user(user_id: str) -> str:
    return joined("USER", user_id)


def listings_of(user_id: str) -> str:
    return joined("USER", user_id, "LISTINGS")


def metrics_of(user_id: str) -> str:
    return joined("USER", user_id, "METRICS")


def inquiries_of(user_id: str) -> str:
    return joined("USER", user_id, "INQUIRY")


def changes_of(user_id: str) -> str:
    return joined("USER", user_id, "CHANGES")


def live(user_id: str) -> str:
    return joined("LIVE", user_id)


def mls_number(provider: str, number: str) -> str:
    return joined("MLS", provider, number)


def of_connection(connection_id: str) -> str:
    return joined("CONNECTION", connection_id)


def of_listing(listing_id: str) -> str:
    return joined("LISTING", listing_id)


def connections(shard: int) -> str:
    """One of the partitions, from 0 to 15, in which all users' MLS connections are."""
    return joined("CONNECTIONS", f"{shard:02d}")


def errors_of(user_id: str) -> str:
    return joined("USER", user_id, "RUNERRORS")


def errors_of_run(user_id: str, run_id: str) -> str:
    return joined("USER", user_id, "RUN", run_id, "RUNERRORS")


def remote_post(platform: str, platform_post_id: str) -> str:
    return joined("REMOTE", platform, platform_post_id)


def remote_account(platform: str, remote_id: str) -> str:
    return joined("ACCOUNT", platform, remote_id)


def login(platform: str, login_id: str) -> str:
    return joined("LOGIN", platform, login_id)


def sync_days_of_all(day: date) -> str:
    return joined("SYNCDAYS", day.isoformat())


def due(lane: str, shard: str) -> str:
    return joined("DUE", lane, shard)


def dead(shard: str) -> str:
    return joined("DEAD", shard)


# Items


def listing(user_id: str, listing_id: str) -> Key:
    return Key(user(user_id), joined("LISTING", listing_id))


def home(user_id: str, home_key: str) -> Key:
    """Which listing of a home came to the market last (`domain.rules.homes.home_key`)."""
    return Key(user(user_id), joined("HOME", home_key))


def mls_connection(user_id: str, connection_id: str) -> Key:
    return Key(user(user_id), joined("MLS_CONNECTION", connection_id))


def mls_credentials(user_id: str, connection_id: str) -> Key:
    """The sealed credentials: an item of their own, which is in no index."""
    return Key(user(user_id), joined("MLS_CREDENTIALS", connection_id))


def social_account(user_id: str, platform: str, remote_id: str) -> Key:
    return Key(user(user_id), joined("SOCIAL", platform.upper(), remote_id))


def social_tokens(user_id: str, platform: str, remote_id: str) -> Key:
    """The sealed tokens: an item of their own, which is in no index."""
    return Key(user(user_id), joined("SOCIAL_TOKENS", platform.upper(), remote_id))


def link_state(user_id: str, state: str) -> Key:
    return Key(user(user_id), joined("LINK_STATE", state))


def post(user_id: str, post_id: str) -> Key:
    return Key(user(user_id), joined("POST", post_id))


def idempotency(user_id: str, operation: str, key: str) -> Key:
    return Key(user(user_id), joined("IDEMPOTENCY", operation, key))


def metrics(user_id: str, listing_id: str, day: date) -> Key:
    return Key(user(user_id), joined("METRICS", listing_id, day.isoformat()))


def metrics_month(user_id: str, listing_id: str, day: date) -> Key:
    """Months of all listings lie together, so that a month is one range."""
    return Key(user(user_id), metrics_months(day) + part(listing_id))


def metrics_months(day: date) -> str:
    """How the sort keys of the month of this day begin, whatever the listing."""
    return joined("METRICMONTH", day.isoformat()[:7]) + "#"


def metric_event(user_id: str, event_id: str) -> Key:
    return Key(joined("EVENT", user_id, event_id), "EVENT")


def reading(user_id: str, post_id: str) -> Key:
    """What a platform has told of a post so far: apart from the post, whose watchers it does not concern."""
    return Key(user(user_id), joined("READING", post_id))


def inquiry(user_id: str, listing_id: str, at: datetime, inquiry_id: str) -> Key:
    return Key(user(user_id), joined("INQUIRY", listing_id, padded(millis(at)), inquiry_id))


def inquiries_between(listing_id: str, first: date, last: date) -> tuple[str, str]:
    """From which to which sort key the inquiries about a listing on these UTC days lie."""
    begin = datetime.combine(first, time(), UTC)
    low, high = padded(millis(begin)), padded(millis(datetime.combine(last, time.max, UTC)))
    return joined("INQUIRY", listing_id, low), joined("INQUIRY", listing_id, high) + "$"


def run(user_id: str, run_id: str) -> Key:
    return Key(user(user_id), joined("RUN", run_id))


def runs_between(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    """The sort keys from which and up to which runs were made between two moments, give or take a minute.

    Runs are found by the time in their ids (ULID: 48 bits of milliseconds in Crockford's Base32), which is
    read from the clock a moment before or after that of the run.
    """
    low = "RUN#" if since is None else f"RUN#{_ulid_time(millis(since) - 60_000)}"
    high = "RUN$" if until is None else f"RUN#{_ulid_time(millis(until) + 60_000)}"
    return low, high


def run_error(error: SyncError) -> Key:
    return Key(user(error.user_id), joined("RUNERROR", error.run_id, error.id))


def sync_day(user_id: str, day: date, connection_id: str) -> Key:
    """What a connection's runs came to on a UTC day."""
    return Key(user(user_id), joined("SYNCDAY", day.isoformat(), connection_id))


def sync_day_of_all(day: date, connection_id: str) -> Key:
    """What all runs of a UTC day came to, in 256 parts: that of the connection."""
    part_of_day = hashlib.sha256(connection_id.encode("utf-8", "replace")).hexdigest()[:2]
    return Key(sync_days_of_all(day), part_of_day)


def change(change: ListingChange) -> Key:
    at = padded(millis(change.at))
    return Key(user(change.user_id), joined("CHANGE", change.listing_id, at, change.id))


def notification(user_id: str, notification_id: str) -> Key:
    """Notification ids begin with their padded moment, so that the sort key is in the order of time."""
    return Key(user(user_id), joined("NOTIFICATION", notification_id))


def webhook(user_id: str, webhook_id: str) -> Key:
    return Key(user(user_id), joined("WEBHOOK", webhook_id))


def webhook_secret(user_id: str, webhook_id: str) -> Key:
    """The sealed secret: an item of its own, which lists never read."""
    return Key(user(user_id), joined("WEBHOOK_SECRET", webhook_id))


def alert(user_id: str, alert_id: str) -> Key:
    return Key(user(user_id), joined("ALERT", alert_id))


def mail_settings(user_id: str) -> Key:
    return Key(user(user_id), "MAIL_SETTINGS")


def installation() -> Key:
    """The one item of the whole installation."""
    return Key("INSTALLATION", "INSTALLATION")


def file_sweep() -> Key:
    """The one item of the installation that says how far stored photos are compared with listings."""
    return Key("FILE_SWEEP", "FILE_SWEEP")


def intent(kind: str, target: str) -> Key:
    return Key(joined("INTENT", kind, target), "INTENT")


def price_positions(low: int, high: int) -> tuple[str, str]:
    """The sort keys between which the homes lie that cost so many cents, among the user's listings by price."""
    return padded(low), padded(high) + _BEHIND


def listing_day_positions(first: str, last: str) -> tuple[str, str]:
    """The sort keys between which the homes lie that were listed on these days, among the listings by that."""
    return first, last + _BEHIND


def listing_status(status: ListingStatus, user_id: str) -> str:
    """How the sort keys of a user's listings with one MLS number and this status begin."""
    return joined("STATUS", status, user_id) + "#"
