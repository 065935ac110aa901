"""Public tokens: a few ids, packed and signed, that anybody may read and nobody can forge.

A token is URL-safe base64 of a version, a signature and the ids. The signature is HMAC-SHA-256, cut to half of
its length, the least that RFC 2104, section 5, allows. What ids are usually made of (UUIDs, ULIDs, hashes in
hexadecimal) is packed into bytes, because links stand in posts.
"""

import base64
import binascii
import hmac
import re
import uuid
from collections.abc import Iterator, Sequence

from domain.entities.tracking import Tracked

_VERSION = b"\x01"
_SIGNATURE = 16
_LONGEST = 4_000
_FURTHER = ("post_id", "platform", "source", "campaign")
_TEXT, _UUID, _ULID, _HASH = range(4)
_HASHED = re.compile(r"(.{0,255}-)([0-9a-f]{20})", re.DOTALL)
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def token_of(tracked: Tracked, key: bytes) -> str:
    """The token; the same for the same."""
    further = [getattr(tracked, name) for name in _FURTHER]
    flags = sum(1 << place for place, text in enumerate(further) if text is not None)
    texts = [tracked.user_id, tracked.listing_id, *(text for text in further if text is not None)]
    body = bytes([flags]) + b"".join(_packed(text) for text in texts)
    return _text(_VERSION + _signature(body, key) + body)


def tracked_of(token: str, keys: Sequence[bytes]) -> Tracked | None:
    """What the token says if one of the keys has signed it; None for any other text."""
    if len(token) > _LONGEST:
        return None
    try:
        data = base64.b64decode(
            token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True
        )
    except (ValueError, binascii.Error):
        return None
    signature, body = data[1 : 1 + _SIGNATURE], data[1 + _SIGNATURE :]
    known = [hmac.compare_digest(signature, _signature(body, key)) for key in keys]
    # One thing has one token: another spelling of the same bytes is none.
    if data[:1] != _VERSION or not any(known) or _text(data) != token:
        return None
    return _tracked(body)


def _tracked(body: bytes) -> Tracked:
    """From what we have signed, which is therefore whole."""
    texts = _unpacked(body[1:])
    user_id, listing_id = next(texts), next(texts)
    further = {name: next(texts) for place, name in enumerate(_FURTHER) if body[0] & 1 << place}
    return Tracked(user_id=user_id, listing_id=listing_id, **further)


def _signature(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, _VERSION + body, "sha256")[:_SIGNATURE]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _packed(text: str) -> bytes:
    if (hashed := _HASHED.fullmatch(text)) and len(hashed[1].encode()) < 256:
        name = hashed[1].encode()
        return bytes([_HASH, len(name)]) + name + bytes.fromhex(hashed[2])
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
        return bytes([_UUID]) + uuid.UUID(text).bytes
    if re.fullmatch(rf"[0-7][{_BASE32}]{{25}}", text):
        number = 0
        for digit in text:
            number = number * 32 + _BASE32.index(digit)
        return bytes([_ULID]) + number.to_bytes(16)
    data = text.encode()
    return bytes([_TEXT]) + len(data).to_bytes(2) + data


def _unpacked(data: bytes) -> Iterator[str]:
    while data:
        form, rest = data[0], data[1:]
        if form == _HASH:
            end = 1 + rest[0]
            text, data = rest[1:end].decode() + rest[end : end + 10].hex(), rest[end + 10 :]
        elif form == _UUID:
            text, data = str(uuid.UUID(bytes=rest[:16])), rest[16:]
        elif form == _ULID:
            number = int.from_bytes(rest[:16])
            text, data = "".join(_BASE32[number >> 5 * place & 31] for place in range(25, -1, -1)), rest[16:]
        else:
            end = 2 + int.from_bytes(rest[:2])
            text, data = rest[2:end].decode(), rest[end:]
        yield text
