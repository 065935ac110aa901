"""The chart of a listing: views, shares and inquiries by day, each day's by platform, on a scale of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from adapters.reports.palette import PALETTES, Palette, colours_of, title_of
from adapters.reports.shapes import Box, Drawing, Line, Shape, Text, shortened, width_of
from adapters.reports.wording import day, name_of, number, span, summary
from domain.entities.metrics import Counts, DayMetrics
from domain.entities.report import ChartTheme, ListingReport

WIDTH, HEIGHT = 600, 300
MARGIN = 16.0
MOST_BARS = 120
"""Of more days than that, seven make one bar."""

_KINDS = ("views", "shares", "inquiries")
_LEFT, _RIGHT = 140.0, WIDTH - MARGIN
_TOP, _PANEL, _GAP = 60.0, 52.0, 16.0
_STEPS = (1, 2, 4, 6, 8, 10)
_WIDEST_BAR = 36.0
_DATES = 6


@dataclass(frozen=True, slots=True)
class _Bar:
    """What one bar shows: a day, or a week."""

    first: date
    last: date
    platforms: dict[str, Counts]

    def counts(self, kind: str) -> dict[str, int]:
        """Of a kind, by platform; what is zero is left out."""
        by_platform = {name: int(getattr(counts, kind)) for name, counts in self.platforms.items()}
        return {name: count for name, count in by_platform.items() if count}

    @property
    def label(self) -> str:
        return span(self.first, self.last)


def chart(report: ListingReport, theme: ChartTheme = ChartTheme.LIGHT) -> Drawing:
    """Draw it, 600 by 300 points."""
    palette, sums = PALETTES[theme], report.sums
    colours = colours_of(sums.platforms, palette)
    bars = _bars(sums.days)
    name = name_of(report.listing)
    shapes: list[Shape] = [*_heading(report, palette, weekly=len(bars) < len(sums.days))]
    for place, kind in enumerate(_KINDS):
        top = _TOP + place * (_PANEL + _GAP)
        shapes += _panel(kind, getattr(sums.total, kind), top, palette)
        shapes += _scale(kind, bars, top, palette)
        shapes += _stacks(kind, bars, top, colours)
    shapes += _dates(bars, palette)
    shapes += _legend(colours, palette)
    return Drawing(WIDTH, HEIGHT, palette.background, name, summary(report), tuple(shapes))


def _bars(days: Sequence[DayMetrics]) -> list[_Bar]:
    step = 1 if len(days) <= MOST_BARS else 7
    return [_bar(days[start : start + step]) for start in range(0, len(days), step)]


def _bar(days: Sequence[DayMetrics]) -> _Bar:
    platforms: dict[str, Counts] = {}
    for each in days:
        for name, counts in each.platforms.items():
            platforms[name] = platforms.get(name, Counts()) + counts
    return _Bar(days[0].day, days[-1].day, platforms)


def _heading(report: ListingReport, palette: Palette, *, weekly: bool) -> Iterator[Shape]:
    name = shortened(name_of(report.listing), 15, WIDTH - 2 * MARGIN)
    days = span(report.first, report.last)
    yield Text(MARGIN, 25, name, 15, palette.text, bold=True)
    yield Text(MARGIN, 42, f"{days}, by {'week' if weekly else 'day'} (UTC)", 11, palette.muted)


def _panel(kind: str, total: int, top: float, palette: Palette) -> Iterator[Shape]:
    """What stands at the left of its bars."""
    yield Text(MARGIN, top + 18, kind.title(), 12, palette.muted)
    yield Text(MARGIN, top + 40, number(total), 19, palette.text, bold=True)


def _highest(kind: str, bars: Sequence[_Bar]) -> int:
    return max(sum(bar.counts(kind).values()) for bar in bars)


def _end_of_scale(highest: int) -> int:
    """The next round number, which can be halved unless it is 1."""
    power = 1
    while highest > 10 * power:
        power *= 10
    return next(step * power for step in _STEPS if step * power >= highest)


def _scale(kind: str, bars: Sequence[_Bar], top: float, palette: Palette) -> Iterator[Shape]:
    highest = _highest(kind, bars)
    end = _end_of_scale(highest)
    marks = [0] if highest == 0 else [0, end] if end == 1 else [0, end // 2, end]
    for mark in marks:
        y = top + _PANEL * (1 - mark / end)
        yield Line(_LEFT, y, _RIGHT - _LEFT, palette.muted if mark == 0 else palette.grid)
        yield Text(_LEFT - 6, y + 3, number(mark), 9, palette.muted, "end")


def _stacks(kind: str, bars: Sequence[_Bar], top: float, colours: dict[str, str]) -> Iterator[Shape]:
    end = _end_of_scale(_highest(kind, bars))
    slot = (_RIGHT - _LEFT) / len(bars)
    width = min(slot * 0.74, _WIDEST_BAR)
    for place, bar in enumerate(bars):
        found = bar.counts(kind)
        names = [name for name in colours if name in found]
        counts = [found[name] for name in names]
        x = _LEFT + slot * place + (slot - width) / 2
        for name, count, upto in zip(names, counts, accumulate(counts), strict=True):
            label = f"{bar.label}: {number(count)} {kind}, {title_of(name)}"
            y = top + _PANEL * (1 - upto / end)
            yield Box(x, y, width, _PANEL * count / end, colours[name], label)


def _dates(bars: Sequence[_Bar], palette: Palette) -> Iterator[Shape]:
    slot = (_RIGHT - _LEFT) / len(bars)
    step = -(-len(bars) // _DATES)
    y = _TOP + 3 * _PANEL + 2 * _GAP + 13
    years = bars[0].first.year != bars[-1].last.year
    for place in range(0, len(bars), step):
        first = bars[place].first
        text = f"{first:%b} {first.year}" if years and len(bars) > 60 else day(first)
        yield Text(_LEFT + slot * (place + 0.5), y, text, 9, palette.muted, "middle")


def _legend(colours: dict[str, str], palette: Palette) -> Iterator[Shape]:
    y = HEIGHT - 14.0
    if not colours:
        yield Text(MARGIN, y, "Nothing was counted on these days.", 10, palette.muted)
    x = MARGIN
    for name, colour in colours.items():
        title = shortened(title_of(name), 10, 120)
        if x + 15 + width_of(title, 10) > _RIGHT:
            return
        yield Box(x, y - 9, 10, 10, colour)
        yield Text(x + 15, y, title, 10, palette.text)
        x += 33 + width_of(title, 10)
