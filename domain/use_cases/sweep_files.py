"""What a sweep keeps as files while it lasts: the MLS's keys by pages, and the listings that are to be settled.

A hundred thousand keys fit into no item of the table. What lies under a name may be written again by a sweep
that died, with what the MLS lists then.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from domain.ports import Ports


class Oddity(StrEnum):
    """MISSING: for sale here, not listed there. SEEN: listed again after it was missing. BACK: listed there,
    while here it is deleted, or not as the MLS has it."""

    MISSING = "MISSING"
    SEEN = "SEEN"
    BACK = "BACK"


@dataclass(frozen=True, slots=True)
class Odd:
    """A listing that a sweep has to settle; `key` is that of its row."""

    listing_id: str
    key: str
    oddity: Oddity


async def store_keys(ports: Ports, run_id: str, page: int, keys: tuple[str, ...]) -> None:
    """Keep a page of keys; durable once this returns."""
    await _store(ports, f"{_folder(run_id)}{page}", list(keys))


async def load_keys(ports: Ports, run_id: str, pages: int) -> set[str]:
    """The keys of all pages; raises `NotFound` if one is gone."""
    found: set[str] = set()
    for page in range(pages):
        found.update(await _load(ports, f"{_folder(run_id)}{page}"))
    return found


async def store_odd(ports: Ports, run_id: str, number: int, odd: list[Odd]) -> None:
    """Keep some listings that are to be settled."""
    await _store(ports, f"{_folder(run_id)}odd/{number}", [asdict(one) for one in odd])


async def load_odd(ports: Ports, run_id: str, number: int) -> list[Odd]:
    """What was kept; raises `NotFound` if it is gone."""
    rows = await _load(ports, f"{_folder(run_id)}odd/{number}")
    return [Odd(row["listing_id"], row["key"], Oddity(row["oddity"])) for row in rows]


async def forget_sweep(ports: Ports, run_id: str) -> None:
    """Remove all that a sweep has kept."""
    async for key in ports.files.list(_folder(run_id)):
        await ports.files.delete(key)


def _folder(run_id: str) -> str:
    return f"sweeps/{run_id}/"


async def _store(ports: Ports, key: str, value: list[Any]) -> None:
    data = json.dumps(value).encode()
    await ports.files.put(key, data, content_type="application/json")


async def _load(ports: Ports, key: str) -> list[Any]:
    found: list[Any] = json.loads((await ports.files.get(key)).data)
    return found
