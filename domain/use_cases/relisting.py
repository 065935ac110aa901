"""Homes that come to the market again: a new listing of one is linked to the listing before it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.intent import Fence
from domain.entities.listing import Listing
from domain.ports import ListingSave, Ports
from domain.rules.homes import home_key, listed_before
from domain.use_cases.again import until_unchallenged

LONGEST_CHAIN = 10
"""How many stored listings of a home are looked at to find the place of one that is older than the latest."""


async def linked(
    ports: Ports, saves: Sequence[ListingSave], run_id: str | None, fence: Fence
) -> list[ListingSave]:
    """The saves of a page, each new listing with its predecessor: the listing of the same home that came to
    the market before it, under another number.

    Listings come in any order. One that is older than a stored one becomes the predecessor of that; the stored
    one is written here, before the older one is, so that a death between the two leaves a link to a listing
    that the repetition brings. The new listings of a home stand in their order, because the last one is kept
    as the latest.
    """
    homes = _homes(saves)
    if not homes:
        return list(saves)
    user_id = saves[0].listing.user_id
    latest = await _latest(ports, user_id, list(homes))
    ready: list[ListingSave] = []
    touched: dict[str, Listing] = {}
    for key, new in homes.items():
        chain = await _chain(ports, key, latest.get(key), [save.listing for save in new.values()])
        line = sorted([*chain, *(save.listing for save in new.values())], key=listed_before)
        before = _predecessors(line)
        for stored in chain:
            earlier = before.get(stored.id)
            if earlier is not None and earlier.id in new:
                touched[stored.id] = await _relinked(ports, stored, earlier, run_id, fence)
        behind = line.index(chain[0]) if chain else -1
        for place, listing in enumerate(line):
            if listing.id in new:
                save = _with(ports, new[listing.id], before.get(listing.id), run_id)
                ready.append(replace(save, home_key=key) if place > behind else save)
    taken = {save.listing.id for save in ready}
    return [*(_again(save, touched) for save in saves if save.listing.id not in taken), *ready]


def _homes(saves: Sequence[ListingSave]) -> dict[str, dict[str, ListingSave]]:
    """The saves of new listings by home and id, of those that say which home and under which number."""
    homes: dict[str, dict[str, ListingSave]] = {}
    for save in saves:
        key = home_key(save.listing) if save.listing.version == 0 else None
        if key is not None and save.listing.facts.mls_number:
            homes.setdefault(key, {})[save.listing.id] = save
    return homes


async def _latest(ports: Ports, user_id: str, home_keys: list[str]) -> dict[str, Listing]:
    ids = await ports.listings.latest_of_homes(user_id, home_keys)
    known = {id: key for key, id in zip(home_keys, ids, strict=True) if id is not None}
    found = await ports.listings.get_many(user_id, list(known)) if known else []
    return {known[listing.id]: listing for listing in found if listing is not None}


async def _chain(ports: Ports, key: str, latest: Listing | None, new: Sequence[Listing]) -> list[Listing]:
    """The stored listings of the home, the latest first, back to one that is older than all new ones."""
    chain: list[Listing] = []
    oldest = min(map(listed_before, new))
    stored = latest
    while stored is not None and home_key(stored) == key and stored.id not in {one.id for one in chain}:
        chain.append(stored)
        if listed_before(stored) < oldest or len(chain) == LONGEST_CHAIN or stored.predecessor_id is None:
            break
        stored = await ports.listings.get(stored.user_id, stored.predecessor_id)
    return chain


def _predecessors(line: Sequence[Listing]) -> dict[str, Listing]:
    """Of each listing the one before it, if that has another number."""
    return {
        later.id: earlier
        for earlier, later in pairwise(line)
        if earlier.facts.mls_number and earlier.facts.mls_number != later.facts.mls_number
    }


async def _relinked(
    ports: Ports, listing: Listing, predecessor: Listing, run_id: str | None, fence: Fence
) -> Listing:
    async def attempt() -> Listing:
        now = await ports.listings.get(listing.user_id, listing.id)
        if now is None or now.predecessor_id == predecessor.id:
            return now or listing
        moved = replace(now, predecessor_id=predecessor.id, updated_at=ports.now())
        save = ListingSave(listing=moved, changes=(_line(ports, moved, predecessor, run_id),))
        return await ports.listings.update(save, fence=fence)

    return await until_unchallenged(ports, attempt)


def _again(save: ListingSave, touched: Mapping[str, Listing]) -> ListingSave:
    """A save of a listing that was relinked since it was read; of one that others changed too, as it was."""
    now = touched.get(save.listing.id)
    if now is None or now.version != save.listing.version + 1:
        return save
    return replace(
        save, listing=replace(save.listing, version=now.version, predecessor_id=now.predecessor_id)
    )


def _with(ports: Ports, save: ListingSave, predecessor: Listing | None, run_id: str | None) -> ListingSave:
    if predecessor is None:
        return save
    listing = replace(save.listing, predecessor_id=predecessor.id)
    return replace(save, listing=listing, changes=(*save.changes, _line(ports, listing, predecessor, run_id)))


def _line(ports: Ports, listing: Listing, predecessor: Listing, run_id: str | None) -> ListingChange:
    return ListingChange(
        id=ports.new_id(),
        user_id=listing.user_id,
        listing_id=listing.id,
        kind=ListingChangeKind.RELISTED,
        field="mls_number",
        old=predecessor.facts.mls_number,
        new=listing.facts.mls_number,
        source=ChangeSource.MLS,
        run_id=run_id,
        at=listing.updated_at,
    )
