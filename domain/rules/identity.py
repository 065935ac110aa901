"""Ids that follow from what they name, so that work done twice names the same thing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

PHOTOS = "listings/"
"""What the keys of all photos begin with."""


def listing_id(user_id: str, provider: str, originating_system: str | None, row_key: str) -> str:
    """The id of a user's listing: the same home has the same id on every import.

    The MLS number is no part of it, because it may come late or change.

    Returns:
        `<provider>-<20 hexadecimal digits>`; never the same for two users.
    """
    return f"{provider}-{_digest(20, user_id, provider, originating_system or '', row_key)}"


def error_id(run_id: str, *parts: str) -> str:
    """The id of a failure in a run: the same failure, reported twice, is one."""
    return _digest(16, run_id, *parts)


def notification_id(user_id: str, kind: str, event: str, at: datetime) -> str:
    """The id of a notification: the same event is told once. Ids sort in the order of their moments."""
    return f"{int(at.timestamp() * 1000):015d}-{_digest(20, user_id, kind, event)}"


def photo_prefix(user_id: str, listing_id: str) -> str:
    """Where all files of a listing lie; a user id is any text, so it is escaped as a path segment."""
    return f"{PHOTOS}{quote(user_id, safe='').replace('.', '%2E')}/{listing_id}/"


def photo_key(user_id: str, listing_id: str, variant: str, index: int, sha256: str, extension: str) -> str:
    """The key of a photo's file: by content, so that what lies under a key never changes.

    Args:
        variant: `original`, or a form's name.
        index: the photo's place in the listing, from 0.
        sha256: of the original's bytes, hexadecimal.
    """
    return f"{photo_prefix(user_id, listing_id)}{variant}/photo{index}-{sha256[:12]}.{extension}"


def form_key(original_key: str, form: str, extension: str) -> str:
    """The key of another form of the photo whose original lies under `original_key`."""
    prefix, _, name = original_key.rpartition("/original/")
    return f"{prefix}/{form}/{name.rpartition('.')[0]}.{extension}"


def stem_of(key: str) -> str:
    """What the names of all files of a photo have in common, whatever form they hold: `photo3-0123456789ab`."""
    return key.rpartition("/")[2].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Folder:
    """Where all files of a listing lie."""

    user_id: str
    listing_id: str

    @property
    def prefix(self) -> str:
        return photo_prefix(self.user_id, self.listing_id)


def folder_of(key: str) -> Folder | None:
    """The folder of a photo's file; None for a key that `photo_key` and `form_key` never make."""
    parts = key.split("/")
    if len(parts) != 5 or parts[0] + "/" != PHOTOS:
        return None
    folder = Folder(unquote(parts[1]), parts[2])
    return folder if key.startswith(folder.prefix) else None


def upload_key(connection_id: str) -> str:
    """The key of the file that a user sent for a connection whose address is `upload:`; the latest one."""
    return f"uploads/{connection_id}.csv"


def feed_prefix(connection_id: str) -> str:
    """Where a protocol keeps parts of a connection's file while a run reads it."""
    return f"feeds/{connection_id}/"


def _digest(length: int, *parts: str) -> str:
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:length]
