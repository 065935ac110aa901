"""Events that an MLS pushes: the listings they name are brought up to date at once; polling goes on beneath.

The body is that of a RESO EntityEvent push: `{"value": [{"EntityEventSequence", "ResourceName",
"ResourceRecordKey"}]}`. The signature is our own: an HMAC-SHA-256 over the timestamp, a full stop and the body.
"""

import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncMode, SyncRun, SyncRunKind
from domain.errors import Invalid, LimitExceeded, NotFound
from domain.ports import Ports
from domain.use_cases.queueing import queued

CLOCK_SKEW = timedelta(minutes=5)
"""How far the timestamp of a push may be from our clock, either way."""

MOST_KEYS = 1_000
LONGEST_KEY = 255
"""RESO Data Dictionary 2.0: ListingKey is String(255)."""

_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")


async def take_push(
    ports: Ports, *, user_id: str, connection_id: str, timestamp: str, signature: str, body: bytes
) -> int:
    """Queue a run over the listings that a push names; the same push again does nothing.

    A connection that is off, as its own or with the whole installation, or waits for its user, is left alone:
    the next poll brings what happened.

    Args:
        timestamp: seconds since 1970, as the header says it.
        signature: `sha256=` and 64 hexadecimal digits.

    Returns:
        How many listings were queued.

    Raises:
        NotFound: there is no such connection, it has no secret, or the push is not signed with that, or not
            now; which of these is never said.
        Invalid: the body is no such push.
        LimitExceeded: it names more than `MOST_KEYS` listings.
        Unavailable: too much is waiting already.
    """
    sent, offered = _moment(timestamp), _SIGNATURE.fullmatch(signature)
    if sent is None or offered is None or abs(ports.now() - sent) > CLOCK_SKEW:
        raise _refused()
    connection = await ports.mls_connections.get(user_id, connection_id)
    secret = await _secret(ports, connection)
    # Without a secret the same is computed, so that the time says nothing about what there is.
    made = hmac.new((secret or "-").encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
    if not hmac.compare_digest(made, offered[1].lower()) or connection is None or not secret:
        raise _refused()
    if await ports.mls_connections.knows_push(user_id, connection_id, made):
        return 0
    keys = _keys(body)
    if not keys or not connection.enabled or connection.needs_action:
        return 0
    if not (await ports.installations.recent()).sync_enabled:
        return 0
    # Kept after its effect: a push that dies in between is sent again, and joins the run that waits.
    await queued(ports, connection, keys, lambda run: _with(run, keys))
    await ports.mls_connections.keep_push(user_id, connection_id, made, until=sent + 2 * CLOCK_SKEW)
    return len(keys)


def _refused() -> NotFound:
    return NotFound("Not allowed.")


def _moment(timestamp: str) -> datetime | None:
    return datetime.fromtimestamp(int(timestamp), UTC) if _TIMESTAMP.fullmatch(timestamp) else None


async def _secret(ports: Ports, connection: MlsConnection | None) -> str | None:
    if connection is None:
        return None
    try:
        credentials = await ports.mls_connections.credentials(connection.user_id, connection.id)
    except NotFound:  # disconnected a moment ago
        return None
    return credentials.webhook_secret


def _keys(body: bytes) -> tuple[str, ...]:
    """The keys of the listings that the push names; events of other resources are left out."""
    try:
        value = json.loads(body)["value"]
        keys = [event["ResourceRecordKey"] for event in value if event["ResourceName"] == "Property"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Invalid("This is no push of EntityEvents.") from None
    if not all(isinstance(key, str) and 0 < len(key) <= LONGEST_KEY and key.isprintable() for key in keys):
        raise Invalid(f"A ResourceRecordKey is a text of 1 to {LONGEST_KEY} characters.")
    different = tuple(sorted(set(keys)))
    if len(different) > MOST_KEYS:
        raise LimitExceeded(f"A push names {MOST_KEYS} listings at most.")
    return different


def _with(run: SyncRun, keys: tuple[str, ...]) -> SyncRun | None:
    """A waiting run over some rows takes in these too, while there is room."""
    if run.keys is None or run.numbers is not None:
        return None
    if (run.kind, run.mode) != (SyncRunKind.SYNC, SyncMode.FULL):
        return None
    together = tuple(sorted({*run.keys, *keys}))
    return replace(run, keys=together) if len(together) <= MOST_KEYS else None
