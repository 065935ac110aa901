"""Renders the files named on the command line, all at the same time, and prints what came of it.

Prints a line of JSON: `before` and `peak` of the memory that was resident, in bytes, and the `answers`: the size
of each picture, or why it was refused.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

from adapters.images import PillowImages
from domain.errors import Rejected


def peak() -> int:
    """The most that was resident so far; Linux's ru_maxrss would include the process that started this one."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


async def answer(images: PillowImages, data: bytes) -> list[int] | str:
    try:
        rendered = await images.render(data)
    except Rejected as error:
        return error.message
    return [rendered.width, rendered.height]


async def main(pictures: list[bytes]) -> None:
    images = PillowImages()
    before = peak()
    answers = await asyncio.gather(*(answer(images, data) for data in pictures))
    await images.close()
    print(json.dumps({"before": before, "peak": peak(), "answers": answers}))


if __name__ == "__main__":
    asyncio.run(main([Path(path).read_bytes() for path in sys.argv[1:]]))
