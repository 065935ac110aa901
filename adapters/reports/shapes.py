"""What a picture is made of, whatever it is drawn on: boxes, lines and text, in points from the upper left corner."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from anyascii import anyascii
from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `label` says what it stands for, to whom can ask."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line, one point thick."""

    x: float
    y: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `y` is its base line, `x` its beginning, middle or end."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: Anchor = "start"
    bold: bool = False


Shape = Box | Line | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture.

    Attributes:
        title: what it is, in a few words.
        description: what it shows, for who cannot see it.
        background: of the whole; colours are `#rrggbb`.
    """

    width: int
    height: int
    background: str
    title: str
    description: str
    shapes: tuple[Shape, ...]


def rgb(colour: str) -> tuple[int, int, int]:
    """The parts of `#rrggbb`, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def width_of(text: str, size: float) -> float:
    """About how wide a text is, in points: of Pillow's own font, which is much like Helvetica."""
    return font(100).getlength(ascii_of(text)) * size / 100


def ascii_of(text: str) -> str:
    """The text in one line of ASCII; letters of other scripts as those that sound like them."""
    return " ".join(anyascii(text).split())


def shortened(text: str, size: float, width: float) -> str:
    """The text, cut at its end if it is wider than that."""
    if width_of(text, size) <= width:
        return text
    fits = bisect_right(range(1, len(text)), width, key=lambda end: width_of(f"{text[:end]}…", size))
    return f"{text[:fits].rstrip()}…"


@lru_cache(maxsize=32)
def font(size: float) -> FreeTypeFont:
    """Pillow's own font, which knows ASCII alone; raises `RuntimeError` of a Pillow without FreeType."""
    found = ImageFont.load_default(size)
    if not isinstance(found, FreeTypeFont):
        raise RuntimeError("This Pillow was built without FreeType, which draws text.")
    return found
