"""Smart intervals: a quiet connection is polled less and less often, a busy one more, within bounds."""

from dataclasses import replace

from domain.entities.mls_connection import SmartInterval
from domain.errors import Invalid
from domain.rules.schedule import LONGEST_INTERVAL, SHORTEST_INTERVAL

QUIET_FACTOR, QUIET_MOST = 4, 240
"""The bound of quiet connections, unless set: so many intervals, and so many minutes at most."""


def checked_interval(minutes: int, field: str = "minutes") -> int:
    """The interval; raises `Invalid`, naming the field, for less than 5 minutes or more than a day."""
    if not SHORTEST_INTERVAL <= minutes <= LONGEST_INTERVAL:
        bounds = f"{SHORTEST_INTERVAL} to {LONGEST_INTERVAL}"
        raise Invalid(f"An interval is {bounds} minutes, not {minutes}.", field=(field,))
    return minutes


def smart_interval(interval: int, shortest: int | None = None, longest: int | None = None) -> SmartInterval:
    """A smart interval that begins at `interval`; None for the usual bounds.

    Args:
        interval, shortest, longest: minutes.

    Raises:
        Invalid: naming the bound that is no interval, or on the wrong side of the interval.
    """
    if shortest is None:
        shortest = SHORTEST_INTERVAL
    if longest is None:
        longest = max(interval, min(interval * QUIET_FACTOR, QUIET_MOST))
    if checked_interval(shortest, "shortestMinutes") > interval:
        raise Invalid(
            f"The shortest interval is at most the usual one, {interval}.", field=("shortestMinutes",)
        )
    if checked_interval(longest, "longestMinutes") < interval:
        raise Invalid(
            f"The longest interval is at least the usual one, {interval}.", field=("longestMinutes",)
        )
    return SmartInterval(shortest=shortest, longest=longest, current=interval)


def paced(smart: SmartInterval, interval: int, *, news: bool) -> SmartInterval:
    """The interval behind one more poll.

    Without news it grows by half. News bring a quiet connection back to the usual interval at once, and make
    one that is there already, or below, a third shorter.

    Args:
        interval: the usual one, in minutes, within the bounds.
    """
    current = smart.current
    if not news:
        wanted = current + max(current // 2, 1)
    elif current > interval:
        wanted = interval
    else:
        wanted = current - max(current // 3, 1)
    return replace(smart, current=min(max(wanted, smart.shortest), smart.longest))
