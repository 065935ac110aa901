"""How long runs last, counted on a logarithmic scale: a few counters tell the median of any number of runs."""

import math
from collections.abc import Mapping

STEPS = 4
"""Buckets for each doubling: neighbours differ by 19 %, so that a median read off them is within 10 %."""

HIGHEST = 127
"""The last bucket, for whatever lasts longer than a month."""


def bucket(milliseconds: int) -> int:
    """The number of the bucket, 0 to 127, of a duration; bucket n begins at 2^(n/4) ms."""
    return min(int(STEPS * math.log2(max(milliseconds, 1))), HIGHEST)


def middle(number: int) -> float:
    """The geometric middle of a bucket, in milliseconds."""
    return math.exp2((number + 0.5) / STEPS)


def median(durations: Mapping[int, int], longest_ms: int | None) -> float | None:
    """The median in milliseconds, within 10 %, of durations counted by bucket; None if there are none.

    It is never above `longest_ms`, the longest of them.
    """
    count = sum(durations.values())
    if count == 0:
        return None
    found = (_at(durations, (count - 1) // 2) + _at(durations, count // 2)) / 2
    return found if longest_ms is None else min(found, float(longest_ms))


def _at(durations: Mapping[int, int], rank: int) -> float:
    """The middle of the bucket in which the one at this rank, from 0, is."""
    passed = 0
    for number in sorted(durations):
        passed += durations[number]
        if passed > rank:
            return middle(number)
    raise IndexError(rank)
