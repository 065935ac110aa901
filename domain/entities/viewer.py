"""Who is asking."""

from dataclasses import dataclass
from datetime import UTC, datetime

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A user whose identity has been proved.

    Attributes:
        user_id: the issuer's subject; every read and write is confined to what is this user's.
        roles: what the issuer says the user may do beyond, for example `admin`.
        expires_at: until when that is proved, in UTC; what goes on for longer ends then.
    """

    user_id: str
    roles: tuple[str, ...] = ()
    expires_at: datetime = _NEVER

    def expired(self, now: datetime) -> bool:
        """Whether the proof has run out."""
        return now >= self.expires_at


class Unauthenticated(Exception):
    """The request does not prove who sends it; the message says what is wrong and holds no part of it."""
