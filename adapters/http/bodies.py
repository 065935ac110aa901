"""Reads the body of an answer within a limit, counted as it comes and as it unpacks."""

import asyncio
import zlib
from collections.abc import Iterator
from typing import Protocol

import httpx

from domain.errors import Rejected, Unavailable

ENCODINGS = "gzip, deflate"

_STEP = 1_000_000
"""Bytes that are unpacked before anybody else gets a turn."""
_MEMBERS = 1000
"""Gzip members in a body; millions of empty ones would fit into its limit and take minutes."""


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


async def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """The unpacked body; at most `max_bytes` before and after unpacking.

    httpx would unpack a whole piece at once, and 200 kB of gzip can hold 200 MB: here zlib stops on the way.
    Raises Rejected if the body is larger or packed in a way nobody asked for, Unavailable if it is cut or
    corrupt.
    """
    where = response.request.url.host
    unpacking = _Unpacking(response.headers.get("content-encoding", ""), where)
    declared = response.headers.get("content-length", "")
    if response.request.method != "HEAD" and declared.isdecimal() and int(declared) > max_bytes:
        raise too_large(where, max_bytes)
    raw = 0
    body = bytearray()
    async for piece in response.aiter_raw():
        raw += len(piece)
        for number, part in enumerate(unpacking.parts(piece)):
            if number:
                await asyncio.sleep(0)
            if max(raw, len(body) + len(part)) > max_bytes:
                raise too_large(where, max_bytes)
            body += part
    if raw:
        unpacking.finish()
    return bytes(body)


def too_large(where: str, max_bytes: int) -> Rejected:
    """The error for an answer beyond the limit."""
    return Rejected(f"The answer of {where} is larger than {max_bytes} bytes.")


class _Unpacking:
    """Undoes one content coding piece by piece."""

    def __init__(self, coding: str, where: str) -> None:
        self._coding = coding.strip().lower()
        self._where = where
        self._decoder: _Decoder | None = None
        self._members = 0
        if self._coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Rejected(f"The answer of {where} is packed as “{coding[:40]}”, which was not asked for.")

    def parts(self, piece: bytes) -> Iterator[bytes]:
        """What a piece unpacks to, at most `_STEP` bytes at a time unless it is not packed."""
        if self._coding in ("", "identity"):
            yield piece
            return
        part = b""
        # A full part may have left something within the decoder.
        while piece or len(part) == _STEP:
            if self._decoder is None or (self._decoder.eof and piece):
                # Gzip may come in several members, one behind the other.
                self._decoder = self._new_decoder(piece)
            try:
                part = self._decoder.decompress(piece, _STEP)
            except zlib.error:
                raise self._corrupt() from None
            yield part
            piece = self._decoder.unconsumed_tail or self._decoder.unused_data

    def finish(self) -> None:
        """Raises Unavailable if the packed body is cut."""
        if self._coding not in ("", "identity") and (self._decoder is None or not self._decoder.eof):
            raise self._corrupt()

    def _new_decoder(self, start: bytes) -> _Decoder:
        self._members += 1
        if self._members > _MEMBERS:
            raise Rejected(f"The answer of {self._where} is packed in more than {_MEMBERS} members.")
        if self._coding != "deflate":
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        # “deflate” means zlib's format (RFC 9110, 8.4.1.2), yet some servers send it without the header.
        return zlib.decompressobj(zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS)

    def _corrupt(self) -> Unavailable:
        return Unavailable(f"The answer of {self._where} is cut or corrupt.", outcome_unknown=True)
