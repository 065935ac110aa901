"""What a save of a listing writes, and how the saves of a run's page become few transactions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from adapters.tables import keys
from adapters.tables.changes import change_put
from adapters.tables.codec import stamped
from adapters.tables.listing_items import (
    fitted,
    listing_attributes,
    listing_item,
    photo_attributes,
    with_fitted_photos,
)
from adapters.tables.runs import read_run, run_write
from adapters.tables.table import Absent, Change, Equals, Put, Table, Value, Write
from adapters.tables.transaction import Now, Stale, commit
from domain.entities.intent import Fence
from domain.entities.listing import Listing
from domain.entities.sync_run import RunCounters, SyncRun
from domain.ports import ListingSave

WRITES = 90
"""In one transaction of saves; the run and the fence come on top."""
BYTES = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """A save and its writes.

    Attributes:
        listing: as it is once they are done.
        home: names the listing as the latest of its home, if the save wants that.
    """

    save: ListingSave
    listing: Listing
    writes: tuple[Write, ...]
    home: Put | None

    @property
    def bytes(self) -> int:
        return sum(_bytes(write) for write in self.writes)

    @property
    def row_key(self) -> str:
        facts = self.listing.facts
        return self.save.row_key or facts.listing_key or facts.mls_number or self.listing.id


def prepared(save: ListingSave, now: datetime) -> Prepared:
    """A new listing is put whole; of any other, photos are left alone unless the save is about them too."""
    new = save.listing.version == 0
    listing = fitted(replace(save.listing, version=save.listing.version + 1, updated_at=now))
    if save.with_photos:
        listing = replace(with_fitted_photos(listing), photos_version=listing.photos_version + 1)
    elif new:
        listing = replace(listing, photos=(), removed_photos=())
    write = Put(listing_item(listing, now), when=(Absent(),)) if new else _change(save, listing, now)
    changes = (change_put(change, now) for change in save.changes)
    return Prepared(save, listing, (write, *changes), _home(save, now) if save.home_key else None)


async def save_step(
    table: Table, now: Now, saves: Sequence[ListingSave], run: SyncRun, fence: Fence
) -> tuple[SyncRun, list[str]]:
    """`domain.ports.Listings.save_step`; raises `Conflict` if the run itself was written by another."""
    beaten: list[str] = []
    for chunk in _chunks([prepared(save, now()) for save in saves]) if saves else [[]]:
        run, lost = await _write_chunk(table, now, chunk, run, fence)
        beaten += lost
    return await read_run(table, run), beaten


async def _write_chunk(
    table: Table, now: Now, chunk: Sequence[Prepared], run: SyncRun, fence: Fence
) -> tuple[SyncRun, list[str]]:
    """Write one transaction, without the listings that another writer was faster with."""
    beaten: list[str] = []
    while True:
        done = dict.fromkeys([*run.checkpoint.done, *(one.row_key for one in chunk)])
        moved = replace(run, checkpoint=replace(run.checkpoint, done=tuple(done)))
        writes = [run_write(moved, now(), _sum([one.save.counters for one in chunk]))]
        writes += [write for one in chunk for write in one.writes]
        # Behind the others, because these are never refused; of two for one home the last one stays.
        writes += {one.save.home_key: one.home for one in chunk if one.home is not None}.values()
        asks = [ask for one in chunk for ask in one.save.ask]
        try:
            await commit(table, now, writes, fence=fence, ask=asks)
            return replace(moved, version=run.version + 1), beaten
        except Stale as stale:
            if stale.reasons[0] is not None:
                raise
            lost = _refused(chunk, stale)
        beaten += lost
        chunk = [one for one in chunk if one.listing.id not in lost]


def _refused(chunk: Sequence[Prepared], stale: Stale) -> list[str]:
    beaten: list[str] = []
    start = 1
    for one in chunk:
        end = start + len(one.writes)
        if any(reason is not None for reason in stale.reasons[start:end]):
            beaten.append(one.listing.id)
        start = end
    return beaten


def _chunks(all_prepared: Sequence[Prepared]) -> Iterator[list[Prepared]]:
    """Cut the saves into transactions; a listing comes once in each."""
    chunk: list[Prepared] = []
    writes = size = 0
    for one in all_prepared:
        more, larger = len(one.writes) + len(one.save.ask) + (one.home is not None), one.bytes
        twice = any(other.listing.id == one.listing.id for other in chunk)
        if chunk and (writes + more > WRITES or size + larger > BYTES or twice):
            yield chunk
            chunk, writes, size = [], 0, 0
        chunk.append(one)
        writes, size = writes + more, size + larger
    yield chunk


def _home(save: ListingSave, now: datetime) -> Put:
    listing = save.listing
    key = keys.home(listing.user_id, save.home_key)
    return Put({**stamped(key, "Home", created=now, now=now, version=1), "listing": listing.id})


def _change(save: ListingSave, listing: Listing, now: datetime) -> Change:
    change = Change(
        keys.listing(listing.user_id, listing.id),
        set=listing_attributes(listing, now),
        when=(Equals("version", save.listing.version),),
    )
    if not save.with_photos:
        return change
    return replace(
        change,
        set={**change.set, **photo_attributes(listing, now)},
        when=(*change.when, Equals("photosVersion", save.listing.photos_version)),
    )


def _sum(counters: Sequence[RunCounters]) -> RunCounters:
    return RunCounters(
        **{field.name: sum(getattr(one, field.name) for one in counters) for field in fields(RunCounters)}
    )


def _bytes(write: Write) -> int:
    values: dict[str, Value] = {}
    if isinstance(write, Put):
        values = write.item
    elif isinstance(write, Change):
        values = dict(write.set)
    return sum(len(name) + len(str(value).encode()) for name, value in values.items())
