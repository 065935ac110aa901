"""Reads the body of an answer within a limit, counted as it comes and as it unpacks."""

import zlib
from typing import Protocol

import httpx

from domain.errors import Rejected, Unavailable

ENCODINGS = "gzip, deflate"


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


async def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """The unpacked body; at most `max_bytes` before and after unpacking.

    httpx would unpack a whole piece at once, and 200 kB of gzip can hold 200 MB: here zlib stops at the limit.
    Raises Rejected if the body is larger or packed in a way nobody asked for, Unavailable if it is cut or
    corrupt.
    """
    where = response.request.url.host
    unpack = _Unpacking(response.headers.get("content-encoding", ""), max_bytes, where)
    declared = response.headers.get("content-length", "")
    if response.request.method != "HEAD" and declared.isdecimal() and int(declared) > max_bytes:
        raise too_large(where, max_bytes)
    raw = 0
    body = bytearray()
    async for piece in response.aiter_raw():
        raw += len(piece)
        if raw > max_bytes:
            raise too_large(where, max_bytes)
        body += unpack(piece, max_bytes - len(body))
    if raw:
        unpack.finish()
    return bytes(body)


def too_large(where: str, max_bytes: int) -> Rejected:
    """The error for an answer beyond the limit."""
    return Rejected(f"The answer of {where} is larger than {max_bytes} bytes.")


class _Unpacking:
    """Undoes one content coding piece by piece."""

    def __init__(self, coding: str, max_bytes: int, where: str) -> None:
        self._coding = coding.strip().lower()
        self._max_bytes = max_bytes
        self._where = where
        self._decoder: _Decoder | None = None
        if self._coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Rejected(f"The answer of {where} is packed as “{coding[:40]}”, which was not asked for.")

    def __call__(self, piece: bytes, room: int) -> bytes:
        """Unpack a piece; raises Rejected once it needs more than `room` bytes."""
        if self._coding in ("", "identity"):
            return piece
        unpacked = bytearray()
        while piece:
            if self._decoder is None or self._decoder.eof:
                self._decoder = self._new_decoder(piece)
            try:
                unpacked += self._decoder.decompress(piece, room - len(unpacked) + 1)
            except zlib.error:
                raise self._corrupt() from None
            if len(unpacked) > room:
                raise too_large(self._where, self._max_bytes)
            # Gzip may come in several members, one behind the other.
            piece = self._decoder.unused_data
        return bytes(unpacked)

    def finish(self) -> None:
        """Raises Unavailable if the packed body is cut."""
        if self._coding not in ("", "identity") and (self._decoder is None or not self._decoder.eof):
            raise self._corrupt()

    def _new_decoder(self, start: bytes) -> _Decoder:
        if self._coding != "deflate":
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        # “deflate” means zlib's format (RFC 9110, 8.4.1.2), yet some servers send it without the header.
        return zlib.decompressobj(zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS)

    def _corrupt(self) -> Unavailable:
        return Unavailable(f"The answer of {self._where} is cut or corrupt.", outcome_unknown=True)
