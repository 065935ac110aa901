"""No edge leads from one's own things to another's, whatever stands in the store.

Bob's rows are copies of Alice's: each reference in them names a thing of hers. What leads from a thing to another is
taken from the schema, so that a new field is tested from its first day; because no single edge leads out, no path does.
"""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Address, Listing, PhotoState
from domain.entities.metrics import EventKind, Inquiry, MetricEvent
from domain.entities.mls_connection import MlsCredentials
from domain.entities.notification import Subject, SubjectType
from domain.entities.social_account import SocialTokens
from domain.ports import ListingSave, Ports
from schema.ids import from_id
from tests.graph.client import Client
from tests.graph.seeds import Things, notification, seed_all
from tests.graph.server import GraphServer
from tests.graph.test_nodes import everything
from tests.graph.test_tenancy import CASES, NODES, SCHEMA

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
SAMPLES = {"provider": '"north"', "mlsNumber": '"N1"', "since": f'"{YESTERDAY}"', "period": "DAILY"}


def _called(name: str, field: GraphQLField) -> str:
    """The field with good values for what it requires."""
    given = []
    for argument, declared in field.args.items():
        kind = get_named_type(declared.type)
        if is_required_argument(declared) or argument == "period":
            first = next(iter(kind.values)) if isinstance(kind, GraphQLEnumType) else None
            given.append(f"{argument}: {SAMPLES.get(argument) or first}")
    return f"{name}({', '.join(given)})" if given else name


def _is_node(kind: Any) -> bool:
    return isinstance(kind, GraphQLInterfaceType) or kind.name in NODES


def _selection(kind: Any, levels: int = 3) -> str:
    """Everything up to the next nodes, and of these what they are in themselves."""
    named = get_named_type(kind)
    if not isinstance(named, (GraphQLObjectType, GraphQLInterfaceType)):
        return ""
    parts = ["__typename"]
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner) or (levels and not _is_node(named) and name != "edges"):
            parts.append(_called(name, field) + _selection(inner, 0 if _is_node(inner) else levels - 1))
    return " { " + " ".join(parts) + " }"


QUERY = SCHEMA.type_map["Query"]
assert isinstance(QUERY, GraphQLObjectType)
FIELDS = QUERY.fields
TAKING_IDS = {
    case.field
    for case in CASES
    if case.root == "Query" and is_required_argument(FIELDS[case.field].args[case.path[0]])
}


def _roots() -> dict[str, str]:
    """Each field of the query that can be asked without naming anything by its id."""
    return {n: f"{{ {_called(n, f)}{_selection(f.type)} }}" for n, f in FIELDS.items() if n not in TAKING_IDS}


def _edges() -> Iterator[tuple[tuple[str, str], str]]:
    """Each field that leads from a node to something that is no plain value."""
    for name in NODES:
        kind = SCHEMA.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        for edge, field in kind.fields.items():
            if not is_leaf_type(get_named_type(field.type)):
                yield (name, edge), f"{_called(edge, field)}{_selection(field.type)}"


ROOTS, EDGES = _roots(), dict(_edges())


def copied(things: Things, user: str) -> Callable[[Ports], Coroutine[Any, Any, None]]:
    """Writes the same things for a user under new keys; what they refer to stays as it is."""
    photos = tuple(
        replace(photo, original_key=None, state=PhotoState.PENDING) for photo in things.listing.photos
    )

    async def work(ports: Ports) -> None:
        def new(thing: Any, **changes: Any) -> Any:
            return replace(thing, **{"user_id": user, "version": 0, "id": ports.new_id(), **changes})

        home = new(things.listing, predecessor_id=things.listing.id, photos=photos)
        await ports.listings.create(
            ListingSave(listing=home, with_photos=True, changes=(_change(home, things),))
        )
        connection = new(things.connection, run_queue=())
        await ports.mls_connections.create(connection, MlsCredentials(token="t"))
        stored = await ports.mls_connections.get(user, connection.id)
        assert stored is not None
        await ports.mls_connections.save(stored, runs=[new(things.run)])
        remote = ports.new_id()
        page = new(things.account, id=f"facebook:{remote}", remote_id=remote)
        await ports.social_accounts.save(page, tokens=SocialTokens(access_token="t"))
        await ports.posts.create([new(things.post), new(things.post, listing_id=home.id)])
        [alert, *_] = await ports.alerts.of_user(things.listing.user_id)
        await ports.alerts.save(new(alert))
        await ports.webhooks.save(new(things.webhook), secret="whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=")
        for listing_id in (home.id, things.listing.id):
            await ports.metrics.record(*_inquiry(ports, user, listing_id, things.post.id))
        for kind, key in _subjects(things, alert.id).items():
            await notification(ports, user, Subject(kind, key))

    return work


def _change(home: Listing, things: Things) -> ListingChange:
    return ListingChange(
        id=things.run.id,
        user_id=home.user_id,
        listing_id=home.id,
        kind=ListingChangeKind.CREATED,
        source=ChangeSource.MLS,
        run_id=things.run.id,
        at=home.created_at,
    )


def _inquiry(ports: Ports, user: str, listing_id: str, post_id: str) -> tuple[MetricEvent, Inquiry]:
    now, id = ports.now(), ports.new_id()
    whose: dict[str, Any] = {"id": id, "user_id": user, "listing_id": listing_id, "post_id": post_id}
    return MetricEvent(kind=EventKind.INQUIRY, occurred_at=now, received_at=now, **whose), Inquiry(
        at=now, **whose
    )


def _subjects(things: Things, alert_id: str) -> dict[SubjectType, str]:
    keys = {
        SubjectType.LISTING: things.listing.id,
        SubjectType.POST: things.post.id,
        SubjectType.SYNC_RUN: things.run.id,
        SubjectType.MLS_CONNECTION: things.connection.id,
        SubjectType.SOCIAL_ACCOUNT: things.account.id,
        SubjectType.METRIC_ALERT: alert_id,
    }
    assert set(keys) == set(SubjectType)
    return keys


@pytest.fixture(scope="module")
def tenants(graph: GraphServer) -> Iterator[tuple[Client, Client]]:
    """Alice, and Bob with the same things, which refer to hers as some of her own do."""
    alice, bob = Client(graph, "edges-alice"), Client(graph, "edges-bob")
    things = seed_all(graph, alice.user)
    for client in (alice, bob):
        graph.do(copied(things, client.user))
    yield alice, bob
    alice.close()
    bob.close()


def owners(answer: Any) -> set[str]:
    """Whose things are named anywhere in an answer."""
    if isinstance(answer, dict):
        return set().union(*(owners(value) for value in answer.values())) if answer else set()
    if isinstance(answer, list):
        return set().union(*(owners(value) for value in answer)) if answer else set()
    found = from_id(answer) if isinstance(answer, str) else None
    return set() if found is None else {found.owner}


@pytest.mark.parametrize("root", ROOTS)
def test_no_list_shows_what_is_anothers(root: str, tenants: tuple[Client, Client]) -> None:
    alice, bob = tenants
    errors = alice.answer(ROOTS[root]).get("errors", [])
    assert {error["extensions"]["code"] for error in errors} <= {"FORBIDDEN"}
    answer = bob.answer(ROOTS[root])
    assert owners(answer) <= {bob.user}
    assert alice.user not in str(answer)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: ".".join(edge))
def test_no_edge_leads_to_what_is_anothers(edge: tuple[str, str], tenants: tuple[Client, Client]) -> None:
    alice, bob = tenants
    hers, his = _followed(alice, edge), _followed(bob, edge)
    assert owners(his) <= {bob.user}
    assert alice.user not in str(his)
    assert owners(hers) == ({alice.user} if " id " in EDGES[edge] else set()), "it leads nowhere at all"


def _followed(client: Client, edge: tuple[str, str]) -> list[Any]:
    """What the edge leads to from each of the user's things."""
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on {edge[0]} {{ {EDGES[edge]} }} }} }}"
    ids = [thing["id"] for thing in everything(client) if thing["__typename"] == edge[0]]
    assert ids
    return [client.answer(document, id=id) for id in ids]


PAGED = [root for root, field in FIELDS.items() if "after" in field.args and root in ROOTS]


@pytest.mark.parametrize("root", PAGED)
def test_a_cursor_of_somebody_else_leads_nowhere(root: str, tenants: tuple[Client, Client]) -> None:
    alice, bob = tenants
    name, _, rest = ROOTS[root].removeprefix("{ ").partition("{")
    given = name.strip().removeprefix(root).strip("()")
    page = (
        f"query($after: String) {{ {root}({given} after: $after first: 1) {{ pageInfo {{ endCursor }} {rest}"
    )
    first = alice.answer(page)["data"]
    cursor = first and first[root]["pageInfo"]["endCursor"]
    answer = bob.answer(page, after=cursor)
    assert owners(answer) <= {bob.user}
    assert alice.user not in str(answer)


def under_the_same_keys(things: Things, user: str) -> Callable[[Ports], Coroutine[Any, Any, None]]:
    """Writes other things for a user, under the keys and versions that those have."""

    async def work(ports: Ports) -> None:
        address = replace(things.listing.facts.address or Address(), street="2 Oak Street")
        facts = replace(things.listing.facts, address=address)
        home = replace(things.listing, user_id=user, version=0, facts=facts, photos=())
        await ports.listings.create(ListingSave(listing=home, with_photos=True))
        connection = replace(things.connection, user_id=user, version=0, label="2 Oak", run_queue=())
        await ports.mls_connections.create(connection, MlsCredentials(token="t"))
        stored = await ports.mls_connections.get(user, connection.id)
        assert stored is not None
        run = replace(things.run, user_id=user, version=0, total_listings=7)
        await ports.mls_connections.save(stored, runs=[run])
        await ports.posts.create([replace(things.post, user_id=user, version=0, text="2 Oak is for sale.")])

    return work


WATCHES = {
    "SyncRun": "subscription($id: ID!) { syncProgress(runId: $id) { id totalListings } }",
    "Listing": "subscription($id: ID!) { metricsUpdates(listingId: $id) { inquiries } }",
    "Post": "subscription { postUpdates { id text } }",
}


def test_users_whose_things_have_the_same_keys_see_their_own_each(graph: GraphServer) -> None:
    alice, carol = Client(graph, "keys-alice"), Client(graph, "keys-carol")
    things = seed_all(graph, alice.user)
    graph.do(under_the_same_keys(things, carol.user))
    turns = ((alice, "1 Elm", "2 Oak"), (carol, "2 Oak", "1 Elm"))
    for client, own, other in turns * 2:  # twice, for what is kept from the first time
        ids = {thing["__typename"]: thing["id"] for thing in everything(client)}
        answers: list[Any] = [client.answer(ROOTS[root]) for root in ROOTS]
        answers += [_followed(client, edge) for edge in EDGES if edge[0] in ids]
        with client.socket() as socket:
            for name, document in WATCHES.items():
                socket.send(
                    {
                        "type": "subscribe",
                        "id": name,
                        "payload": {"query": document, "variables": {"id": ids[name]}},
                    }
                )
            seen = {
                message["id"]: message["payload"]["data"] for message in (socket.receive() for _ in WATCHES)
            }
        assert owners([answers, seen]) == {client.user}
        assert own in str(answers)
        assert other not in str([answers, seen])
        assert seen["SyncRun"]["syncProgress"]["totalListings"] == (7 if client is carol else None)
        assert seen["Listing"]["metricsUpdates"]["inquiries"] == (0 if client is carol else 1)
    alice.close()
    carol.close()
