"""Seals secrets before they are stored: AES-256-GCM, each bound to its owner, its thing and its field."""

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import ActionRequired, Unavailable

_FORM = "v1"
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Vault:
    """Seals and opens secrets with 256-bit keys that are known by name.

    A sealed secret reads `v1.<key id>.<nonce>.<ciphertext>`, the last two in URL-safe base64. It opens only
    for the owner, thing and field it was sealed for: moved to another row, it is worthless. To change keys,
    add one, make it the current one, and keep the old ones until nothing is sealed with them any more.

    Args:
        keys: 32 random bytes each, by key id (letters, digits, `_` and `-`).
        current: the id of the key that seals.
    """

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        for key_id, key in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise ValueError(f"a key id holds letters, digits, _ and - only: {key_id!r}")
            if len(key) != 32:
                raise ValueError(f"the key {key_id} has {len(key)} bytes: it must have 32")
        if current not in keys:
            raise ValueError(f"the current key {current!r} is not among the keys")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._current

    def seal(self, plain: str, *, owner: str, thing: str, field: str) -> str:
        """Seal with the current key; sealing the same text twice gives two different results."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = _bound(self._current, owner, thing, field)
        ciphertext = self._ciphers[self._current].encrypt(nonce, plain.encode(), bound)
        return ".".join((_FORM, self._current, _encoded(nonce), _encoded(ciphertext)))

    def open(self, sealed: str, *, owner: str, thing: str, field: str) -> str:
        """Open what was sealed for just this owner, thing and field.

        Raises:
            ActionRequired: it is damaged, or was sealed for something else; it must be entered again.
            Unavailable: it was sealed with a key that is not among ours.
        """
        form, _, rest = sealed.partition(".")
        key_id, _, envelope = rest.partition(".")
        if form != _FORM or not _KEY_ID.fullmatch(key_id):
            raise _damaged(field)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unavailable(
                f"The stored {field} are sealed with the key {key_id}, which is not configured."
            )
        try:
            nonce, ciphertext = map(_decoded, envelope.split("."))
            return cipher.decrypt(nonce, ciphertext, _bound(key_id, owner, thing, field)).decode()
        except (InvalidTag, ValueError) as error:
            raise _damaged(field) from error

    def __repr__(self) -> str:
        return f"Vault(current={self._current!r})"


def key_id_of(sealed: str) -> str:
    """The id of the key that has sealed it."""
    return sealed.split(".")[1]


def _bound(key_id: str, owner: str, thing: str, field: str) -> bytes:
    """The associated data: JSON keeps the parts apart whatever is in them."""
    return json.dumps([_FORM, key_id, owner, thing, field]).encode()


def _damaged(field: str) -> ActionRequired:
    return ActionRequired(f"The stored {field} cannot be opened: enter them again.")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
