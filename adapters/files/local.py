"""Photos in a folder of this machine, durable once stored, shown to browsers by signed URLs."""

import asyncio
import base64
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from adapters.files.keys import check_key, public_url
from adapters.remembered import Remembered
from domain.errors import NotFound, Rejected, Unavailable
from domain.ports import StoredFile

SIGNED_URLS = 10_000
"""How many signed URLs are kept: a page of listings has hundreds."""

_SIDECAR = "~meta"
_MAX_NAME = 200  # bytes; file systems hold 255, the sidecar's and the temporary names are longer
_TRIES = 20
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}")
_LEFT_SECONDS = 86_400.0
_HELD_AS_IT_IS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """Where an object lies in the folder, and what it is."""

    path: Path
    status: os.stat_result
    content_type: str


class LocalFiles:
    """Implements `domain.ports.Files` in a folder.

    An object lies under its key, so that a photo can be looked at with any viewer; what its content type and
    metadata are lies beside it in `<name>~meta`, written first: an object without it is not there. No key can
    be a folder of another one.

    Args:
        folder: where the files lie; made if absent.
        base_url: the address of our own web server, without a slash at its end.
        signing_key: the secret that signs the URLs, 32 bytes or more.
        now: the time, in UTC.
        url_seconds: how long a URL lives at least; at most it lives twice as long.
        public_url: where anybody may load photos, such as a CDN in front of our `/media`; without it, only
            signed URLs open anything.
    """

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str,
        signing_key: bytes,
        now: Callable[[], datetime],
        url_seconds: int = 3_600,
        public_url: str | None = None,
    ) -> None:
        self._folder = folder
        self._base_url = base_url.rstrip("/")
        self._signing_key = signing_key
        self._now = now
        self._url_seconds = url_seconds
        self._public_url = public_url
        self._signed: Remembered[tuple[str, int], str] = Remembered(SIGNED_URLS)

    async def put(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Store durably, all or nothing; raises `Rejected` for a bad key, `Unavailable` if the disk fails."""
        await self.put_all([StoredFile(key, data, content_type, metadata or {})])

    async def put_all(self, files: Sequence[StoredFile]) -> None:
        """`put` of several, by one thread."""
        work: list[tuple[Path, bytes]] = []
        for file in files:
            path = self._path(file.key)
            work += [(_sidecar(path), _about(file)), (path, file.data)]
        try:
            await asyncio.to_thread(_store, self._folder, work)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise Rejected("A file's key cannot be a folder of another one.") from None
        except OSError as error:
            raise Unavailable(f"The file could not be stored: {error.strerror}.") from error

    async def get(self, key: str) -> StoredFile:
        """Raises `NotFound`, `Unavailable` if the disk fails."""
        try:
            path = self._path(key)
            about, data = await asyncio.to_thread(_load, path)
        except (Rejected, FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotFound("There is no such file.") from None
        except OSError as error:
            raise Unavailable(f"The file could not be read: {error.strerror}.") from error
        facts = json.loads(about)
        return StoredFile(key, data, facts["contentType"], facts["metadata"])

    async def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        try:
            path = self._path(key)
        except Rejected:
            return False
        return await asyncio.to_thread(lambda: path.is_file() and _sidecar(path).is_file())

    async def delete(self, key: str) -> None:
        """Remove the file and the folders it leaves empty; absent already is fine."""
        try:
            await asyncio.to_thread(_remove, self._folder, self._path(key))
        except Rejected:
            return
        except OSError as error:
            raise Unavailable(f"The file could not be removed: {error.strerror}.") from error

    async def list(self, prefix: str, after: str = "") -> AsyncIterator[str]:
        """All keys that begin with the prefix and come after `after`, in the order of their code points (as S3
        lists them)."""
        pending = [""]
        while pending:
            key = pending.pop()
            if key and not key.endswith("/"):
                yield key
                continue
            found = await asyncio.to_thread(_entries, self._folder, key)
            pending.extend(entry for entry in reversed(found) if _leads_to(entry, prefix, after))

    def url(self, key: str) -> str:
        """The public URL; or a signed one of limited life, the same for all calls within a window, so that it
        can be cached."""
        if (public := public_url(self._public_url, key)) is not None:
            return public
        window = self.season()
        known = self._signed.get((key, window))
        if known is None:
            expires = str((window + 2) * self._url_seconds)
            signature = self._signature(key, expires)
            known = f"{self._base_url}/media/{quote(key)}?expires={expires}&signature={signature}"
            self._signed.put((key, window), known)
        return known

    def season(self) -> int:
        """The window."""
        return int(self._now().timestamp()) // self._url_seconds

    async def locate(self, key: str) -> LocalFile:
        """Where an object lies, to be served from there. Raises `NotFound`, `Unavailable` if the disk fails."""
        try:
            path = self._path(key)
            about, status = await asyncio.to_thread(lambda: (_sidecar(path).read_bytes(), path.stat()))
        except (Rejected, FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotFound("There is no such file.") from None
        except OSError as error:
            raise Unavailable(f"The file could not be read: {error.strerror}.") from error
        return LocalFile(path, status, json.loads(about)["contentType"])

    def is_public(self, key: str) -> bool:
        """Whether anybody may load it without a signature."""
        return public_url(self._public_url, key) is not None

    def verify(self, key: str, expires: str, signature: str) -> bool:
        """Whether `url` made this signature for this key, and the URL still lives; takes constant time."""
        made = self._signature(key, expires).encode()
        if not hmac.compare_digest(made, signature.encode("utf-8", "replace")):
            return False
        return self._now().timestamp() < int(expires)

    def _signature(self, key: str, expires: str) -> str:
        text = f"{expires}\n{key}".encode("utf-8", "replace")
        digest = hmac.digest(self._signing_key, text, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _path(self, key: str) -> Path:
        check_key(key)
        names = [_name(segment) for segment in key.split("/")]
        if max(map(len, names)) > _MAX_NAME:
            raise Rejected(f"A segment of a file's key is longer than {_MAX_NAME} bytes.")
        return self._folder.joinpath(*names)


def _name(segment: str) -> str:
    """The segment as a file's name: lower-case ASCII, so that file systems that fold case or compose
    Unicode keep keys apart, and no dot at its beginning, because those are the temporary files."""
    raw = segment.encode()
    name = "".join(chr(byte) if byte in _HELD_AS_IT_IS else f"%{byte:02x}" for byte in raw)
    return re.sub(r"^\.", "%2e", name)


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + _SIDECAR)


def _about(file: StoredFile) -> bytes:
    return json.dumps({"contentType": file.content_type, "metadata": dict(file.metadata)}).encode()


def _store(root: Path, files: Sequence[tuple[Path, bytes]]) -> None:
    """All files step by step together: one after the other, each would wait for the disk by itself."""
    with ExitStack() as stack:
        begun = [stack.enter_context(_begun(root, path.parent, data)) for path, data in files]
        for file in begun:
            os.fsync(file)
            _let_go(file)
        for file, (path, _) in zip(begun, files, strict=True):
            os.replace(file.name, path)
    for folder in {path.parent for path, _ in files}:
        with suppress(FileNotFoundError):  # somebody has removed already what was put there
            _sync_folder(folder)


@contextmanager
def _begun(root: Path, folder: Path, data: bytes) -> Iterator[BinaryIO]:
    """A file under a temporary name; if it still has that at the end, it goes."""
    with _created(root, folder) as file:
        try:
            file.write(data)
            file.flush()
            yield file
        finally:
            with suppress(FileNotFoundError):
                os.unlink(file.name)


def _created(root: Path, folder: Path) -> BinaryIO:
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            return _temporary(folder)
        # It is the first file of its folder; or somebody who removed the last one has removed the folder, and may
        # do so again.
        with suppress(FileNotFoundError):
            _make_folder(root, folder)
    return _temporary(folder)


def _temporary(folder: Path) -> BinaryIO:
    return open(f"{folder}/.{secrets.token_hex(8)}", "xb", opener=_open_for_us)


def _open_for_us(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _let_go(file: BinaryIO) -> None:
    """Keep nothing of it in the machine's memory, from which an import would drive all else."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):  # it is advice
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _make_folder(root: Path, folder: Path) -> None:
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(root, folder.parent)
    folder.mkdir(parents=folder == root, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    # A rename is durable only once the folder that names the file is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _load(path: Path) -> tuple[bytes, bytes]:
    return _sidecar(path).read_bytes(), path.read_bytes()


def _remove(root: Path, path: Path) -> None:
    gone = [file for file in (path, _sidecar(path)) if file.is_file()]
    if not gone:
        return
    for file in gone:
        file.unlink(missing_ok=True)
    with suppress(OSError):
        for folder in path.parents:
            if folder == root:
                break
            folder.rmdir()
    # The removal is durable once the deepest folder that is left is.
    for folder in path.parents:
        with suppress(FileNotFoundError):
            _sync_folder(folder)
            return


def _leads_to(key: str, prefix: str, after: str) -> bool:
    if key.endswith("/"):
        return (key.startswith(prefix) or prefix.startswith(key)) and (key > after or after.startswith(key))
    return key.startswith(prefix) and key > after


def _entries(root: Path, above: str) -> list[str]:
    """The keys in the folder of `above`, and its folders with a slash at their end, in the keys' order."""
    folder = root.joinpath(*map(_name, above.split("/")[:-1]))
    found = []
    try:
        with os.scandir(folder) as entries:
            names = {entry.name: entry.is_dir() for entry in entries if not _was_left(entry)}
    except FileNotFoundError:
        return []
    for name, is_folder in names.items():
        if is_folder:
            found.append(above + unquote(name) + "/")
        elif name + _SIDECAR in names:
            found.append(above + unquote(name))
    return sorted(found)


def _was_left(entry: os.DirEntry[str]) -> bool:
    """Whether it is a temporary file, which is removed if a process has died over it."""
    if not _TEMPORARY.fullmatch(entry.name):
        return False
    with suppress(OSError):  # it was renamed meanwhile, or is not ours to remove
        if time.time() - entry.stat().st_mtime > _LEFT_SECONDS:
            os.unlink(entry.path)
    return True
