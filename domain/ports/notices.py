"""Telling users: their notifications, their webhooks, their e-mail, and the ways out to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.notification import Mail, MailSettings, Notification, Webhook


class Notifications(Protocol):
    """What users have been told; it vanishes after 90 days."""

    async def add(
        self, notification: Notification, *, ask: Sequence[Ask] = (), fence: Fence | None = None
    ) -> bool:
        """Store it with the wishes that follow; False, and nothing written, if its id is there already."""
        ...

    async def get(self, user_id: str, notification_id: str) -> Notification | None: ...

    async def page(self, user_id: str, page: PageRequest, *, unread_only: bool = False) -> Page[Notification]:
        """Newest first."""
        ...

    async def between(
        self, user_id: str, after: datetime, until: datetime, most: int, *, behind: str | None = None
    ) -> list[Notification]:
        """Those of after `after` and up to `until`, oldest first.

        Args:
            behind: an id: only those that follow it in this order.
        """
        ...

    async def mark_read(
        self, user_id: str, notification_ids: Sequence[str], at: datetime
    ) -> list[Notification]:
        """Mark those that exist and are unread; answers all that exist, in the order of the ids."""
        ...


class Webhooks(Protocol):
    """Users' addresses for notifications; their secrets are sealed."""

    async def get(self, user_id: str, webhook_id: str) -> Webhook | None: ...

    async def of_user(self, user_id: str) -> list[Webhook]:
        """All of the user's, oldest first."""
        ...

    async def save(self, webhook: Webhook, *, secret: str | None = None) -> Webhook:
        """Create (version 0) or update; the secret is written only if given. Raises `Conflict`."""
        ...

    async def secret(self, user_id: str, webhook_id: str) -> str:
        """Raises `NotFound`."""
        ...

    async def delete(self, webhook: Webhook) -> None: ...


class MailBoxes(Protocol):
    """How users want e-mail."""

    async def get(self, user_id: str) -> MailSettings:
        """What is stored, or the defaults."""
        ...

    async def save(
        self, settings: MailSettings, *, ask: Sequence[Ask] = (), fence: Fence | None = None
    ) -> MailSettings:
        """Write if the version still holds; raises `Conflict`."""
        ...


class Mailer(Protocol):
    """Sends e-mail."""

    @property
    def configured(self) -> bool:
        """Whether this installation can send any."""
        ...

    async def send(self, mail: Mail) -> None:
        """Hand it to the mail server. Raises `Rejected` (no such address, not allowed) or `Unavailable`."""
        ...


class Deliveries(Protocol):
    """Posts notifications to users' webhooks."""

    async def check(self, url: str) -> None:
        """Raises `Rejected` if deliveries must not go there, as into a private network."""
        ...

    async def post(self, url: str, secret: str, *, id: str, at: datetime, body: bytes) -> None:
        """Post the JSON body, signed; any 2xx is a success.

        Args:
            id: the same for every attempt of one delivery, so that the receiver can tell them.
            at: the moment of this attempt, which is signed too.

        Raises:
            Rejected: the address is not allowed, or answered 410 (it is gone for good).
            Unavailable: everything else; with `retry_after` if the receiver said when.
        """
        ...
