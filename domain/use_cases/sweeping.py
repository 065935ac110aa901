"""The sweep: once a day all keys of the MLS are compared with the homes for sale, because many MLSs just drop one.

Three phases, each of small steps with a checkpoint behind it: list the keys, compare, settle what is odd. Only
if every page of keys came, and only if the feed did not shrink suspiciously, anything is settled; and before a
home is taken for missing the MLS is asked for it by its key.
"""

from dataclasses import replace
from datetime import datetime

from domain.entities.common import Failure, PageRequest
from domain.entities.intent import Fence
from domain.entities.listing import Listing, Takedown
from domain.entities.mls import MlsDefect, MlsPage, MlsQuery, MlsRow
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import RunCounters, SweepProgress, SyncRun
from domain.errors import Rejected
from domain.ports import ListingSave, Ports
from domain.rules.sweeps import most_missing
from domain.use_cases.asking import names_of, plain
from domain.use_cases.feeds import Feed
from domain.use_cases.merging import Merged
from domain.use_cases.metering import count_others, count_saves
from domain.use_cases.pages import added, write_page
from domain.use_cases.sweep_files import Odd, Oddity, load_keys, load_odd, store_keys, store_odd
from domain.use_cases.vanishing import ONE_UNCHANGED, is_for_sale, missing, row_key, seen

TOGETHER = 100
"""Listings that are settled in one step; also, that many keys are asked for at once."""


async def sweep_on(
    ports: Ports, connection: MlsConnection, feed: Feed, run: SyncRun, fence: Fence, until: datetime
) -> SyncRun:
    """Take the sweep one step further; its paging is finished when nothing is left to settle."""
    progress = run.sweep or SweepProgress()
    if not progress.listed:
        return await _list_page(ports, feed, run, progress, fence)
    if not progress.compared:
        return await _compare(ports, connection, run, progress, fence, until)
    return await _settle(ports, connection, feed, run, progress, fence)


async def _list_page(
    ports: Ports, feed: Feed, run: SyncRun, progress: SweepProgress, fence: Fence
) -> SyncRun:
    page = await feed.keys(run.checkpoint.position)
    await store_keys(ports, run.id, progress.pages, page.keys)
    listed = replace(
        progress,
        pages=progress.pages + 1,
        keys=progress.keys + len(page.keys),
        listed=page.position is None,
    )
    checkpoint = replace(run.checkpoint, position=page.position)
    moved = replace(run, attempts=0, checkpoint=checkpoint, sweep=listed)
    return await ports.runs.save(moved, fence=fence)


async def _compare(
    ports: Ports,
    connection: MlsConnection,
    run: SyncRun,
    progress: SweepProgress,
    fence: Fence,
    until: datetime,
) -> SyncRun:
    """Compare listings with the keys until all are or `until` has come."""
    keys = await load_keys(ports, run.id, progress.pages)
    odd: list[Odd] = []
    as_listed = 0
    while not progress.compared:
        request = PageRequest(TOGETHER, progress.after)
        page = await ports.listings.of_connection(connection.user_id, connection.id, request)
        judged = [(_oddity(listing, keys), listing) for listing in page.items]
        found = [Odd(one.id, row_key(one), oddity) for oddity, one in judged if oddity is not None]
        odd += found
        as_listed += sum(oddity is None and is_for_sale(listing) for oddity, listing in judged)
        progress = replace(
            progress,
            after=page.end,
            held=progress.held + sum(map(is_for_sale, page.items)),
            missing=progress.missing + sum(one.oddity is Oddity.MISSING for one in found),
            compared=page.end is None,
        )
        if ports.now() >= until:
            break
    for start in range(0, len(odd), TOGETHER):
        await store_odd(ports, run.id, progress.odd, odd[start : start + TOGETHER])
        progress = replace(progress, odd=progress.odd + 1)
    moved = replace(_judged(connection, run, progress), attempts=0, total_listings=progress.held)
    counters = RunCounters(processed=as_listed, unchanged=as_listed)
    count_others(ports, counters)
    return await ports.runs.save(moved, add=counters, fence=fence)


def _oddity(listing: Listing, keys: set[str]) -> Oddity | None:
    """What is odd about the listing; one that was changed here has an empty hash until the MLS is heard."""
    key = row_key(listing)
    if not key or listing.excluded_from_sync:
        return None
    if key not in keys:
        return Oddity.MISSING if is_for_sale(listing) else None
    if listing.takedown is Takedown.DELETED or not listing.content_hash:
        return Oddity.BACK
    return Oddity.SEEN if listing.missing_since is not None else None


def _judged(connection: MlsConnection, run: SyncRun, progress: SweepProgress) -> SyncRun:
    """The run behind its comparison: it goes on to settle, or is about to end."""
    compared = replace(run, sweep=progress)
    if not progress.compared:
        return compared
    failure = _distrust(connection, progress)
    finished = failure is not None or progress.odd == 0
    checkpoint = replace(run.checkpoint, finished_paging=finished)
    return replace(compared, failure=failure, checkpoint=checkpoint)


def _distrust(connection: MlsConnection, progress: SweepProgress) -> Failure | None:
    """Why the list of keys is not believed; None if it is."""
    if progress.keys == 0 and progress.held > 0:
        return Failure("EMPTY_FEED", "The MLS lists no homes at all; nothing was taken off the market.")
    most = most_missing(connection.settings, progress.held)
    if progress.missing <= most:
        return None
    return Failure(
        "FEED_SHRANK",
        f"The MLS no longer lists {progress.missing} of the {progress.held} homes for sale, and more than"
        f" {most} at once is suspicious; nothing was taken off the market.",
    )


async def _settle(
    ports: Ports, connection: MlsConnection, feed: Feed, run: SyncRun, progress: SweepProgress, fence: Fence
) -> SyncRun:
    """Settle one file of odd listings: what the MLS answers is merged as any row, the rest is as it seems."""
    odd = await load_odd(ports, run.id, progress.settled)
    run = replace(run, checkpoint=replace(run.checkpoint, position=f"odd/{progress.settled}"))
    listings = await ports.listings.get_many(connection.user_id, [one.listing_id for one in odd])
    pairs = [(one, listing) for one, listing in zip(odd, listings, strict=True) if listing is not None]
    rows = await _ask(feed, [listing for one, listing in pairs if one.oddity is not Oddity.SEEN])
    run, counters, errors = await write_page(ports, connection, run, MlsPage(rows=rows, position=None), fence)
    came = {name for row in rows for name in names_of(row)}
    unclear = any(isinstance(row, MlsDefect) and not names_of(row) for row in rows)
    done = set(run.checkpoint.done)
    saves: list[ListingSave] = []
    for one, listing in pairs:
        if one.key in done or plain(one.key) in came:
            continue
        merged = _comes_to(ports, connection, one, listing, run.id, unclear=unclear)
        if merged.save is None:
            counters = added(counters, ONE_UNCHANGED)
        else:
            saves.append(merged.save)
    run, beaten = await ports.listings.save_step(saves, run, fence=fence)
    count_saves(ports, saves, beaten)
    settled = replace(progress, settled=progress.settled + 1)
    checkpoint = replace(
        run.checkpoint, position=None, done=(), finished_paging=settled.settled == settled.odd
    )
    moved = replace(run, attempts=0, sweep=settled, checkpoint=checkpoint)
    return await ports.runs.save(moved, add=counters, errors=errors, fence=fence)


def _comes_to(
    ports: Ports, connection: MlsConnection, one: Odd, listing: Listing, run_id: str, *, unclear: bool
) -> Merged:
    """A row without a key among the answers may be any of those that were asked for: then none is missing."""
    if one.oddity is Oddity.SEEN:
        return seen(listing)
    if one.oddity is Oddity.BACK or unclear:
        return Merged(None, ONE_UNCHANGED)
    return missing(ports, connection, listing, run_id, swept=True)


async def _ask(feed: Feed, listings: list[Listing]) -> tuple[MlsRow, ...]:
    """The rows of these listings that the MLS still has; others it may send are left out."""
    keys = tuple(one.facts.listing_key for one in listings if one.facts.listing_key)
    numbers = tuple(row_key(one) for one in listings if not one.facts.listing_key and row_key(one))
    rows: list[MlsRow] = []
    for query in (MlsQuery(keys=keys), MlsQuery(numbers=numbers)):
        asked = {plain(name) for name in (*(query.keys or ()), *(query.numbers or ()))}
        if asked:
            answer = await _all_pages(feed, query, most=len(asked) + 10)
            rows += [row for row in answer if not names_of(row) or names_of(row) & asked]
    return tuple(rows)


async def _all_pages(feed: Feed, query: MlsQuery, most: int) -> list[MlsRow]:
    rows: list[MlsRow] = []
    position: str | None = None
    for _ in range(most):
        page = await feed.fetch(query, position)
        rows += page.rows
        position = page.position
        if position is None:
            return rows
    raise Rejected("The MLS does not come to an end with the rows of a few keys.")
