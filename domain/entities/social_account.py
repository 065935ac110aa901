"""A Page, profile or organization on a platform to which a user publishes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

RENEWED_BEFORE = timedelta(days=7)
"""So long before its end a login that can be renewed without its user is."""


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
        renewable: whether it comes with a refresh token, as far as nobody has refused that.
        renewable_until: when the refresh token runs out; None if the platform names no date.
        renewed_at: when the login was last renewed without its user.
        linked_at: when its user consented; the same for all accounts of one consent.
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
    renewable: bool = False
    renewable_until: datetime | None = None
    renewed_at: datetime | None = None
    linked_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def granted_at(self) -> datetime:
        """When its present tokens came, from the user or by renewal."""
        return self.renewed_at or self.linked_at

    @property
    def renews_at(self) -> datetime | None:
        """When the login is renewed without its user; None if it has no end or nobody else can renew it.

        A week before its end, and for short logins half-way to it.
        """
        if self.expires_at is None or not self.renewable:
            return None
        due = self.expires_at - min(RENEWED_BEFORE, (self.expires_at - self.granted_at) / 2)
        too_late = self.renewable_until is not None and self.renewable_until <= due
        return None if too_late else due


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """An account that a platform offers after the user's consent; see `SocialAccount`."""

    remote_id: str
    name: str
    tokens: SocialTokens
    login_id: str | None = None
    expires_at: datetime | None = None
    renewable_until: datetime | None = None
    missing_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """A link that was begun: single-use, bound to its user.

    Attributes:
        state: the random value that travels through the browser.
        verifier: the secret of RFC 7636, of which the browser carries only the challenge.
        expires_at: ten minutes after the beginning.
        found: what the code was exchanged for, while the user has not chosen; None before the exchange.
    """

    state: str
    user_id: str
    platform: str
    redirect_uri: str
    verifier: str = ""
    expires_at: datetime
    found: tuple[FoundAccount, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """What a platform gives for a refresh token; see `SocialAccount`.

    Attributes:
        tokens: with the refresh token for the next time, the old one where the platform gives no new one.
    """

    tokens: SocialTokens
    expires_at: datetime | None = None
    renewable_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiVersion:
    """The version of a platform's API that an adapter speaks.

    Attributes:
        ends_on: the day from which the platform does not answer it any more; None if it is not announced.
    """

    name: str
    ends_on: date | None
