"""Runs that ask for certain rows: what came of the keys and numbers that were asked for."""

from dataclasses import replace

from domain.entities.intent import Fence
from domain.entities.listing import Listing
from domain.entities.mls import MlsPage, MlsRecord, MlsRow
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import RunCounters, SyncError, SyncRun
from domain.ports import Ports
from domain.use_cases import reports
from domain.use_cases.vanishing import missing


def is_whole(run: SyncRun) -> bool:
    """Whether the run is about all rows, so that it moves cursors and counts as a poll."""
    return run.keys is None and run.numbers is None


def names_of(row: MlsRow) -> set[str]:
    """The key and the number by which the row may have been asked for; some MLSs ignore case."""
    number = row.facts.mls_number if isinstance(row, MlsRecord) else row.mls_number
    return {plain(name) for name in (row.key, number) if name}


def plain(name: str) -> str:
    """A key or a number as it is compared."""
    return name.strip().casefold()


def answered(run: SyncRun, page: MlsPage) -> tuple[str, ...]:
    """Of the keys and numbers asked for, those whose rows have come so far, the page's among them."""
    if is_whole(run):
        return ()
    came = {name for row in page.rows for name in names_of(row)}
    here = [name for name in (*(run.keys or ()), *(run.numbers or ())) if plain(name) in came]
    return tuple(dict.fromkeys((*run.checkpoint.answered, *here)))


async def settle_unanswered(
    ports: Ports, connection: MlsConnection, run: SyncRun, came: tuple[str, ...], fence: Fence
) -> tuple[SyncRun, RunCounters, list[SyncError]]:
    """Report each row that was asked for in vain, once; homes that we hold begin their time of grace.

    Returns:
        As `write_page`: what is to be written with the checkpoint that ends the paging.
    """
    keys = [key for key in dict.fromkeys(run.keys or ()) if key not in came]
    numbers = [number for number in dict.fromkeys(run.numbers or ()) if number not in came]
    errors = [reports.not_found(ports, run, key=key) for key in keys]
    errors += [reports.not_found(ports, run, number=number) for number in numbers]
    held = await _held(ports, connection, keys, numbers)
    noted = [missing(ports, connection, listing, run.id, swept=False).save for listing in held]
    # What the report counts is the row that failed, and that once.
    saves = [replace(save, counters=RunCounters()) for save in noted if save is not None]
    if saves:
        run, _ = await ports.listings.save_step(saves, run, fence=fence)
    return run, RunCounters(processed=len(errors), failed_imports=len(errors)), errors


async def _held(
    ports: Ports, connection: MlsConnection, keys: list[str], numbers: list[str]
) -> list[Listing]:
    """The connection's listings with these keys, or with the number if there is one alone.

    That is how a listing whose row has no key is asked for; a long list of numbers is a user's, and costs a
    look for each of them.
    """
    held = await ports.listings.of_keys(connection.user_id, connection.id, keys) if keys else []
    for number in numbers if len(numbers) == 1 else []:
        held += await ports.listings.by_mls_number(connection.user_id, connection.provider, number)
    return [listing for listing in held if listing.connection_id == connection.id]
