"""Notifications, webhooks and e-mail as a frontend sees them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.deliveries import SignedDeliveries
from adapters.http import WebClient
from domain.entities.intent import IntentKind
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.ports import Ports
from schema.ids import from_id
from tests.graph import seeds
from tests.graph.client import Client
from tests.graph.seeds import seed_all
from tests.graph.server import GraphServer
from tests.world.receivers import Receiver, receiver
from tests.world.world import Sandboxes

LIST = """query($unread: Boolean, $first: Int, $after: String) {
  notifications(unreadOnly: $unread, first: $first, after: $after) {
    nodes { id kind title at readAt subject { __typename id } } pageInfo { hasNextPage endCursor } } }"""
HOOKS = "{ webhooks { id url kinds enabled lastDeliveryAt lastFailure } }"
MAIL = "{ mailSettings { address mode kinds available } }"
ADDED = "subscription { notificationAdded { id kind title subject { id } } }"


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(scope="module")
def strict(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[Client]:
    """A user of a server that reaches public addresses alone, as in production."""
    opened: list[WebClient] = []

    def change(ports: Ports) -> Ports:
        opened.append(WebClient())
        return replace(ports, deliveries=SignedDeliveries(opened[0], now=ports.now))

    folder = tmp_path_factory.mktemp("strict")
    server = GraphServer(folder, served_sandboxes, redis_url, change=change).start()
    client = Client(server, "alice")
    yield client
    client.close()
    server.do(lambda ports: opened[0].aclose())
    server.stop()


def only_error(payload: dict[str, Any]) -> tuple[str, list[str] | None]:
    (error,) = payload["userErrors"]
    return error["code"], error["field"]


def told(client: Client, **variables: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = client.ask(LIST, **variables)["notifications"]["nodes"]
    return nodes


def tell(client: Client, subject: Subject | None = None) -> None:
    """Store a notification, as the work of telling does."""

    async def work(ports: Ports) -> None:
        await seeds.notification(ports, client.user, subject)
        await ports.progress.tell(f"notifications:{client.user}")

    client.server.do(work)


class TestTheList:
    def test_newest_first_and_page_by_page(self, alice: Client) -> None:
        for _ in range(3):
            tell(alice)
        page = alice.ask(LIST, first=2)["notifications"]
        assert page["pageInfo"]["hasNextPage"]
        rest = told(alice, first=2, after=page["pageInfo"]["endCursor"])
        moments = [one["at"] for one in [*page["nodes"], *rest]]
        assert len(moments) == 3
        assert moments == sorted(moments, reverse=True)

    def test_a_subject_of_each_type_is_found(self, alice: Client) -> None:
        things = seed_all(alice.server, alice.user)
        keys = {
            SubjectType.LISTING: things.listing.id,
            SubjectType.POST: things.post.id,
            SubjectType.SYNC_RUN: things.run.id,
            SubjectType.MLS_CONNECTION: things.connection.id,
            SubjectType.SOCIAL_ACCOUNT: things.account.id,
        }
        for type_name, key in keys.items():
            tell(alice, Subject(type_name, key))
            shown = told(alice, first=1)[0]["subject"]
            found = from_id(shown["id"])
            assert found is not None
            assert (shown["__typename"], found.type_name, found.key) == (type_name, type_name, key)

    @pytest.mark.parametrize(
        "subject", [None, Subject(SubjectType.LISTING, "gone"), Subject(SubjectType.METRIC_ALERT, "gone")]
    )
    def test_a_subject_that_is_gone_is_null(self, alice: Client, subject: Subject | None) -> None:
        tell(alice, subject)
        (shown,) = told(alice)
        assert shown["subject"] is None
        assert shown["title"] == "1 Elm Street, Salem is sold."

    def test_reading_leaves_the_unread(self, alice: Client) -> None:
        tell(alice)
        tell(alice)
        newest, oldest = (one["id"] for one in told(alice))
        payload = alice.done("markNotificationsRead", "notifications { id readAt }", ids=[newest])
        ((shown),) = payload["notifications"]
        assert shown["readAt"] is not None
        assert [one["id"] for one in told(alice, unread=True)] == [oldest]
        again = alice.done("markNotificationsRead", "notifications { id readAt }", ids=[newest])
        assert again == payload

    def test_ids_of_nothing_are_named_and_the_others_marked(self, alice: Client, bob: Client) -> None:
        tell(alice)
        tell(bob)
        own, foreign = told(alice)[0]["id"], told(bob)[0]["id"]
        payload = alice.mutate("markNotificationsRead", "notifications { id }", ids=["x", own, foreign])
        assert payload["notifications"] == [{"id": own}]
        assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [
            ("NOT_FOUND", ["ids", "0"]),
            ("NOT_FOUND", ["ids", "2"]),
        ]
        assert len(told(bob, unread=True)) == 1

    @pytest.mark.parametrize("count", [0, 101])
    def test_too_few_and_too_many_ids(self, alice: Client, count: int) -> None:
        payload = alice.mutate("markNotificationsRead", "notifications { id }", ids=["x"] * count)
        assert only_error(payload) == ("INVALID", ["ids"])

    def test_new_ones_are_watched(self, alice: Client) -> None:
        tell(alice)
        known = told(alice)[0]["id"]
        with alice.socket() as socket:
            socket.subscribe(ADDED)
            seen: set[str] = set()
            # Without a snapshot nothing says that the watching has begun: something happens until it has.
            for _ in range(20):
                tell(alice)
                if message := socket.soon(0.5):
                    seen.add(message["payload"]["data"]["notificationAdded"]["id"])
                    break
            assert seen
            assert seen.isdisjoint({known})
            tell(alice)
            newest = told(alice, first=1)[0]["id"]
            while newest not in seen:
                seen.add(socket.next()["notificationAdded"]["id"])


class TestWebhooks:
    def test_a_webhook_from_its_making_to_its_end(self, alice: Client, hooks: Receiver) -> None:
        made = alice.done("createWebhook", "secret webhook { id url kinds enabled }", url=hooks.url)
        assert made["secret"].startswith("whsec_")
        assert {**made["webhook"], "id": ""} == {"id": "", "url": hooks.url, "kinds": [], "enabled": True}
        (listed,) = alice.ask(HOOKS)["webhooks"]
        assert listed["lastDeliveryAt"] is None

        id = made["webhook"]["id"]
        tested = alice.done("testWebhook", "webhook { lastDeliveryAt lastFailure }", webhookId=id)["webhook"]
        assert tested["lastDeliveryAt"] is not None
        assert tested["lastFailure"] is None
        assert len(hooks.came) == 1

        changed = alice.done(
            "updateWebhook",
            "secret webhook { kinds enabled }",
            webhookId=id,
            kinds=["LISTING_SOLD"],
            enabled=False,
        )
        assert changed["webhook"] == {"kinds": ["LISTING_SOLD"], "enabled": False}
        assert changed["secret"] is None
        rotated = alice.done("updateWebhook", "secret webhook { enabled }", webhookId=id, rotateSecret=True)
        assert rotated["secret"] not in (None, made["secret"])
        assert rotated["webhook"]["enabled"] is False

        assert alice.done("deleteWebhook", "deletedId", webhookId=id)["deletedId"] == id
        assert alice.ask(HOOKS) == {"webhooks": []}
        payload = alice.mutate("testWebhook", "webhook { id }", webhookId=id)
        assert only_error(payload) == ("NOT_FOUND", ["webhookId"])

    def test_the_secret_is_in_no_type_but_the_payload(self, alice: Client) -> None:
        fields = alice.ask('{ __type(name: "Webhook") { fields { name } } }')["__type"]["fields"]
        assert "secret" not in {field["name"] for field in fields}

    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest",
            "http://[fd00::1]/in",
            "ftp://example.org/in",
            "https://user:pw@example.org/in",
            "in",
            "",
        ],
    )
    def test_where_no_delivery_may_go(self, alice: Client, hooks: Receiver, url: str) -> None:
        payload = alice.mutate("createWebhook", "webhook { id } secret", url=url)
        assert (payload["webhook"], payload["secret"]) == (None, None)
        assert only_error(payload) == ("INVALID", ["url"])
        id = alice.done("createWebhook", "webhook { id }", url=hooks.url)["webhook"]["id"]
        assert only_error(alice.mutate("updateWebhook", "webhook { id }", webhookId=id, url=url)) == (
            "INVALID",
            ["url"],
        )
        assert [one["url"] for one in alice.ask(HOOKS)["webhooks"]] == [hooks.url]

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9/in", "https://127.0.0.1/in", "https://10.0.0.1/in"])
    def test_in_production_none_may_go_to_this_machine_or_its_network(self, strict: Client, url: str) -> None:
        payload = strict.mutate("createWebhook", "webhook { id }", url=url)
        assert only_error(payload) == ("INVALID", ["url"])
        assert strict.ask(HOOKS) == {"webhooks": []}

    def test_a_host_that_is_not_there(self, alice: Client) -> None:
        payload = alice.mutate("createWebhook", "webhook { id }", url="https://nowhere.invalid/in")
        assert only_error(payload) == ("UNAVAILABLE", ["url"])

    def test_a_kind_that_there_is_none_of(self, alice: Client) -> None:
        document = """mutation { createWebhook(input: {url: "https://example.org", kinds: [RAIN]}) {
            webhook { id } } }"""
        assert alice.refused(document) == "BAD_USER_INPUT"

    def test_a_test_that_fails_says_why(self, alice: Client, hooks: Receiver) -> None:
        id = alice.done("createWebhook", "webhook { id }", url=hooks.url)["webhook"]["id"]
        hooks.answers = [500]
        payload = alice.mutate("testWebhook", "webhook { id }", webhookId=id)
        assert payload["webhook"] is None
        assert only_error(payload) == ("UNAVAILABLE", None)
        assert "500" in payload["userErrors"][0]["message"]

    def test_what_was_given_up_can_be_sent_again(self, alice: Client) -> None:
        things = seed_all(alice.server, alice.user)
        (hook,), (one,) = alice.ask(HOOKS)["webhooks"], told(alice)
        alice.done("redeliverNotifications", "webhook { id }", webhookId=hook["id"], ids=[one["id"]])

        async def owed(ports: Ports) -> object:
            target = f"{things.webhook.id}/{things.notification.id}"
            return await ports.intents.get(IntentKind.DELIVER, target)

        assert alice.server.do(owed) is not None

    def test_what_cannot_be_sent_again(self, alice: Client) -> None:
        seed_all(alice.server, alice.user)
        (hook,), (one,) = alice.ask(HOOKS)["webhooks"], told(alice)

        def error(ids: list[str]) -> tuple[str, list[str] | None]:
            payload = alice.mutate("redeliverNotifications", "webhook { id }", webhookId=hook["id"], ids=ids)
            assert payload["webhook"] is None
            return only_error(payload)

        assert error([]) == ("INVALID", ["ids"])
        assert error(["x"] * 51) == ("INVALID", ["ids"])
        assert error([one["id"], "x"]) == ("NOT_FOUND", ["ids", "1"])
        kinds = [NotificationKind.RUN_FAILED.value]
        alice.done("updateWebhook", "webhook { id }", webhookId=hook["id"], kinds=kinds)
        assert error([one["id"]]) == ("CONFLICT", ["ids", "0"])


class TestMail:
    def test_settings_change_where_they_are_given(self, alice: Client) -> None:
        off: dict[str, Any] = {"address": None, "mode": "OFF", "kinds": [], "available": False}
        assert alice.ask(MAIL) == {"mailSettings": off}
        selection = "mailSettings { address mode kinds available }"
        alice.done("updateMailSettings", selection, address="a@example.org", kinds=["LISTING_SOLD"])
        daily = alice.done("updateMailSettings", selection, mode="DAILY")["mailSettings"]
        expected = {
            "address": "a@example.org",
            "mode": "DAILY",
            "kinds": ["LISTING_SOLD"],
            "available": False,
        }
        assert daily == expected
        assert alice.ask(MAIL) == {"mailSettings": expected}
        gone = alice.done("updateMailSettings", selection, mode="OFF", address="", kinds=[])["mailSettings"]
        assert gone == off

    @pytest.mark.parametrize(
        "input", [{"address": "nobody"}, {"mode": "DAILY"}, {"address": "", "mode": "AT_ONCE"}]
    )
    def test_settings_that_cannot_be(self, alice: Client, input: dict[str, Any]) -> None:
        payload = alice.mutate("updateMailSettings", "mailSettings { mode }", **input)
        assert payload["mailSettings"] is None
        assert only_error(payload) == ("INVALID", ["address"])

    def test_an_address_cannot_be_taken_away_while_mail_is_on(self, alice: Client) -> None:
        alice.done("updateMailSettings", "mailSettings { mode }", address="a@example.org", mode="DAILY")
        payload = alice.mutate("updateMailSettings", "mailSettings { mode }", address="")
        assert only_error(payload) == ("INVALID", ["address"])
