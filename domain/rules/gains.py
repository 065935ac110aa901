"""What a post has gained since its figures were last read."""

from dataclasses import fields

from domain.entities.engagement import Engagement
from domain.entities.metrics import Counts

_FIGURES = tuple(field.name for field in fields(Engagement))


def highest(known: Engagement, told: Engagement) -> Engagement:
    """The higher of each figure.

    Figures fall when likes are taken back, when a platform corrects itself, and when it is out of order and
    tells zero. None of that is subtracted, and only what rises above all that was told before is gained: so the
    days of a post add up to the highest figures, whatever came between.
    """
    return Engagement(**{name: _higher(getattr(known, name), getattr(told, name)) for name in _FIGURES})


def gained(known: Engagement, now: Engagement) -> Counts:
    """What is more than was known, where nothing is below it."""
    return Counts(**{name: (getattr(now, name) or 0) - (getattr(known, name) or 0) for name in _FIGURES})


def _higher(known: int | None, told: int | None) -> int | None:
    given = [figure for figure in (known, told) if figure is not None]
    return max(given, default=None)
