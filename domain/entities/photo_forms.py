"""The forms in which a photo is kept beside its original: sizes for pages, renditions for platforms."""

from collections.abc import Mapping
from dataclasses import dataclass

Box = tuple[int, int]
"""Width and height in pixels that a picture must fit into; none is ever enlarged."""

VARIANTS: Mapping[str, Box] = {"large": (1_920, 1_440), "medium": (800, 600), "thumbnail": (200, 150)}
"""The WebP files made of every photo when it is fetched, the largest first."""


@dataclass(frozen=True, slots=True)
class RenditionSpec:
    """A JPEG as platforms take it: sRGB, without metadata.

    Attributes:
        name: part of the file's key; a spec that changes gets another one, because files never change.
        box: what it must fit into.
        narrowest, widest: width divided by height. A picture beyond them gets white borders; nothing of the
            home is ever cut off.
        most_bytes: beyond this, the quality goes down, then the size.
        least_width: what comes out narrower, in pixels, is not taken.
    """

    name: str
    box: Box
    narrowest: float = 0.0
    widest: float = float("inf")
    most_bytes: int = 8_000_000
    least_width: int = 1

    def width_of(self, size: Box) -> float:
        """How wide a picture of this size comes out."""
        width, height = size
        shrink = min(1.0, self.box[0] / width, self.box[1] / height)
        return max(width, height * self.narrowest) * shrink


PLAIN = RenditionSpec("jpeg", (2_048, 2_048))
"""What Facebook and LinkedIn take, and any platform that says nothing else."""

INSTAGRAM = RenditionSpec("instagram", (1_440, 1_800), narrowest=4 / 5, widest=1.91, least_width=320)
"""https://developers.facebook.com/docs/instagram-platform/content-publishing"""

_BY_PLATFORM = {"instagram": INSTAGRAM}


def rendition_for(platform: str) -> RenditionSpec:
    """What a platform, by its slug, is given of a photo."""
    return _BY_PLATFORM.get(platform, PLAIN)


RENDITIONS = (PLAIN, INSTAGRAM)
"""All there are."""
