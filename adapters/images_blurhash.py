"""The few characters from which a page paints a blurred picture until the photo is there."""

import math
from functools import lru_cache

from PIL import Image

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = tuple(
    byte / 255 / 12.92 if byte <= 10 else ((byte / 255 + 0.055) / 1.055) ** 2.4 for byte in range(256)
)
_SIDE = 32
"""Pixels of the longer side that is looked at; more change nothing that can be seen."""

_Colour = tuple[float, float, float]


def blurhash(picture: Image.Image) -> str:
    """The BlurHash of an RGB picture, with four waves along its longer side and three along the other.

    https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    small = picture.copy()
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    across, down = (4, 3) if small.width >= small.height else (3, 4)
    return _encoded(_waves(small, across, down), across, down)


def _waves(small: Image.Image, across: int, down: int) -> list[_Colour]:
    """The cosine waves of the picture in linear light, row by row: first along rows, then along columns."""
    width, height = small.size
    channels = []
    for channel in small.split():
        light = [_LINEAR[byte] for byte in channel.tobytes()]
        rows = [light[start : start + width] for start in range(0, len(light), width)]
        partial = [[_product(row, _cosines(wave, width)) for row in rows] for wave in range(across)]
        channels.append(
            [
                _product(partial[i], _cosines(j, height)) * (2 if i or j else 1) / (width * height)
                for j in range(down)
                for i in range(across)
            ]
        )
    red, green, blue = channels
    return list(zip(red, green, blue, strict=True))


def _product(values: list[float], others: tuple[float, ...]) -> float:
    return sum(map(float.__mul__, values, others))


@lru_cache(maxsize=256)
def _cosines(wave: int, length: int) -> tuple[float, ...]:
    return tuple(math.cos(math.pi * wave * place / length) for place in range(length))


def _encoded(waves: list[_Colour], across: int, down: int) -> str:
    mean, *others = waves
    greatest = max(abs(value) for wave in others for value in wave)
    scale = max(0, min(82, math.floor(greatest * 166 - 0.5)))
    return "".join(
        (
            _digits(across - 1 + (down - 1) * 9, 1),
            _digits(scale, 1),
            _digits(_mean(mean), 4),
            *(_digits(_wave(wave, (scale + 1) / 166), 2) for wave in others),
        )
    )


def _mean(colour: _Colour) -> int:
    red, green, blue = map(_srgb, colour)
    return (red << 16) + (green << 8) + blue


def _srgb(light: float) -> int:
    light = max(0.0, min(1.0, light))
    value = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return int(value * 255 + 0.5)


def _wave(colour: _Colour, greatest: float) -> int:
    red, green, blue = (_step(value / greatest) for value in colour)
    return (red * 19 + green) * 19 + blue


def _step(value: float) -> int:
    return max(0, min(18, math.floor(math.copysign(abs(value) ** 0.5, value) * 9 + 9.5)))


def _digits(number: int, length: int) -> str:
    return "".join(_ALPHABET[number // 83**place % 83] for place in reversed(range(length)))
