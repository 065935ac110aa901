"""Colours and names: those of platforms are told apart by colour-blind people too (Okabe and Ito, 2008)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.entities.report import ChartTheme

_TITLES = {"": "Own pages", "linkedin": "LinkedIn"}
_NAMED = ("", "facebook", "instagram", "linkedin")
"""They keep their colour whichever of them a picture shows."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme; `series` are for platforms."""

    background: str
    text: str
    muted: str
    grid: str
    series: tuple[str, ...]


PALETTES: Mapping[ChartTheme, Palette] = {
    ChartTheme.LIGHT: Palette(
        "#ffffff",
        "#1f2933",
        "#52606d",
        "#e1e5ea",
        ("#7b8794", "#0072b2", "#d55e00", "#009e73", "#b0578d", "#c29200", "#2fa4d9"),
    ),
    ChartTheme.DARK: Palette(
        "#14181f",
        "#f5f7fa",
        "#aab4c0",
        "#333b47",
        ("#9aa5b1", "#56b4e9", "#f08a3c", "#2ec49b", "#dd9cc4", "#f0e442", "#3f8fd0"),
    ),
}


def title_of(platform: str) -> str:
    """How people write a platform's slug."""
    return _TITLES.get(platform) or platform.replace("-", " ").title()


def colours_of(platforms: Iterable[str], palette: Palette) -> dict[str, str]:
    """A colour for each platform, in the order in which they are shown."""
    others = sorted(set(platforms) - set(_NAMED))
    order = [name for name in _NAMED if name in set(platforms)] + others
    place = {name: number for number, name in enumerate((*_NAMED, *others))}
    return {name: palette.series[place[name] % len(palette.series)] for name in order}
