"""The keys of this installation: from the settings, or made once and kept in the data folder."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

import orjson

from adapters.vault import Vault
from app.made_once import made_once
from app.settings import Settings, sealing_keys


@dataclass(frozen=True, slots=True)
class Secrets:
    """What seals and signs; shows nothing of it.

    Attributes:
        media_key: signs the URLs of local photos.
        links_key: signs the URLs of charts.
        logs_key: hashes the users' ids in the log.
        tracking_keys: the first signs short links and pixels, all verify.
    """

    vault: Vault
    media_key: bytes
    links_key: bytes
    logs_key: bytes
    tracking_keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        return "Secrets(…)"


def load_secrets(settings: Settings) -> Secrets:
    """Take the keys from the settings; what is not set there comes from the data folder."""
    sealing, media = settings.yardsign_sealing_keys, settings.yardsign_media_key
    own = {} if sealing and media else _own_keys(settings.yardsign_data)
    keys = sealing_keys(sealing.get_secret_value() if sealing else own["sealing"])
    media_text = media.get_secret_value() if media else own["media"]
    media_key = media_text.encode()
    # Every host of an installation has the same one, and no key is used for two things.
    made = hmac.digest(media_key, b"yardsign tracking", "sha256")
    return Secrets(
        vault=Vault(keys, next(iter(keys))),
        media_key=media_key,
        links_key=hmac.digest(media_key, b"yardsign links", "sha256"),
        logs_key=hmac.digest(media_key, b"yardsign logs", "sha256"),
        tracking_keys=tuple(key.encode() for key in settings.tracking_keys) or (made,),
    )


def _own_keys(folder: Path) -> dict[str, str]:
    known: dict[str, str] = orjson.loads(made_once(folder / "secrets.json", _new_keys))
    return known


def _new_keys() -> bytes:
    sealing = base64.b64encode(secrets.token_bytes(32)).decode()
    return orjson.dumps({"sealing": f"k1:{sealing}", "media": secrets.token_urlsafe(32)})
