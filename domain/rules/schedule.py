"""When something is tried again, and when a connection is polled next."""

from collections.abc import Sequence
from datetime import datetime, timedelta

UNPUBLISH = tuple(
    timedelta(**step)
    for step in (
        {"seconds": 5},
        {"minutes": 5},
        {"minutes": 30},
        {"hours": 2},
        {"hours": 5},
        {"hours": 10},
        {"days": 1},
    )
)
"""After each failed removal; the last step repeats for ever, because a sold home must come down."""

RENEWAL = UNPUBLISH
"""After each failed renewal of a login, which is begun a week before it is needed."""

LOOK_UP = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
"""After an attempt with an unknown outcome, when the platform is asked whether the post is there."""

DELIVERY = tuple(
    timedelta(**step)
    for step in (
        {"seconds": 5},
        {"minutes": 5},
        {"minutes": 30},
        {"hours": 2},
        {"hours": 5},
        {"hours": 10},
    )
)
"""After each failed delivery to a user's webhook or mail server; after the last one it is given up."""

READING = UNPUBLISH[1:]
"""After each failed reading of a post's figures."""

FIRST_READING = timedelta(hours=1)
"""So long after a post went up its figures are read for the first time, and then at these intervals:"""

READINGS = (
    (timedelta(days=7), timedelta(hours=6)),
    (timedelta(days=90), timedelta(days=1)),
)
"""Up to an age of the post, the time between two readings; an older one is not read any more."""

SHORTEST_INTERVAL, LONGEST_INTERVAL = 5, 1_440
"""Minutes between two polls of a connection, as its user may set them."""

DEFAULT_INTERVAL = 15

LISTING_ATTEMPTS = 3
PHOTO_ATTEMPTS = 2
BROKEN_OFF_ATTEMPTS = 5
"""At a photo whose work was broken off each time, behind one that was not written down; workers die for many reasons,
and seldom of a photo. Two such photos are given up before their listing's work is (`tasks.work.Limits`)."""
PUBLISH_ATTEMPTS = 5
FETCH_ATTEMPTS = 5
"""Pages of an MLS: so many times in a row before a run fails; the next period begins a new one."""

LONGEST_WAIT = timedelta(days=1)
"""An MLS or platform that asks for patience gets it for so long, without that counting as a failure."""


def step(schedule: Sequence[timedelta], attempt: int) -> timedelta:
    """The wait after the `attempt`-th failure, counted from 1; the last step repeats."""
    return schedule[min(attempt, len(schedule)) - 1]


def backoff(attempt: int, random: float, *, longest: timedelta = timedelta(minutes=10)) -> timedelta:
    """Exponential with jitter: 1 s x 2^n and up to a second more, n counted from 0 at the first failure.

    Args:
        attempt: which failure this was, from 1.
        random: from 0 to 1.
    """
    return min(timedelta(seconds=2 ** min(attempt - 1, 20) + random), longest)


def next_poll(now: datetime, interval_minutes: int, random: float) -> datetime:
    """The next period, moved by up to a tenth of it either way, so that connections spread out."""
    return now + timedelta(minutes=interval_minutes) * (0.9 + 0.2 * random)


def first_poll(now: datetime, interval_minutes: int, random: float) -> datetime:
    """Half a period from now at the earliest, and anywhere within a period from then on.

    Connections that are made or switched on together so begin evenly spread. A period longer than the default
    counts as that: whoever was away for long is not to wait for a day more, and so much any installation
    carries.
    """
    return now + timedelta(minutes=min(interval_minutes, DEFAULT_INTERVAL)) * (0.5 + random)


def next_sweep(now: datetime, random: float) -> datetime:
    """A day later and up to an hour more: connections spread out, and a day's grace is over by then."""
    return now + timedelta(days=1, hours=random)


def next_file_sweep(finished: datetime, random: float) -> datetime:
    """A day later and up to an hour more."""
    return finished + timedelta(days=1, hours=random)


def next_reading(published: datetime, now: datetime, random: float) -> datetime | None:
    """When the figures of a post are read next, moved by up to a tenth either way; None for never again."""
    for age, wait in READINGS:
        if now - published < age:
            return now + wait * (0.9 + 0.2 * random)
    return None


def first_reading(published: datetime, random: float) -> datetime:
    """When they are read first."""
    return published + FIRST_READING * (0.9 + 0.2 * random)


def after(now: datetime, seconds: float) -> datetime:
    """The moment so many seconds from now."""
    return now + timedelta(seconds=seconds)
