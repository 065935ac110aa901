"""What is promised of notifications, webhooks and the settings of e-mail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.tables.repositories import Repositories
from adapters.tables.table import BASE, Query, Table
from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.notification import (
    MailMode,
    MailSettings,
    Notification,
    NotificationKind,
    Subject,
    SubjectType,
    Webhook,
)
from domain.errors import Conflict, Invalid, NotFound
from domain.rules.identity import notification_id
from tests.contracts.nouns.conftest import Now

USER, OTHER = "alice", "bob"
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def notification(number: int, user: str = USER) -> Notification:
    at = NOON + timedelta(minutes=number)
    return Notification(
        id=notification_id(user, "LISTING_SOLD", f"event {number}", at),
        user_id=user,
        kind=NotificationKind.LISTING_SOLD,
        title=f"Home {number} is sold.",
        subject=Subject(SubjectType.LISTING, f"sandbox-{number}"),
        at=at,
    )


def webhook(number: int, user: str = USER) -> Webhook:
    at = NOON + timedelta(minutes=number)
    return Webhook(id=f"W{number}", user_id=user, url="https://example.org/in", created_at=at, updated_at=at)


class TestNotifications:
    async def test_what_was_added_comes_back(self, nouns: Repositories) -> None:
        told = notification(1)
        assert await nouns.notifications.add(told)
        assert await nouns.notifications.get(USER, told.id) == told
        assert await nouns.notifications.get(OTHER, told.id) is None

    async def test_the_same_event_is_told_once_and_asks_once(self, nouns: Repositories) -> None:
        told, ask = notification(1), Ask(IntentKind.MAIL, USER, "one")
        assert await nouns.notifications.add(told, ask=[ask])
        assert not await nouns.notifications.add(replace(told, title="Again."), ask=[ask])
        assert await nouns.notifications.get(USER, told.id) == told
        owed = await nouns.intents.get(IntentKind.MAIL, "one")
        assert owed is not None
        assert owed.asked == 1

    async def test_newest_first_page_by_page(self, nouns: Repositories) -> None:
        for number in (2, 1, 3, 5, 4):
            await nouns.notifications.add(notification(number))
        await nouns.notifications.add(notification(9, OTHER))
        seen: list[str] = []
        after: str | None = None
        while True:
            page = await nouns.notifications.page(USER, PageRequest(2, after))
            seen += [told.title for told in page.items]
            if page.end is None or not page.more:
                break
            after = page.end
        assert seen == [f"Home {number} is sold." for number in (5, 4, 3, 2, 1)]

    async def test_a_forged_cursor(self, nouns: Repositories) -> None:
        with pytest.raises(Invalid):
            await nouns.notifications.page(USER, PageRequest(2, "forged"))

    async def test_reading_marks_and_the_unread_are_found(self, nouns: Repositories, now: Now) -> None:
        first, second = notification(1), notification(2)
        for told in (first, second):
            await nouns.notifications.add(told)
        marked = await nouns.notifications.mark_read(USER, [second.id, "absent", second.id], now())
        assert [told.id for told in marked] == [second.id]
        assert marked[0].read_at == now()
        unread = await nouns.notifications.page(USER, PageRequest(10), unread_only=True)
        assert [told.id for told in unread.items] == [first.id]

    async def test_the_first_reading_counts(self, nouns: Repositories, now: Now) -> None:
        told = notification(1)
        await nouns.notifications.add(told)
        (once,) = await nouns.notifications.mark_read(USER, [told.id], now())
        now.pass_by(hours=1)
        (twice,) = await nouns.notifications.mark_read(USER, [told.id], now())
        assert twice == once

    async def test_nobody_marks_anothers(self, nouns: Repositories, now: Now) -> None:
        told = notification(1)
        await nouns.notifications.add(told)
        assert await nouns.notifications.mark_read(OTHER, [told.id], now()) == []
        found = await nouns.notifications.get(USER, told.id)
        assert found is not None
        assert found.read_at is None

    async def test_a_stretch_of_time_oldest_first(self, nouns: Repositories) -> None:
        for number in range(1, 6):
            await nouns.notifications.add(notification(number))
        from_two, to_four = NOON + timedelta(minutes=1), NOON + timedelta(minutes=4)
        found = await nouns.notifications.between(USER, from_two, to_four, 10)
        assert [told.title for told in found] == [f"Home {number} is sold." for number in (2, 3, 4)]
        first, second = await nouns.notifications.between(USER, from_two, to_four, 2)
        assert await nouns.notifications.between(USER, from_two, to_four, 9, behind=second.id) == found[2:]
        assert await nouns.notifications.between(USER, from_two, to_four, 9, behind=first.id) == found[1:]
        assert await nouns.notifications.between(USER, to_four, from_two, 9) == []

    async def test_after_ninety_days_it_is_gone(self, nouns: Repositories, now: Now) -> None:
        told = notification(1)
        await nouns.notifications.add(told)
        now.pass_by(days=91)
        assert await nouns.notifications.get(USER, told.id) is None


class TestWebhooks:
    async def test_what_was_saved_comes_back_without_its_secret(
        self, nouns: Repositories, table: Table
    ) -> None:
        saved = await nouns.webhooks.save(webhook(1), secret="whsec_c2VjcmV0")
        assert await nouns.webhooks.get(USER, "W1") == saved
        assert await nouns.webhooks.secret(USER, "W1") == "whsec_c2VjcmV0"
        stored = (await table.query(Query(BASE, f"USER#{USER}"))).items
        assert "c2VjcmV0" not in repr(stored)

    async def test_oldest_first_and_ones_own(self, nouns: Repositories) -> None:
        for number in (2, 1):
            await nouns.webhooks.save(webhook(number), secret="whsec_c2VjcmV0")
        await nouns.webhooks.save(webhook(3, OTHER), secret="whsec_c2VjcmV0")
        assert [found.id for found in await nouns.webhooks.of_user(USER)] == ["W1", "W2"]
        assert await nouns.webhooks.get(OTHER, "W1") is None
        with pytest.raises(NotFound):
            await nouns.webhooks.secret(OTHER, "W1")

    async def test_the_secret_stays_unless_given(self, nouns: Repositories) -> None:
        saved = await nouns.webhooks.save(webhook(1), secret="whsec_c2VjcmV0")
        await nouns.webhooks.save(replace(saved, enabled=False))
        assert await nouns.webhooks.secret(USER, "W1") == "whsec_c2VjcmV0"

    async def test_a_version_that_has_moved_on(self, nouns: Repositories) -> None:
        saved = await nouns.webhooks.save(webhook(1), secret="whsec_c2VjcmV0")
        await nouns.webhooks.save(replace(saved, enabled=False))
        with pytest.raises(Conflict):
            await nouns.webhooks.save(replace(saved, url="https://example.org/else"))

    async def test_deleting_takes_the_secret_along(self, nouns: Repositories) -> None:
        saved = await nouns.webhooks.save(webhook(1), secret="whsec_c2VjcmV0")
        await nouns.webhooks.delete(saved)
        await nouns.webhooks.delete(saved)
        assert await nouns.webhooks.get(USER, "W1") is None
        with pytest.raises(NotFound):
            await nouns.webhooks.secret(USER, "W1")


class TestMailBoxes:
    async def test_nothing_is_sent_unless_wished_for(self, nouns: Repositories) -> None:
        assert await nouns.mail_boxes.get(USER) == MailSettings(user_id=USER)

    async def test_what_was_saved_comes_back(self, nouns: Repositories) -> None:
        wish = MailSettings(
            user_id=USER,
            address="a@example.org",
            mode=MailMode.DAILY,
            kinds=(NotificationKind.LISTING_SOLD,),
            digest_until=NOON,
        )
        saved = await nouns.mail_boxes.save(wish)
        assert await nouns.mail_boxes.get(USER) == saved == replace(wish, version=1)
        assert await nouns.mail_boxes.get(OTHER) == MailSettings(user_id=OTHER)

    async def test_a_version_that_has_moved_on(self, nouns: Repositories) -> None:
        await nouns.mail_boxes.save(MailSettings(user_id=USER))
        with pytest.raises(Conflict):
            await nouns.mail_boxes.save(MailSettings(user_id=USER, mode=MailMode.OFF))
