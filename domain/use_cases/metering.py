"""Tells the meter what became of an MLS's rows."""

from collections.abc import Collection, Sequence

from domain.entities.listing import Takedown
from domain.entities.sync_run import RunCounters
from domain.ports import ListingSave, Ports


def count_saves(ports: Ports, saves: Sequence[ListingSave], beaten: Collection[str]) -> None:
    """Count what was written: all but the listings that another hand has written first."""
    for save in saves:
        listing = save.listing
        if listing.id in beaten or not save.counters.successful_imports:
            continue
        if listing.takedown is Takedown.DELETED:
            ports.meter.imported("removed")
        else:
            ports.meter.imported("updated" if listing.version else "created")
        if save.counters.status_changes:
            ports.meter.status_changed(listing.status)


def count_others(ports: Ports, counters: RunCounters) -> None:
    """Count the rows that nothing was written for."""
    if counters.unchanged:
        ports.meter.imported("unchanged", counters.unchanged)
    if counters.failed_imports:
        ports.meter.imported("failed", counters.failed_imports)
