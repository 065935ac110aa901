"""How seldom a process searches for cycles of garbage."""

import gc

COLLECTING = (20_000, 5, 5)
"""While thousands of WebSockets are opened, Python's own thresholds spend a quarter of the processor time on it
(measured), and in a worker half a millisecond on each photo; with much higher ones what closed WebSockets leave behind
fills tens of megabytes before it is found."""


def collect_seldom() -> None:
    """Call it once everything that lives as long as the process is there.

    To look through all that holds all requests up for 0.1 s: it is not looked at again.
    """
    gc.collect()
    gc.set_threshold(*COLLECTING)
    gc.freeze()
