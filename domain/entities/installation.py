"""What is true of the installation as a whole, for all its users."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The switches of the installation.

    Attributes:
        sync_enabled: whether runs begin: polls and what users ask for; and whether the figures of posts are
            read. What has begun goes on to its end, and removals and publishing never wait for this.
        changed_at, changed_by: when the switch was last turned, and by which user; None before the first time.
    """

    sync_enabled: bool = True
    changed_at: datetime | None = None
    changed_by: str | None = None
    version: int = 0
