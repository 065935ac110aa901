"""Who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A user whose identity has been proved.

    Attributes:
        user_id: the issuer's subject; every read and write is confined to what is this user's.
        roles: what the issuer says the user may do beyond, for example `admin`.
    """

    user_id: str
    roles: tuple[str, ...] = ()


class Unauthenticated(Exception):
    """The request does not prove who sends it; the message says what is wrong and holds no part of it."""
