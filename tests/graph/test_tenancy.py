"""Every field that takes an id answers for somebody else's thing as for one that does not exist.

The cases are generated from the schema, so that a new field is tested from its first day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from app.graphql_app import build_schema
from schema.ids import from_id, to_id
from tests.graph.client import Client
from tests.graph.seeds import seed_all
from tests.graph.test_nodes import everything

SCHEMA: GraphQLSchema = build_schema()._schema
TYPE_OF = {
    "listingId": "Listing",
    "listingIds": "Listing",
    "connectionId": "MlsConnection",
    "runId": "SyncRun",
    "accountId": "SocialAccount",
    "accountIds": "SocialAccount",
    "postId": "Post",
    "photoIds": "Photo",
    "webhookId": "Webhook",
    "inquiryId": "Inquiry",
    "alertId": "MetricAlert",
    "ids": "Notification",
}
NODES = ["Listing", "MlsConnection", "SyncRun", "SocialAccount", "Post", "Inquiry", "Notification", "Webhook"]
NODES += ["MetricAlert"]
TYPES_OF_IDS = {"listing": ["Listing"], "syncRun": ["SyncRun"], "node": NODES, "nodes": NODES}
SAMPLES: dict[str, Any] = {
    "String": "facebook",
    "Int": 10,
    "Boolean": True,
    "Float": 1.0,
    "DateTime": None,
    "Date": "2026-01-01",
    "Decimal": "1",
}


@dataclass(frozen=True)
class Case:
    """A field of a root type, and the path of the id in its arguments that is put to the test."""

    root: str
    field: str
    path: tuple[str, ...]
    type_name: str

    def __str__(self) -> str:
        return f"{self.field}({'.'.join(self.path)}: {self.type_name})"


def _ids_in(arguments: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, argument in arguments.items():
        kind = get_named_type(argument.type)
        if kind.name == "ID":
            yield (*path, name)
        elif isinstance(kind, GraphQLInputObjectType):
            yield from _ids_in(kind.fields, (*path, name))


def _cases() -> Iterator[Case]:
    for root in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type):
        assert root is not None
        for name, field in root.fields.items():
            for path in _ids_in(field.args):
                for type_name in TYPES_OF_IDS.get(name) or [TYPE_OF[path[-1]]]:
                    yield Case(root.name, name, path, type_name)


CASES = list(_cases())


def _sample(kind: GraphQLInputType, own: dict[str, str], path: tuple[str, ...]) -> Any:
    """A good value: of ids, the caller's own."""
    if isinstance(kind, GraphQLNonNull):
        return _sample(kind.of_type, own, path)
    if isinstance(kind, GraphQLList):
        return [_sample(kind.of_type, own, path)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: _sample(field.type, own, (*path, name))
            for name, field in kind.fields.items()
            if is_required_input_field(field)
        }
    if kind.name == "ID":
        return own[TYPE_OF.get(path[-1], "Listing")]
    return SAMPLES[kind.name]


def _plain(kind: GraphQLInputType) -> GraphQLInputType:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _at(case: Case) -> GraphQLInputType:
    """The type of the argument or input field that is put to the test."""
    root = SCHEMA.type_map[case.root]
    assert isinstance(root, GraphQLObjectType)
    name, *rest = case.path
    kind: GraphQLInputType = root.fields[case.field].args[name].type
    for name in rest:
        named = get_named_type(kind)
        assert isinstance(named, GraphQLInputObjectType)
        kind = named.fields[name].type
    return kind


def _variables(field: GraphQLField, case: Case, own: dict[str, str], ids: tuple[str, ...]) -> dict[str, Any]:
    variables = {
        name: _sample(argument.type, own, (name,))
        for name, argument in field.args.items()
        if is_required_argument(argument) or name == case.path[0]
    }
    if "period" in field.args:
        variables["period"] = "DAILY"
    _put(variables, field.args, case.path, ids)
    return variables


def _put(
    values: dict[str, Any], declared: dict[str, Any], path: tuple[str, ...], ids: tuple[str, ...]
) -> None:
    name, *rest = path
    kind = declared[name].type
    if not rest:
        values[name] = list(ids) if is_list_type(_plain(kind)) else ids[0]
        return
    target = values.setdefault(name, {})
    fields = get_named_type(kind).fields
    _put(target[0] if isinstance(target, list) else target, fields, tuple(rest), ids)


def _selection(kind: GraphQLType, levels: int = 3) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    parts = ["__typename"]
    if isinstance(named, (GraphQLObjectType, GraphQLInterfaceType)):
        for name, field in named.fields.items():
            inner = get_named_type(field.type)
            if is_leaf_type(inner) and name not in ("eventId", "sequence"):
                parts.append(name)
            elif levels and name in ("userErrors", "nodes", "results", "edges"):
                parts.append(name + _selection(inner, levels - 1))
    return " { " + " ".join(parts) + " }"


def _document(case: Case, field: GraphQLField, variables: dict[str, Any]) -> str:
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in variables)
    passed = ", ".join(f"{name}: ${name}" for name in variables)
    kind = case.root.lower()
    return f"{kind}({declared}) {{ {case.field}({passed}){_selection(field.type)} }}"


def _answer(client: Client, case: Case, own: dict[str, str], *ids: str) -> Any:
    field = SCHEMA.type_map[case.root].fields[case.field]  # type: ignore[attr-defined]
    variables = _variables(field, case, own, ids)
    document = _document(case, field, variables)
    if case.root != "Subscription":
        return client.answer(document, **variables)
    with client.socket() as socket:
        socket.subscribe(document, **variables)
        return [socket.receive(), socket.receive()]


def _ids_of(client: Client) -> dict[str, str]:
    found = {thing["__typename"]: thing["id"] for thing in everything(client)}
    listing = client.ask("{ listings { nodes { photos { id } } } }")["listings"]["nodes"][0]
    return {**found, "Photo": listing["photos"][0]["id"]}


@pytest.fixture(scope="module")
def tenants(graph: Any) -> Iterator[tuple[Client, Client]]:
    """Two users with one thing of each kind."""
    alice, bob = Client(graph, "tenancy-alice"), Client(graph, "tenancy-bob")
    for client in (alice, bob):
        seed_all(graph, client.user)
    yield alice, bob
    alice.close()
    bob.close()


def test_every_argument_that_is_an_id_is_a_case() -> None:
    assert len(CASES) > 40
    assert {case.root for case in CASES} == {"Query", "Mutation", "Subscription"}
    objects = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLObjectType)]
    taking = {kind.name for kind in objects for field in kind.fields.values() if list(_ids_in(field.args))}
    assert taking == {case.root for case in CASES}, (
        "fields below the root that take ids need cases of their own"
    )


def test_every_node_is_asked_for() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {kind.name for kind in SCHEMA.get_possible_types(node)} == set(NODES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_foreign_id_answers_like_an_absent_one(case: Case, tenants: tuple[Client, Client]) -> None:
    alice, bob = tenants
    foreign, own = _ids_of(alice)[case.type_name], _ids_of(bob)
    before = _all_of(alice)
    answered = _answer(bob, case, own, foreign)
    for absent in (to_id(case.type_name, bob.user, "0" * 26), claimed(foreign, bob), "nonsense"):
        assert answered == _answer(bob, case, own, absent)
    assert alice.user not in str(answered)
    assert _all_of(alice) == before
    if case.root == "Query":
        assert answered != _answer(bob, case, own, own[case.type_name]), "it would not say anything else"
    else:
        assert "There is no such" in str(answered), "it failed of something else"


def claimed(foreign: str, client: Client) -> str:
    """The id of somebody else's thing, written as if it were one's own."""
    found = from_id(foreign)
    assert found is not None
    return to_id(found.type_name, client.user, found.key)


LISTS = [case for case in CASES if is_list_type(_plain(_at(case)))]


@pytest.mark.parametrize("case", LISTS, ids=str)
def test_a_foreign_id_beside_an_own_one_answers_like_an_absent_one(
    case: Case, tenants: tuple[Client, Client]
) -> None:
    alice, bob = tenants
    foreign, own = _ids_of(alice)[case.type_name], _ids_of(bob)
    answered = [
        _answer(bob, case, own, own[case.type_name], id)
        for id in (to_id(case.type_name, bob.user, "0" * 26), foreign, claimed(foreign, bob))
    ]
    assert answered[0] == answered[1] == answered[2]
    assert alice.user not in str(answered)


def _all_of(client: Client) -> dict[str, Any]:
    return client.ask(
        """{ listings { nodes { id status updatedAt posts { nodes { id state sequence } }
               metrics { totalViews totalShares totalInquiries } timeline { nodes { id } } } }
             mlsConnections { id enabled label syncIntervalMinutes runs { nodes { id state sequence } } }
             socialAccounts { id state } inquiries { nodes { id status } }
             notifications { nodes { id readAt } } webhooks { id url enabled lastFailure }
             metricAlerts { id threshold enabled } }"""
    )


def test_lists_show_own_things_only(tenants: tuple[Client, Client]) -> None:
    alice, bob = tenants
    ours, theirs = str(_all_of(alice)), str(_all_of(bob))
    for id in _ids_of(alice).values():
        assert id not in theirs
    for id in _ids_of(bob).values():
        assert id not in ours
    document = '{ listingsByMlsNumber(provider: "north", mlsNumber: "N1") { id } }'
    assert alice.ask(document) != bob.ask(document)
