"""A Page, profile or organization on a platform to which a user publishes."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AccountState(StrEnum):
    """Whether the account can be used."""

    ACTIVE = "ACTIVE"
    EXPIRING = "EXPIRING"
    NEEDS_RECONNECT = "NEEDS_RECONNECT"
    UNLINKED = "UNLINKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialTokens:
    """The secrets of an account; the text form shows none of them."""

    access_token: str
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return "SocialTokens(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialAccount:
    """A linked account.

    Attributes:
        id: `<platform>:<remote id>`.
        remote_id: the platform's id of the Page, profile or organization.
        login_id: the platform's id of the person who consented, where it tells one.
        expires_at: when the login runs out; None if the platform names no date.
    """

    id: str
    user_id: str
    platform: str
    remote_id: str
    name: str
    login_id: str | None = None
    state: AccountState = AccountState.ACTIVE
    expires_at: datetime | None = None
    missing_scopes: tuple[str, ...] = ()
    linked_at: datetime
    updated_at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """An account that a platform offers after the user's consent."""

    remote_id: str
    name: str
    tokens: SocialTokens
    login_id: str | None = None
    expires_at: datetime | None = None
    missing_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """A link that was begun: single-use, bound to its user.

    Attributes:
        state: the random value that travels through the browser.
        verifier: the secret of RFC 7636, of which the browser carries only the challenge.
        expires_at: ten minutes after the beginning.
    """

    state: str
    user_id: str
    platform: str
    redirect_uri: str
    verifier: str = ""
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """What a platform gives for a refresh token."""

    tokens: SocialTokens
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiVersion:
    """The version of a platform's API that an adapter speaks.

    Attributes:
        ends_on: the day from which the platform does not answer it any more; None if it is not announced.
    """

    name: str
    ends_on: date | None
