"""The keys of this installation: from the settings, or made once and kept in the data folder."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from adapters.vault import Vault
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Secrets:
    """What seals and signs; shows nothing of it.

    Attributes:
        media_key: signs the URLs of local photos.
    """

    vault: Vault
    media_key: bytes

    def __repr__(self) -> str:
        return "Secrets(…)"


def load_secrets(settings: Settings) -> Secrets:
    """Take the keys from the settings; what is not set there comes from the data folder.

    Raises:
        ValueError: a sealing key is not `id:base64 of 32 bytes`.
    """
    sealing, media = settings.yardsign_sealing_keys, settings.yardsign_media_key
    own = {} if sealing and media else _own_keys(settings.yardsign_data)
    sealing_text = sealing.get_secret_value() if sealing else own["sealing"]
    media_text = media.get_secret_value() if media else own["media"]
    return Secrets(vault=_vault(sealing_text), media_key=media_text.encode())


def _vault(text: str) -> Vault:
    keys: dict[str, bytes] = {}
    for entry in text.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        key = base64.b64decode(encoded, validate=True)
        if not key_id or len(key) != 32:
            raise ValueError("YARDSIGN_SEALING_KEYS takes id:base64, each of 32 bytes.")
        keys[key_id] = key
    return Vault(keys, next(iter(keys)))


def _own_keys(folder: Path) -> dict[str, str]:
    """Made by whichever process comes first; a hard link makes it one winner."""
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = {
            "sealing": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "media": secrets.token_urlsafe(32),
        }
        draft = folder / f"secrets.{os.getpid()}.tmp"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    known: dict[str, str] = json.loads(path.read_text())
    return known
