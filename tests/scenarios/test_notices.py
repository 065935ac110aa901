"""What a user is told, and how: the list, webhooks, e-mail."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Signed

from adapters.mail import SmtpSettings
from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.notification import MailMode, Notification, NotificationKind, Subject, SubjectType
from domain.errors import Invalid, LimitExceeded, NotFound, Unavailable
from domain.rules.identity import notification_id
from domain.use_cases.mailing import MOST_IN_A_DIGEST, set_mail_settings
from domain.use_cases.notices import notice
from domain.use_cases.notifying import mark_notifications_read, next_digest
from domain.use_cases.webhooks import (
    MOST_WEBHOOKS,
    create_webhook,
    delete_webhook,
    test_webhook,
    update_webhook,
)
from tasks.work import carry_out
from tests.world.receivers import PostOffice, Receiver, post_office, receiver
from tests.world.world import USER, Sandboxes, World

HOUR = timedelta(hours=1)
ADDRESSES_THAT_ARE_NONE = (
    "",
    "nobody",
    "a@b",
    "a@b.c\nBcc: x@y.zz",
    "a b@example.org",
    "a@example.org,b@example.org",
    "all:a@example.org;",
    "all:a@example.org",
    "a(eve@example.org)@example.org",
    "a@[192.0.2.1].org",
    "a\x00@example.org",
    "a\x7f@example.org",
)


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with post_office() as made:
        yield made


@pytest.fixture
async def mailing(tmp_path: Path, sandboxes: Sandboxes, post: PostOffice) -> AsyncIterator[World]:
    """A world with a mail server."""
    made = World(tmp_path, sandboxes)
    made.clock.move((next_digest(made.clock.now()) + HOUR - made.clock.now()).total_seconds())
    made.smtp = SmtpSettings(
        host="127.0.0.1", port=post.port, security="none", sender="Yardsign <signs@example.org>"
    )
    await made.start()
    yield made
    await made.stop()


async def happen(
    world: World, number: int = 1, kind: NotificationKind = NotificationKind.LISTING_SOLD
) -> None:
    """Something happens that the user is told of, in a millisecond of its own: moments are no finer."""
    world.clock.move(0.002)
    wish = notice(
        USER,
        kind,
        f"Home {number} <b>is sold</b>.",
        subject=Subject(SubjectType.LISTING, f"home-{number}"),
        event=f"event {number}",
        at=world.clock.now(),
    )
    await world.ports.intents.ask(wish)


async def told(world: World) -> list[Notification]:
    return list((await world.eyes.notifications.page(USER, PageRequest(100))).items)


def homes_in(mail: EmailMessage) -> set[int]:
    """The homes of `happen` that a mail tells of."""
    text = mail.get_body(("plain",))
    assert text is not None
    return {int(number) for number in re.findall(r"Home (\d+) ", text.get_content())}


class TestTheList:
    async def test_what_happened_is_told_and_can_be_read(self, world: World) -> None:
        await happen(world)
        await world.work()
        (found,) = await told(world)
        assert found.kind is NotificationKind.LISTING_SOLD
        assert found.subject == Subject(SubjectType.LISTING, "home-1")
        (read,) = await mark_notifications_read(world.ports, user_id=USER, notification_ids=(found.id,))
        assert read.read_at is not None
        unread = await world.eyes.notifications.page(USER, PageRequest(10), unread_only=True)
        assert list(unread.items) == []


class TestWebhooks:
    async def test_a_delivery_is_signed_and_tells_what_happened(self, world: World, hooks: Receiver) -> None:
        webhook, secret = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        await happen(world)
        await world.work()
        ((headers, body),) = hooks.came
        (found,) = await told(world)
        shown = Signed(secret).verify(body, headers)
        assert shown == {
            "id": found.id,
            "kind": "LISTING_SOLD",
            "title": "Home 1 <b>is sold</b>.",
            "subject": {"type": "Listing", "key": "home-1"},
            "at": found.at.isoformat(),
        }
        kept = await world.eyes.webhooks.get(USER, webhook.id)
        assert kept is not None
        assert kept.last_delivery_at is not None
        assert kept.last_failure is None

    async def test_only_the_kinds_that_are_wanted(self, world: World, hooks: Receiver) -> None:
        await create_webhook(world.ports, user_id=USER, url=hooks.url, kinds=(NotificationKind.RUN_FAILED,))
        await happen(world)
        await happen(world, 2, NotificationKind.RUN_FAILED)
        await world.work()
        assert len(hooks.came) == 1
        assert len(await told(world)) == 2

    async def test_a_receiver_that_is_down_gets_it_later_under_the_same_id(
        self, world: World, hooks: Receiver
    ) -> None:
        webhook, _ = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        hooks.answers = [503, 500, 404]
        await happen(world)
        await world.work(horizon=HOUR)
        assert len(hooks.came) == 4
        assert len({headers["webhook-id"] for headers, _ in hooks.came}) == 1
        kept = await world.eyes.webhooks.get(USER, webhook.id)
        assert kept is not None
        assert kept.last_failure is None

    async def test_after_the_schedule_it_is_kept_as_dead(self, world: World, hooks: Receiver) -> None:
        webhook, _ = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        hooks.answers = [500] * 50
        await happen(world)
        await world.work(horizon=timedelta(hours=11))
        assert len(hooks.came) == 7
        (found,) = await told(world)
        owed = await world.eyes.intents.get(IntentKind.DELIVER, f"{webhook.id}/{found.id}")
        assert owed is not None
        assert owed.dead
        kept = await world.eyes.webhooks.get(USER, webhook.id)
        assert kept is not None
        assert "500" in (kept.last_failure or "")

    async def test_a_receiver_that_is_gone_is_not_asked_again(self, world: World, hooks: Receiver) -> None:
        await create_webhook(world.ports, user_id=USER, url=hooks.url)
        hooks.answers = [410]
        await happen(world)
        await world.work(horizon=timedelta(hours=11))
        assert len(hooks.came) == 1

    async def test_switched_off_or_deleted_nothing_comes(self, world: World, hooks: Receiver) -> None:
        off, _ = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        gone, _ = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        await update_webhook(world.ports, user_id=USER, webhook_id=off.id, enabled=False)
        await delete_webhook(world.ports, user_id=USER, webhook_id=gone.id)
        await happen(world)
        await world.work()
        assert hooks.came == []

    async def test_a_new_secret_signs_from_then_on(self, world: World, hooks: Receiver) -> None:
        webhook, old = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        _, new = await update_webhook(world.ports, user_id=USER, webhook_id=webhook.id, rotate_secret=True)
        assert new is not None
        assert new != old
        await happen(world)
        await world.work()
        ((headers, body),) = hooks.came
        assert Signed(new).verify(body, headers)["kind"] == "LISTING_SOLD"

    async def test_a_test_call_says_so_and_reports_what_came_of_it(
        self, world: World, hooks: Receiver
    ) -> None:
        webhook, secret = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        await test_webhook(world.ports, user_id=USER, webhook_id=webhook.id)
        ((headers, body),) = hooks.came
        assert Signed(secret).verify(body, headers)["kind"] == "TEST"
        hooks.answers = [500]
        with pytest.raises(Unavailable, match="500"):
            await test_webhook(world.ports, user_id=USER, webhook_id=webhook.id)

    @pytest.mark.parametrize(
        "url",
        ["", "ftp://example.org/in", "https://user:pw@example.org/in", "http://169.254.169.254/latest"],
    )
    async def test_where_no_delivery_may_go(self, world: World, url: str) -> None:
        with pytest.raises(Invalid) as refused:
            await create_webhook(world.ports, user_id=USER, url=url)
        assert refused.value.field == ("url",)
        assert await world.eyes.webhooks.of_user(USER) == []

    async def test_there_is_a_limit(self, world: World, hooks: Receiver) -> None:
        for _ in range(MOST_WEBHOOKS):
            await create_webhook(world.ports, user_id=USER, url=hooks.url)
        with pytest.raises(LimitExceeded):
            await create_webhook(world.ports, user_id=USER, url=hooks.url)

    async def test_anothers_webhook_is_as_if_absent(self, world: World, hooks: Receiver) -> None:
        webhook, _ = await create_webhook(world.ports, user_id=USER, url=hooks.url)
        for call in (
            lambda: update_webhook(world.ports, user_id="eve", webhook_id=webhook.id, enabled=False),
            lambda: delete_webhook(world.ports, user_id="eve", webhook_id=webhook.id),
            lambda: test_webhook(world.ports, user_id="eve", webhook_id=webhook.id),
        ):
            with pytest.raises(NotFound):
                await call()


class TestMail:
    async def test_at_once(self, mailing: World, post: PostOffice) -> None:
        await set_mail_settings(
            mailing.ports, user_id=USER, address="agent@example.org", mode=MailMode.AT_ONCE
        )
        await happen(mailing)
        await mailing.work()
        (mail,) = post.came
        assert mail["To"] == "agent@example.org"
        assert mail["Subject"] == "Home 1 <b>is sold</b>."
        html = mail.get_body(("html",))
        assert html is not None
        assert "&lt;b&gt;" in html.get_content()

    async def test_one_digest_a_day(self, mailing: World, post: PostOffice) -> None:
        await set_mail_settings(mailing.ports, user_id=USER, address="agent@example.org", mode=MailMode.DAILY)
        for number in (1, 2, 3):
            await happen(mailing, number)
        await mailing.work()
        assert post.came == []
        await mailing.work(horizon=timedelta(hours=25))
        (mail,) = post.came
        text = mail.get_body(("plain",))
        assert text is not None
        assert [f"Home {n} " in text.get_content() for n in (1, 2, 3)] == [True] * 3

        await happen(mailing, 4)
        await mailing.work(horizon=timedelta(hours=25))
        again = post.came[1].get_body(("plain",))
        assert again is not None
        assert "Home 4 " in again.get_content()
        assert "Home 3 " not in again.get_content()

    async def test_what_is_told_after_its_digest_goes_by_itself(
        self, mailing: World, post: PostOffice
    ) -> None:
        """As when no worker was there for a while, and the digest came first when one was back."""
        await set_mail_settings(mailing.ports, user_id=USER, address="agent@example.org", mode=MailMode.DAILY)
        await happen(mailing, 1)
        await mailing.work()
        await happen(mailing, 2)
        mailing.clock.move(timedelta(hours=25).total_seconds())
        await carry_out(mailing.ports, IntentKind.MAIL, f"digest/{USER}")
        assert [homes_in(mail) for mail in post.came] == [{1}]

        await mailing.work(horizon=timedelta(hours=25))
        assert [homes_in(mail) for mail in post.came] == [{1}, {2}]

    async def test_a_day_of_many_things_takes_several_mails(self, mailing: World, post: PostOffice) -> None:
        """All of one moment, as of a page that brings hundreds of sales."""
        await set_mail_settings(mailing.ports, user_id=USER, address="agent@example.org", mode=MailMode.DAILY)
        mailing.clock.move(1)
        await happen(mailing, 1)
        await mailing.work()
        (first,) = await told(mailing)
        for number in range(2, MOST_IN_A_DIGEST + 4):
            id = notification_id(USER, first.kind, f"event {number}", first.at)
            await mailing.ports.notifications.add(replace(first, id=id, title=f"Home {number} is sold."))

        await mailing.work(horizon=timedelta(hours=25))
        many, few = map(homes_in, post.came)
        assert (len(many), len(few)) == (MOST_IN_A_DIGEST, 3)
        assert many | few == set(range(1, MOST_IN_A_DIGEST + 4))

    async def test_who_wants_mail_at_once_gets_what_waited_and_nothing_twice(
        self, mailing: World, post: PostOffice
    ) -> None:
        address = "agent@example.org"
        await set_mail_settings(mailing.ports, user_id=USER, address=address, mode=MailMode.DAILY)
        mailing.clock.move(1)
        await happen(mailing, 1)
        await mailing.work()
        await set_mail_settings(mailing.ports, user_id=USER, mode=MailMode.AT_ONCE)
        await mailing.work()
        mailing.clock.move(1)
        await happen(mailing, 2)
        await mailing.work(horizon=timedelta(hours=25))
        assert [homes_in(mail) for mail in post.came] == [{1}, {2}]

    async def test_a_title_is_no_header(self, mailing: World, post: PostOffice) -> None:
        await set_mail_settings(
            mailing.ports, user_id=USER, address="agent@example.org", mode=MailMode.AT_ONCE
        )
        title = "1 Elm\r\nBcc: eve@example.org\r\n\r\nStreet\x0b\u2028is sold."
        at = mailing.clock.now()
        wish = notice(USER, NotificationKind.LISTING_SOLD, title, subject=None, event="event", at=at)
        await mailing.ports.intents.ask(wish)
        await mailing.work()
        (mail,) = post.came
        assert mail["Subject"] == "1 Elm Bcc: eve@example.org Street is sold."
        assert mail["Bcc"] is None

    async def test_a_server_that_is_busy_gets_it_later(self, mailing: World, post: PostOffice) -> None:
        await set_mail_settings(
            mailing.ports, user_id=USER, address="agent@example.org", mode=MailMode.AT_ONCE
        )
        post.answers = ["451 later"]
        await happen(mailing)
        await mailing.work()
        assert len(post.came) == 1

    async def test_an_address_that_is_refused_is_given_up(self, mailing: World, post: PostOffice) -> None:
        await set_mail_settings(
            mailing.ports, user_id=USER, address="agent@example.org", mode=MailMode.AT_ONCE
        )
        post.answers = ["550 no such user"] * 9
        await happen(mailing)
        await mailing.work(horizon=timedelta(hours=11))
        assert len(post.answers) == 8
        (found,) = await told(mailing)
        owed = await mailing.eyes.intents.get(IntentKind.MAIL, found.id)
        assert owed is not None
        assert owed.dead

    async def test_off_by_itself(self, mailing: World, post: PostOffice) -> None:
        await happen(mailing)
        await mailing.work(horizon=timedelta(hours=25))
        assert post.came == []

    @pytest.mark.parametrize("address", ADDRESSES_THAT_ARE_NONE)
    async def test_what_is_no_address(self, mailing: World, address: str) -> None:
        with pytest.raises(Invalid) as refused:
            await set_mail_settings(mailing.ports, user_id=USER, address=address, mode=MailMode.AT_ONCE)
        assert refused.value.field == ("address",)

    async def test_mail_without_an_address(self, mailing: World) -> None:
        with pytest.raises(Invalid):
            await set_mail_settings(mailing.ports, user_id=USER, address=None, mode=MailMode.DAILY)
