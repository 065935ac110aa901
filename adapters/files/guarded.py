"""A store of files that changes nothing while it is marked as read-only, because it is being copied."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from domain.errors import Unavailable
from domain.ports import Files, StoredFile

MARK = "installation/read-only"
"""The key of the file that says so."""

LOOK_SECONDS = 10.0


class GuardedFiles:
    """Implements `domain.ports.Files` over another store; looks for the mark once in a while.

    Args:
        monotonic: seconds; tells when the mark has to be looked for again.
    """

    def __init__(self, files: Files, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._files = files
        self._monotonic = monotonic
        self._look_at = float("-inf")

    async def put(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> None:
        await self._look()
        await self._files.put(key, data, content_type=content_type, metadata=metadata)

    async def put_all(self, files: Sequence[StoredFile]) -> None:
        await self._look()
        await self._files.put_all(files)

    async def get(self, key: str) -> StoredFile:
        return await self._files.get(key)

    async def exists(self, key: str) -> bool:
        return await self._files.exists(key)

    async def delete(self, key: str) -> None:
        await self._look()
        await self._files.delete(key)

    def list(self, prefix: str, after: str = "") -> AsyncIterator[str]:
        return self._files.list(prefix, after)

    def url(self, key: str) -> str:
        return self._files.url(key)

    def season(self) -> object:
        return self._files.season()

    async def _look(self) -> None:
        begun = self._monotonic()
        if begun < self._look_at:
            return
        if await self._files.exists(MARK):
            raise Unavailable("The files are being copied, or were moved: nothing can be changed here.")
        self._look_at = begun + LOOK_SECONDS
