"""Connecting an agent's MLS account, and what can be done to the connection."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.mls import UPLOADED
from domain.entities.mls_connection import MlsConnection, MlsCredentials, MlsSource
from domain.entities.sync_run import TERMINAL, SyncMode, SyncRun, SyncRunKind, SyncRunState
from domain.errors import ActionRequired, Invalid
from domain.ports import Mls, Ports
from domain.rules.identity import feed_prefix, upload_key
from domain.rules.paces import checked_interval, smart_interval
from domain.rules.schedule import DEFAULT_INTERVAL, first_poll
from domain.rules.urls import check_web_address
from domain.use_cases.again import until_unchallenged
from domain.use_cases.listings import remove_listing
from domain.use_cases.lookup import connection_of, protocol_of
from domain.use_cases.sweep_files import forget_sweep

SHORTEST_SECRET = 16
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


async def connect_mls(
    ports: Ports,
    *,
    user_id: str,
    provider: str,
    protocol: str,
    vendor: str,
    url: str,
    label: str | None,
    credentials: MlsCredentials,
    settings: dict[str, Any],
) -> MlsConnection:
    """Log in to the MLS once and, if that works, keep the connection; its polling begins.

    Raises:
        Invalid: for a malformed provider, vendor or URL.
        ActionRequired, Rejected, Unavailable: what the MLS answered; nothing is stored.
    """
    adapter = protocol_of(ports, protocol)
    check_provider(provider)
    check_vendor(adapter, vendor)
    check_root(url, adapter)
    _check_secret(credentials)
    now = ports.now()
    connection = MlsConnection(
        id=ports.new_id(),
        user_id=user_id,
        provider=provider,
        protocol=protocol,
        vendor=vendor,
        url=url,
        label=label,
        settings=settings,
        created_at=now,
        updated_at=now,
        next_sync_at=first_poll(now, DEFAULT_INTERVAL, ports.random()),
    )
    await _try(ports, connection, credentials)
    return await ports.mls_connections.create(connection, credentials, ask=[_standing(connection)])


async def update_mls_connection(
    ports: Ports,
    *,
    user_id: str,
    connection_id: str,
    label: str | None = None,
    url: str | None = None,
    credentials: MlsCredentials | None = None,
    settings: dict[str, Any] | None = None,
) -> MlsConnection:
    """Change what is given, after logging in with it; what only the user could mend counts as mended.

    Settings decide what a row comes to, so that after a change of them all rows are read again.
    """

    async def attempt() -> MlsConnection:
        old = await connection_of(ports, user_id, connection_id)
        if url is not None:
            check_root(url, protocol_of(ports, old.protocol))
        new = replace(
            old,
            label=old.label if label is None else label,
            url=old.url if url is None else url,
            settings=old.settings if settings is None else settings,
        )
        if url is None and credentials is None and settings is None:
            return await ports.mls_connections.save(new)
        stored = await ports.mls_connections.credentials(user_id, connection_id)
        known = credentials.over(stored) if credentials else stored
        _check_secret(known)
        await _try(ports, new, known)
        runs = _reading_again(ports, old, new)
        queue = (*old.run_queue, *(run.id for run in runs))
        cursors = old.cursors if new.url == old.url else {}
        new = replace(new, run_queue=queue, cursors=cursors, needs_action=None, not_before=None)
        new = replace(new, next_sync_at=ports.now())
        changed = known if credentials else None
        return await ports.mls_connections.save(new, credentials=changed, runs=runs, ask=_polling(new))

    return await until_unchallenged(ports, attempt)


async def set_mls_connection_enabled(
    ports: Ports, *, user_id: str, connection_id: str, enabled: bool
) -> MlsConnection:
    """Let a connection be polled, or not; its polls begin within a period and a half, spread as all others'."""

    async def attempt() -> MlsConnection:
        old = await connection_of(ports, user_id, connection_id)
        if old.enabled == enabled:
            return old
        first = first_poll(ports.now(), old.effective_interval_minutes, ports.random())
        new = replace(old, enabled=enabled, next_sync_at=first if enabled else None)
        return await ports.mls_connections.save(new, ask=_polling(new))

    return await until_unchallenged(ports, attempt)


async def set_mls_sync_interval(
    ports: Ports,
    *,
    user_id: str,
    connection_id: str,
    minutes: int,
    smart: bool | None = None,
    shortest: int | None = None,
    longest: int | None = None,
) -> MlsConnection:
    """Set how often the connection is polled; the next poll moves accordingly.

    Args:
        smart: whether the interval follows the news (`domain.rules.paces`); None leaves that as it is.
        shortest, longest: the bounds of a smart interval, in minutes; None for the usual ones.

    Raises:
        Invalid: naming what is no interval, or a bound on the wrong side of `minutes`.
    """
    checked_interval(minutes)
    bounds = smart_interval(minutes, shortest, longest)

    async def attempt() -> MlsConnection:
        old = await connection_of(ports, user_id, connection_id)
        is_smart = old.smart is not None if smart is None else smart
        if not is_smart and not (shortest is None and longest is None):
            raise Invalid("Only a smart interval has bounds.", field=("smart",))
        due = (old.last_synced_at or ports.now()) + timedelta(minutes=minutes)
        new = replace(
            old,
            sync_interval_minutes=minutes,
            smart=bounds if is_smart else None,
            next_sync_at=due if old.enabled else None,
        )
        return await ports.mls_connections.save(new, ask=_polling(new))

    return await until_unchallenged(ports, attempt)


async def disconnect_mls(ports: Ports, *, user_id: str, connection_id: str, keep_listings: bool) -> str:
    """Forget the connection, its credentials and its files; without `keep_listings` its listings go too.

    Its runs end first, so that none brings back what is being removed.
    """
    connection = await until_unchallenged(ports, lambda: _stop(ports, user_id, connection_id))
    if not keep_listings:
        await _remove_listings(ports, connection)
    await forget_files(ports, connection_id)

    async def forget() -> None:
        await ports.mls_connections.delete(await connection_of(ports, user_id, connection_id))

    await until_unchallenged(ports, forget)
    return connection_id


async def forget_files(ports: Ports, connection_id: str) -> None:
    """Remove the file that was sent for a connection, and what is kept of one that is being read."""
    kept = [key async for key in ports.files.list(feed_prefix(connection_id))]
    for key in (upload_key(connection_id), *kept):
        await ports.files.delete(key)


async def source_of(ports: Ports, connection: MlsConnection) -> MlsSource:
    """What the protocol's adapter needs, credentials opened."""
    credentials = await ports.mls_connections.credentials(connection.user_id, connection.id)
    return _source(connection, credentials)


def check_root(url: str, adapter: Mls) -> None:
    """Raises `Invalid` for what can be no root of a service, and no file of the user's where that is allowed."""
    if url == UPLOADED and any(vendor.url == UPLOADED for vendor in adapter.vendors):
        return
    check_web_address(url)


async def _try(ports: Ports, connection: MlsConnection, credentials: MlsCredentials) -> None:
    adapter = protocol_of(ports, connection.protocol)
    try:
        await adapter.check(_source(connection, credentials))
    except ActionRequired as error:
        raise ActionRequired(error.message, field=error.field or ("credentials",)) from error


def _source(connection: MlsConnection, credentials: MlsCredentials) -> MlsSource:
    return MlsSource(
        connection_id=connection.id,
        url=connection.url,
        vendor=connection.vendor,
        settings=connection.settings,
        credentials=credentials,
    )


def check_provider(provider: str) -> None:
    """Raises `Invalid` for what cannot be the short name of an MLS."""
    if not _PROVIDER.fullmatch(provider) or provider == "manual":
        raise Invalid("A provider is 1 to 40 of a-z, 0-9, - and _, and not 'manual'.", field=("provider",))


def check_vendor(adapter: Mls, vendor: str) -> None:
    """Raises `Invalid` for a vendor that the protocol does not know."""
    names = [known.name for known in adapter.vendors]
    if vendor not in names:
        raise Invalid(f"There is no vendor {vendor!r}; there are: {', '.join(names)}.", field=("vendor",))


def _check_secret(credentials: MlsCredentials) -> None:
    """Whoever sees one signed push can try secrets at leisure."""
    if credentials.webhook_secret and len(credentials.webhook_secret) < SHORTEST_SECRET:
        message = f"The secret of a webhook has {SHORTEST_SECRET} characters at least."
        raise Invalid(message, field=("credentials", "webhookSecret"))


def _standing(connection: MlsConnection) -> Ask:
    return Ask(IntentKind.SYNC, connection.user_id, connection.id, due=connection.next_sync_at)


def _polling(connection: MlsConnection) -> list[Ask]:
    return [_standing(connection)] if connection.enabled or connection.run_queue else []


def _reading_again(ports: Ports, old: MlsConnection, new: MlsConnection) -> list[SyncRun]:
    """A run over all rows, if they were read before and may come to something else now."""
    if not old.cursors or (new.url, new.settings) == (old.url, old.settings):
        return []
    run = SyncRun(
        id=ports.new_id(),
        user_id=new.user_id,
        connection_id=new.id,
        kind=SyncRunKind.SYNC,
        mode=SyncMode.FULL,
        created_at=ports.now(),
    )
    return [run]


async def _stop(ports: Ports, user_id: str, connection_id: str) -> MlsConnection:
    """End the connection's runs, and let no other begin by itself."""
    connection = await connection_of(ports, user_id, connection_id)
    queued = await ports.runs.get_many(user_id, connection.run_queue)
    ended = [
        replace(run, state=SyncRunState.CANCELLED, cancel_requested=True, finished_at=ports.now())
        for run in queued
        if run is not None and run.state not in TERMINAL
    ]
    stopped = replace(connection, enabled=False, run_queue=(), next_sync_at=None)
    stopped = await ports.mls_connections.save(stopped, runs=ended)
    for run in ended:
        if run.kind is SyncRunKind.SWEEP:
            await forget_sweep(ports, run.id)
        await ports.progress.tell(f"run:{run.id}")
    return stopped


async def _remove_listings(ports: Ports, connection: MlsConnection) -> None:
    after: str | None = None
    while True:
        page = await ports.listings.of_connection(connection.user_id, connection.id, PageRequest(100, after))
        for listing in page.items:
            await remove_listing(ports, listing)
        if page.end is None:
            return
        after = page.end
