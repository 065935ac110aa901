"""The JPEG files of sandbox photos: drawn when asked for, the same bytes each time, kept in memory."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s
from io import BytesIO
from random import Random

from PIL import Image

from sandbox.mls.drawing import picture

_ORIENTATION, _MAKE, _MODEL, _SOFTWARE = 0x0112, 0x010F, 0x0110, 0x0131
# For load, so many drawings of a kind serve all homes, each file made its own by a comment of its own.
_POOL = 6


@dataclass(frozen=True)
class Scene:
    """What a photo is drawn from: two equal scenes are the same file, two different ones never are.

    `pooled` takes the drawing from a small pool instead of making a new one, which costs no time.
    """

    seed: int
    key: str
    number: int
    version: int
    image_of: str
    pooled: bool = False

    @property
    def name(self) -> str:
        """A name of its own for each scene."""
        return f"{self.seed}:{self.key}:{self.number}:{self.version}"


@dataclass(frozen=True)
class Photo:
    """A JPEG file and its ETag (quoted, as the header has it)."""

    data: bytes
    etag: str


@lru_cache(maxsize=512)
def photo(scene: Scene) -> Photo:
    """The photo of a scene: a JPEG of 1024 by 768 (one in ten stored sideways, with EXIF's orientation)."""
    if scene.pooled:
        place = Random(scene.name).randrange(_POOL)
        data = _commented(_drawn(f"pool:{place}", scene.image_of), scene.name)
    else:
        data = _drawn(scene.name, scene.image_of)
    return Photo(data, f'"{blake2s(data, digest_size=12).hexdigest()}"')


@lru_cache(maxsize=128)
def _drawn(name: str, image_of: str) -> bytes:
    rng = Random(name)
    image = picture(rng, image_of)
    exif = Image.Exif()
    chance = rng.random()
    if chance < 0.4:
        exif[_MAKE], exif[_MODEL], exif[_SOFTWARE] = "Sandbox Optics", "Porch 1", "1.0"
        exif[_ORIENTATION] = 1
    if chance < 0.1:
        # 6: to be turned a quarter clockwise before it is shown, so the pixels are stored turned back.
        image, exif[_ORIENTATION] = image.transpose(Image.Transpose.ROTATE_90), 6
    file = BytesIO()
    image.save(file, "JPEG", quality=82, exif=exif)
    return file.getvalue()


def _commented(jpeg: bytes, comment: str) -> bytes:
    """The JPEG with a COM segment after its start marker (ITU-T T.81, B.2.4.5)."""
    text = comment.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]
