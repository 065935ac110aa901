"""Every mutation on its happy path, and its userErrors."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.entities.post import PostState
from domain.ports import Ports
from tests.graph import seeds
from tests.graph.client import Client
from tests.graph.seeds import Things, seed_all
from tests.world.world import Sandboxes

SANDBOX_TOKEN = "sandbox-token"


def only_error(payload: dict[str, Any], entity: str) -> tuple[str, list[str] | None]:
    """The code and field of the one userError; the entity must be null."""
    assert payload[entity] is None
    [error] = payload["userErrors"]
    return error["code"], error["field"]


def test_an_mls_account_from_connecting_to_disconnecting(alice: Client, sandboxes: Sandboxes) -> None:
    selection = "connection { id label enabled syncIntervalMinutes url settings }"
    connection = alice.done(
        "connectMls",
        selection,
        provider="north",
        protocol="reso-web-api",
        url=f"{sandboxes.mls}/odata",
        label="North",
        credentials={"token": SANDBOX_TOKEN},
        settings={"dataset": "x"},
    )["connection"]
    assert (connection["label"], connection["enabled"]) == ("North", True)
    id = connection["id"]
    changed = alice.done("updateMlsConnection", selection, connectionId=id, label="South")["connection"]
    assert changed == {**connection, "label": "South"}
    off = alice.done("setMlsConnectionEnabled", selection, connectionId=id, enabled=False)["connection"]
    assert off["enabled"] is False
    slow = alice.done("setMlsSyncInterval", selection, connectionId=id, minutes=60)["connection"]
    assert slow["syncIntervalMinutes"] == 60
    gone = alice.done("disconnectMls", "disconnectedId", connectionId=id)
    assert gone == {"disconnectedId": id, "userErrors": []}
    assert alice.ask("{ mlsConnections { id } }") == {"mlsConnections": []}


def test_connecting_says_which_input_is_wrong(alice: Client, sandboxes: Sandboxes) -> None:
    good: dict[str, Any] = {
        "provider": "north",
        "protocol": "reso-web-api",
        "url": f"{sandboxes.mls}/odata",
        "credentials": {"token": SANDBOX_TOKEN},
    }

    def error(**wrong: Any) -> tuple[str, list[str] | None]:
        payload = alice.mutate("connectMls", "connection { id }", **{**good, **wrong})
        return only_error(payload, "connection")

    assert error(credentials={"token": "wrong"}) == ("ACTION_REQUIRED", ["credentials"])
    assert error(provider="No Spaces") == ("INVALID", ["provider"])
    assert error(protocol="telex") == ("NOT_FOUND", ["protocol"])
    assert error(vendor="nobody") == ("INVALID", ["vendor"])
    assert error(url="ftp://x") == ("INVALID", ["url"])
    assert error(settings=[1]) == ("INVALID", ["settings"])
    assert alice.ask("{ mlsConnections { id } }") == {"mlsConnections": []}


def test_an_mls_account_is_looked_at_before_and_after_it_is_connected(
    alice: Client, sandboxes: Sandboxes
) -> None:
    good: dict[str, Any] = {
        "provider": "north",
        "protocol": "reso-web-api",
        "url": f"{sandboxes.mls}/odata",
        "credentials": {"token": SANDBOX_TOKEN},
    }
    report = alice.done("testMlsConnection", "report", **good)["report"]
    assert report["mapping"]
    assert report["record"]["listingKey"]
    assert SANDBOX_TOKEN not in str(report)
    assert alice.ask("{ mlsConnections { id } }") == {"mlsConnections": []}
    connection = alice.done("connectMls", "connection { id }", **good)["connection"]["id"]
    again = alice.done("testMlsConnection", "report", connectionId=connection)["report"]
    assert set(again) == set(report)
    for wrong, field in (({}, "protocol"), ({"connectionId": connection, "url": "x"}, "url")):
        payload = alice.mutate("testMlsConnection", "report", **wrong)
        assert only_error(payload, "report") == ("INVALID", [field])
    for id in ("nonsense", ""):
        payload = alice.mutate("testMlsConnection", "report", connectionId=id)
        assert only_error(payload, "report") == ("NOT_FOUND", ["connectionId"])


def test_a_listing_is_left_out_and_taken_in_again(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    [listing] = alice.ask("{ listings { nodes { id } } }")["listings"]["nodes"]
    selection = "listing { id excludedFromSync publishable }"
    out = alice.done("setListingSync", selection, listingId=listing["id"], excluded=True)["listing"]
    assert out == {**listing, "excludedFromSync": True, "publishable": False}
    back = alice.done("setListingSync", selection, listingId=listing["id"], excluded=False)["listing"]
    assert back["excludedFromSync"] is False
    manual = alice.done("createListing", "listing { id }")["listing"]["id"]
    payload = alice.mutate("setListingSync", "listing { id }", listingId=manual, excluded=True)
    assert only_error(payload, "listing") == ("CONFLICT", ["listingId"])


def test_the_form_of_a_vendor_can_be_drawn(alice: Client) -> None:
    document = """{ mlsProtocols { name title vendors { name title url
        settings { name title kind credential required secret help } } } }"""
    protocols = {one["name"]: one for one in alice.ask(document)["mlsProtocols"]}
    vendors = {one["name"]: one for one in protocols["reso-web-api"]["vendors"]}
    fields = {one["name"]: one for one in vendors["generic"]["settings"]}
    assert (fields["token"]["credential"], fields["token"]["secret"]) == (True, True)
    assert (fields["statusMap"]["credential"], fields["statusMap"]["kind"]) == (False, "json")
    assert all(one["title"] for one in fields.values())


def test_no_setting_that_is_secret_is_shown(alice: Client) -> None:
    async def hide(ports: Ports) -> None:
        connection, _, _ = await seeds.connection_with_run(ports, alice.user)
        settings = {"token": "canary", "Password": "canary", "apiSecret": "shown"}
        stored = await ports.mls_connections.get(alice.user, connection.id)
        assert stored is not None
        await ports.mls_connections.save(replace(stored, settings=settings))

    alice.server.do(hide)
    [connection] = alice.ask("{ mlsConnections { settings } }")["mlsConnections"]
    assert connection == {"settings": {"apiSecret": "shown"}}


def test_runs_are_begun_and_cancelled(alice: Client, sandboxes: Sandboxes) -> None:
    connection = alice.done(
        "connectMls",
        "connection { id }",
        provider="north",
        protocol="reso-web-api",
        url=f"{sandboxes.mls}/odata",
        credentials={"token": SANDBOX_TOKEN},
    )["connection"]
    run = "syncRun { id kind mode state connection { id } }"
    imported = alice.done("importMlsListings", run, connectionId=connection["id"])["syncRun"]
    assert (imported["kind"], imported["mode"], imported["connection"]) == ("IMPORT", "FULL", connection)
    again = alice.done("importMlsListings", run, connectionId=connection["id"])["syncRun"]
    assert again == imported
    synced = alice.done("syncMlsStatus", run, connectionId=connection["id"])["syncRun"]
    assert (synced["kind"], synced["mode"]) == ("SYNC", "INCREMENTAL")
    everything = alice.ask("mutation { syncAllMlsConnections { syncRuns { id } userErrors { code } } }")
    assert everything["syncAllMlsConnections"]["syncRuns"] == [{"id": synced["id"]}]
    named = alice.mutate("syncAllMlsConnections", "clientMutationId", clientMutationId="m")
    assert named == {"clientMutationId": "m", "userErrors": []}
    alice.done("cancelSyncRun", "syncRun { id }", runId=imported["id"])


def test_a_listing_by_hand_from_creation_to_deletion(alice: Client) -> None:
    selection = "listing { id mlsProvider status price { amount currency } address { city state } features }"
    created = alice.done(
        "createListing",
        selection,
        price="310000.50",
        address={"city": "Salem", "state": "OR"},
        features=["Deck"],
    )["listing"]
    assert created["mlsProvider"] == "manual"
    assert created["price"] == {"amount": "310000.50", "currency": "USD"}
    updated = alice.done(
        "updateListing",
        selection,
        listingId=created["id"],
        price=299000,
        status="PENDING",
        address={"city": "Keizer"},
        features=None,
    )["listing"]
    assert updated == {
        **created,
        "status": "PENDING",
        "price": {"amount": "299000", "currency": "USD"},
        "address": {"city": "Keizer", "state": "OR"},
        "features": [],
    }
    cleared = alice.done("updateListing", selection, listingId=created["id"], price=None)["listing"]
    assert cleared == {**updated, "price": None}
    wrong = alice.mutate("updateListing", "listing { id }", listingId=created["id"], price=-1)
    assert only_error(wrong, "listing") == ("INVALID", ["price"])
    gone = alice.done("deleteListing", "deletedId", listingId=created["id"])
    assert gone["deletedId"] == created["id"]
    assert alice.ask("query($id: ID!) { listing(id: $id) { id } }", id=created["id"]) == {"listing": None}


def test_a_manual_listing_cannot_be_synchronized(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]
    payload = alice.mutate("syncListingStatus", "syncRun { id }", listingId=listing["id"])
    assert only_error(payload, "syncRun") == ("CONFLICT", ["listingId"])


def test_a_listing_of_an_mls_is_synchronized(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    [listing] = alice.ask("{ listings { nodes { id connection { id } } } }")["listings"]["nodes"]
    run = alice.done("syncListingStatus", "syncRun { kind connection { id } }", listingId=listing["id"])
    assert run["syncRun"] == {"kind": "SYNC", "connection": listing["connection"]}


def test_linking_and_unlinking_an_account(alice: Client, sandboxes: Sandboxes) -> None:
    url = alice.done("beginSocialLink", "authorizationUrl", platform="facebook")["authorizationUrl"]
    back = sandboxes.http.get(url, headers={"Accept": "application/json"}).headers["location"]
    came = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    assert back.startswith(f"{alice.server.url}/oauth/callback/facebook?")
    page = alice.http.get(back, headers={"Authorization": ""})
    assert page.status_code == 200
    assert came["state"] in page.text
    linking = {"platform": "facebook", "code": came["code"], "state": came["state"]}
    accounts = alice.done("completeSocialLink", "accounts { id name state }", **linking)["accounts"]
    assert accounts
    assert {account["state"] for account in accounts} == {"ACTIVE"}
    used = alice.mutate("completeSocialLink", "accounts { id }", **linking)
    assert only_error(used, "accounts") == ("INVALID", ["state"])
    gone = alice.done("unlinkSocialAccount", "account { id state } livePosts", accountId=accounts[0]["id"])
    assert gone == {
        "account": {"id": accounts[0]["id"], "state": "UNLINKED"},
        "livePosts": 0,
        "userErrors": [],
    }
    again = alice.mutate("unlinkSocialAccount", "account { id }", accountId=accounts[0]["id"])
    assert only_error(again, "account") == ("NOT_FOUND", ["accountId"])
    unknown = alice.mutate("beginSocialLink", "authorizationUrl", platform="friendster")
    assert only_error(unknown, "authorizationUrl") == ("NOT_FOUND", ["platform"])


def consented(client: Client, sandboxes: Sandboxes) -> dict[str, str]:
    """What `completeSocialLink` takes, after a consent that the client began."""
    url = client.done("beginSocialLink", "authorizationUrl", platform="facebook")["authorizationUrl"]
    back = sandboxes.http.get(url, headers={"Accept": "application/json"}).headers["location"]
    came = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    return {"platform": "facebook", "code": came["code"], "state": came["state"]}


def test_a_state_is_good_for_its_own_user_only(alice: Client, bob: Client, sandboxes: Sandboxes) -> None:
    stolen = bob.mutate("completeSocialLink", "accounts { id }", **consented(alice, sandboxes))
    assert only_error(stolen, "accounts") == ("INVALID", ["state"])


def test_choosing_among_what_is_offered(alice: Client, bob: Client, sandboxes: Sandboxes) -> None:
    linking = consented(alice, sandboxes)
    selection = "accounts { name } offered { platformAccountId name missingScopes }"
    looked = alice.done("completeSocialLink", selection, **linking, choose=[])
    assert looked["accounts"] == []
    _, second = looked["offered"]
    foreign = bob.mutate("completeSocialLink", selection, **linking, choose=[second["platformAccountId"]])
    assert only_error(foreign, "accounts") == ("INVALID", ["state"])
    wrong = alice.mutate("completeSocialLink", selection, **linking, choose=["1"])
    assert only_error(wrong, "accounts") == ("NOT_FOUND", ["choose"])
    linked = alice.done("completeSocialLink", selection, **linking, choose=[second["platformAccountId"]])
    assert linked["accounts"] == [{"name": second["name"]}]
    assert linked["offered"] is None
    assert alice.ask("{ socialAccounts { name } }") == {"socialAccounts": [{"name": second["name"]}]}


def test_links_that_cannot_be(alice: Client, sandboxes: Sandboxes) -> None:
    begin = {"platform": "facebook", "redirectUri": "https://evil.example/"}
    assert only_error(alice.mutate("beginSocialLink", "authorizationUrl", **begin), "authorizationUrl") == (
        "INVALID",
        ["redirectUri"],
    )
    made_up = consented(alice, sandboxes) | {"code": "made up"}
    assert only_error(alice.mutate("completeSocialLink", "accounts { id }", **made_up), "accounts") == (
        "ACTION_REQUIRED",
        None,
    )
    elsewhere = consented(alice, sandboxes) | {"platform": "friendster"}
    assert only_error(alice.mutate("completeSocialLink", "accounts { id }", **elsewhere), "accounts") == (
        "NOT_FOUND",
        ["platform"],
    )


def ids(client: Client) -> tuple[str, str, str, list[str]]:
    """The listing, the account, the post and the photos that were seeded."""
    data = client.ask(
        "{ listings { nodes { id photos { id } } } socialAccounts { id } posts { nodes { id } } }"
    )
    [listing], [account] = data["listings"]["nodes"], data["socialAccounts"]
    photos = [photo["id"] for photo in listing["photos"]]
    return listing["id"], account["id"], data["posts"]["nodes"][0]["id"], photos


def test_publishing_with_chosen_photos_once_for_a_key(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    listing, account, _, photos = ids(alice)
    wish = {
        "listingId": listing,
        "accountIds": [account],
        "text": "Come and see.",
        "hashtags": ["home"],
        "photoIds": photos[:1],
        "idempotencyKey": "k",
    }
    selection = "posts { id state text photos { id } account { id } listing { id } }"
    [post] = alice.done("publishPost", selection, **wish)["posts"]
    assert (post["state"], post["text"]) == ("PENDING", "Come and see.")
    assert post["photos"] == [{"id": photos[0]}]
    assert (post["account"], post["listing"]) == ({"id": account}, {"id": listing})
    assert alice.done("publishPost", selection, **wish)["posts"] == [post]
    later = {**wish, "idempotencyKey": "l", "publishAt": "2020-01-01T00:00:00Z"}
    assert only_error(alice.mutate("publishPost", selection, **later), "posts") == (
        "INVALID",
        ["publishAt"],
    )
    failed = {**wish, "idempotencyKey": "m", "photoIds": [photos[1]]}
    assert only_error(alice.mutate("publishPost", selection, **failed), "posts") == ("INVALID", ["photoIds"])


def test_a_photo_of_another_listing_cannot_be_published(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    listing, account, _, _ = ids(alice)

    async def second(ports: Ports) -> None:
        await seeds.listing(ports, alice.user, number="N2")

    alice.server.do(second)
    nodes = alice.ask("{ listings { nodes { id photos { id } } } }")["listings"]["nodes"]
    [other] = [node for node in nodes if node["id"] != listing]
    payload = alice.mutate(
        "publishPost",
        "posts { id }",
        listingId=listing,
        accountIds=[account],
        photoIds=[other["photos"][0]["id"]],
    )
    assert only_error(payload, "posts") == ("NOT_FOUND", ["photoIds"])


def test_posts_are_taken_down(alice: Client) -> None:
    things = seed_all(alice.server, alice.user)
    listing, _, post, _ = ids(alice)
    down = alice.done("unpublishPost", "post { id state }", postId=post)["post"]
    assert down == {"id": post, "state": "UNPUBLISHING"}

    async def by_hand(ports: Ports) -> None:
        await seeds.post(ports, alice.user, things.listing, things.account, PostState.REMOVE_BY_HAND)

    alice.server.do(by_hand)
    stuck = alice.ask("{ posts(filter: {states: [REMOVE_BY_HAND]}) { nodes { id } } }")["posts"]["nodes"][0]
    again = alice.done("retryUnpublish", "post { id state }", postId=stuck["id"])["post"]
    assert again["state"] == "UNPUBLISHING"
    posts = alice.done("unpublishListingPosts", "posts { state }", listingId=listing)["posts"]
    assert {each["state"] for each in posts} <= {"UNPUBLISHING"}


def test_a_removal_by_hand_is_confirmed(alice: Client) -> None:
    things: Things = seed_all(alice.server, alice.user)

    async def by_hand(ports: Ports) -> None:
        await seeds.post(ports, alice.user, things.listing, things.account, PostState.REMOVE_BY_HAND)

    alice.server.do(by_hand)
    stuck = alice.ask("{ posts(filter: {states: [REMOVE_BY_HAND]}) { nodes { id } } }")["posts"]["nodes"][0]
    gone = alice.done("confirmRemovedByHand", "post { id state }", postId=stuck["id"])["post"]
    assert gone == {"id": stuck["id"], "state": "UNPUBLISHED"}
    up = alice.ask("{ posts(filter: {states: [PUBLISHED]}) { nodes { id } } }")["posts"]["nodes"][0]
    early = alice.mutate("confirmRemovedByHand", "post { id }", postId=up["id"])
    assert only_error(early, "post")[0] == "CONFLICT"


@pytest.mark.parametrize(("name", "count"), [("recordViewEvent", "views"), ("recordShareEvent", "shares")])
def test_events_count_once_for_their_id(alice: Client, name: str, count: str) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    event = {"listingId": listing, "platform": "facebook", "source": "News", "eventId": "e1"}
    for _ in range(3):
        payload = alice.done(name, f"metrics {{ {count} platforms {{ platform {count} }} }}", **event)
        assert payload["metrics"] == {count: 1, "platforms": [{"platform": "facebook", count: 1}]}


def test_an_inquiry_says_what_led_to_it_and_what_was_done_about_it(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    [post] = alice.ask("{ posts { nodes { id listing { id } } } }")["posts"]["nodes"]
    kept = "inquiry { id status campaign referrer post { id } }"
    led = {"listingId": post["listing"]["id"], "postId": post["id"], "campaign": "Autumn"}
    inquiry = alice.done("recordInquiryEvent", kept, **led, referrer="http://a.example/b?c=d")["inquiry"]
    assert inquiry["post"] == {"id": post["id"]}
    assert (inquiry["status"], inquiry["referrer"]) == ("NEW", "http://a.example/b")
    done = alice.done("setInquiryStatus", kept, inquiryId=inquiry["id"], status="CONTACTED")["inquiry"]
    assert done == {**inquiry, "status": "CONTACTED"}
    refused = alice.mutate("recordViewEvent", "metrics { views }", **led, referrer="nowhere")
    assert only_error(refused, "metrics") == ("INVALID", ["referrer"])


def test_an_inquiry_is_counted_and_kept(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    payload = alice.done(
        "recordInquiryEvent",
        "metrics { inquiries } inquiry { id name email message listing { id } }",
        listingId=listing,
        name="Ann",
        email="ann@example.com",
        message="Hello",
    )
    assert payload["metrics"] == {"inquiries": 1}
    assert payload["inquiry"]["email"] == "ann@example.com"
    assert payload["inquiry"]["listing"] == {"id": listing}


def test_wrong_events_name_their_field(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]

    def error(**event: Any) -> tuple[str, list[str] | None]:
        payload = alice.mutate("recordViewEvent", "metrics { views }", **{"listingId": listing, **event})
        return only_error(payload, "metrics")

    assert error(occurredAt="2020-01-01T00:00:00Z") == ("INVALID", ["occurredAt"])
    assert error(platform="friendster") == ("INVALID", ["platform"])
    assert error(listingId="nonsense") == ("NOT_FOUND", ["listingId"])
    assert error(postId="nonsense") == ("NOT_FOUND", ["postId"])


def test_several_events_have_an_outcome_each(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    payload = alice.done(
        "recordEvents",
        "results { eventId counted userErrors { code field } }",
        events=[
            {"kind": "VIEW", "listingId": listing, "eventId": "a"},
            {"kind": "VIEW", "listingId": "nonsense", "eventId": "b"},
            {"kind": "VIEW", "listingId": listing, "eventId": "a"},
            {"kind": "CLICK", "listingId": listing, "eventId": "c", "platform": "friendster"},
        ],
    )
    foreign = {"code": "NOT_FOUND", "field": ["listingId"]}
    assert payload["results"] == [
        {"eventId": "a", "counted": True, "userErrors": []},
        {"eventId": "b", "counted": False, "userErrors": [foreign]},
        {"eventId": "a", "counted": False, "userErrors": []},
        {"eventId": "c", "counted": False, "userErrors": [{"code": "INVALID", "field": ["platform"]}]},
    ]
    many = [{"kind": "VIEW", "listingId": "x"}] * 101
    assert only_error(alice.mutate("recordEvents", "results { counted }", events=many), "results") == (
        "LIMIT_EXCEEDED",
        ["events"],
    )


def test_nothing_is_done_with_a_wrong_input(alice: Client) -> None:
    assert alice.refused("mutation { createListing(input: {status: GONE}) { listing { id } } }") == (
        "BAD_USER_INPUT"
    )
    document = "mutation($i: CreateListingInput!) { createListing(input: $i) { listing { id } } }"
    for wrong in ({"price": "NaN"}, {"price": "Infinity"}, {"price": "1e5"}, {"listDate": "2026-02-30"}):
        assert alice.refused(document, i=wrong) == "BAD_USER_INPUT"
    assert alice.ask("{ listings { nodes { id } } }") == {"listings": {"nodes": []}}
