"""Making the sizes of photos, beside the floor, pyvips and sharp, which are installed for as long as it takes."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageDraw

from adapters.images import METHOD, QUALITY
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from domain.entities.photo_forms import VARIANTS

ROOT = Path(__file__).resolve().parents[1]
_LANDSCAPE, _PORTRAIT = (4_000, 3_000), (3_000, 4_000)
_PICTURES, _CORES = 6, (1, 2)
_LONGEST = 300  # seconds of an installation


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    process: "subprocess.Popen[str]"

    def ask(self, threads: int, paths: Sequence[Path]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"threads": threads, "paths": list(map(str, paths))}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended before it answered")
        answer: dict[str, Any] = json.loads(line)
        return answer


def run(*, small: bool = False) -> Report:
    """Measure: all sides work on the same pictures in each round, one side after the other."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        paths = _pictures(Path(folder), 2 if small else _PICTURES)
        sides = [stack.enter_context(side) for side in _sides(Path(folder))]
        rounds = [_round(sides, paths) for _ in range(1 if small else 1 + ROUNDS)]
    names = [side.name for side in sides]
    missing = [name for name in ("pyvips", "sharp") if name not in names]
    title = (
        f"Photos: JPEG of 12 megapixels into WebP of {len(VARIANTS)} sizes, quality {QUALITY}, method {METHOD}"
        + "".join(f"; {name} cannot be installed here" for name in missing)
    )
    return Report(title, list(_lines(names)), rounds if small else rounds[1:])


def _lines(names: Sequence[str]) -> Iterator[Line]:
    others = [name for name in names if name != "ours"]
    for cores in _CORES:
        what = "one core, by processor time" if cores == 1 else "two cores, by the clock"
        ours = measured(f"ours {cores}")
        yield Line(f"ours, {what}", ours, "photos/s")
        for name in others:
            yield Line(f"  {name}", measured(f"{name} {cores}"), "photos/s")
        for name in others:
            yield Line(f"ours, of {name}", share(ours, measured(f"{name} {cores}")), "%")
    for name in names:
        yield Line(f"size of the files of a photo, {name}", measured(f"{name} kB"), "kB")


def _round(sides: Sequence[_Side], paths: Sequence[Path]) -> Round:
    figures: dict[str, float] = {}
    for cores in _CORES:
        for side in sides:
            answer = side.ask(cores, paths)
            # Whoever else is at work on the machine takes time, but hardly any of our processor time.
            seconds = answer["processor"] if cores == 1 else answer["seconds"]
            figures[f"{side.name} {cores}"] = len(paths) / seconds
            figures[f"{side.name} kB"] = sum(map(sum, answer["sizes"])) / len(paths) / 1_000
    return figures


def _sides(folder: Path) -> Iterator[Any]:
    python = [sys.executable, "-m", "benchmarks.image_sides"]
    yield _side("ours", [*python, "ours"])
    yield _side("floor", [*python, "floor"])
    vips = folder / "vips"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(vips), "pyvips[binary]"]
    if _installed(pip):
        path = os.pathsep.join((str(ROOT), str(vips)))
        yield _side("pyvips", [*python, "pyvips"], PYTHONPATH=path, VIPS_CONCURRENCY="1")
    node, npm, sharp = shutil.which("node"), shutil.which("npm"), folder / "sharp"
    if (
        node
        and npm
        and _installed([npm, "install", "--no-audit", "--no-fund", "--prefix", str(sharp), "sharp"])
    ):
        settings = {"boxes": list(VARIANTS.values()), "quality": QUALITY, "method": METHOD}
        script = str(ROOT / "benchmarks" / "images_sharp.js")
        yield _side("sharp", [node, script, json.dumps(settings)], NODE_PATH=str(sharp / "node_modules"))


def _installed(command: Sequence[str]) -> bool:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


@contextmanager
def _side(name: str, command: Sequence[str], **environment: str) -> Iterator[_Side]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield _Side(name, process)
        assert process.stdin is not None
        process.stdin.close()


def _pictures(folder: Path, number: int) -> list[Path]:
    paths = [folder / f"{place}.jpg" for place in range(number)]
    for place, path in enumerate(paths):
        picture = _picture(_PORTRAIT if place % 3 == 2 else _LANDSCAPE, random.Random(place))
        picture.save(path, "JPEG", quality=90)
    return paths


def _picture(size: tuple[int, int], chance: random.Random) -> Image.Image:
    """As busy as a photo: light and shade, texture down to two pixels, and edges."""
    picture = Image.merge("RGB", [_texture(size, chance) for _ in range(3)])
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        left, top = chance.randrange(size[0]), chance.randrange(size[1])
        corner = left + chance.randrange(20, size[0] // 6), top + chance.randrange(20, size[1] // 6)
        draw.rectangle((left, top, *corner), outline=chance.randrange(1 << 24), width=6)
    return picture


_SCALES: Mapping[int, float] = {512: 0.5, 64: 0.35, 8: 0.15, 2: 0.05}
"""The weight of the noise whose grain has so many pixels."""


def _texture(size: tuple[int, int], chance: random.Random) -> Image.Image:
    texture = Image.new("L", size, 128)
    for grain, weight in _SCALES.items():
        small = (size[0] // grain + 1, size[1] // grain + 1)
        noise = Image.frombytes("L", small, chance.randbytes(small[0] * small[1]))
        texture = Image.blend(texture, noise.resize(size, Image.Resampling.BICUBIC), weight)
    return texture
