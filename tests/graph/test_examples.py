"""Every operation has an example in `docs/examples`, and the server answers each as it stands there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from graphql import FieldNode, GraphQLObjectType, OperationDefinitionNode, OperationType, parse

from domain.entities.post import PostState
from domain.ports import Ports
from tests.graph import seeds
from tests.graph.client import Client
from tests.graph.seeds import seed_all
from tests.graph.server import GraphServer
from tests.graph.test_tenancy import SCHEMA
from tests.world.receivers import receiver
from tests.world.world import Sandboxes

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
FILES = sorted(FOLDER.glob("*.graphql"))


def operations(file: Path) -> list[OperationDefinitionNode]:
    """Those of a file, in their order."""
    definitions = parse(file.read_text()).definitions
    return [each for each in definitions if isinstance(each, OperationDefinitionNode)]


def test_every_operation_has_an_example() -> None:
    shown = {
        (operation.operation.value, field.name.value)
        for file in FILES
        for operation in operations(file)
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
    }
    there = set()
    for kind in OperationType:
        root = SCHEMA.get_root_type(kind)
        assert isinstance(root, GraphQLObjectType)
        there |= {(kind.value, name) for name in root.fields}
    assert shown == there


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_variables_are_those_of_the_operations(file: Path) -> None:
    taking = {op.name.value for op in operations(file) if op.name and op.variable_definitions}
    assert set(_variables(file)) == taking, f"the names in {file.stem}.json"


def _variables(file: Path) -> dict[str, dict[str, Any]]:
    variables: dict[str, dict[str, Any]] = json.loads(file.with_suffix(".json").read_text())
    return variables


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    """An address that takes notifications."""
    with receiver() as taking:
        yield taking.url


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_server_answers_the_examples(
    file: Path, graph: GraphServer, sandboxes: Sandboxes, hook: str
) -> None:
    client = Client(graph, f"examples-{file.stem}", *(["admin"] if file.stem == "administration" else []))
    known = _things(client) | {"mlsUrl": f"{sandboxes.mls}/odata", "hookUrl": hook}
    for operation in operations(file):
        assert operation.name is not None
        name = operation.name.value
        given = _variables(file).get(name, {})
        if "{code}" in str(given):
            known |= _consent(client, sandboxes)
        payload = {"query": file.read_text(), "variables": _filled(given, known), "operationName": name}
        if operation.operation is OperationType.SUBSCRIPTION:
            _first_event(client, payload)
        else:
            answer = client.http.post("/graphql", json=payload).json()
            assert "errors" not in answer, (name, answer["errors"])
            assert _user_errors(answer) == [], name
    client.close()


def _things(client: Client) -> dict[str, str]:
    """What stands in braces in the variables: ids of the user's own."""
    things = seed_all(client.server, client.user)

    async def stuck(ports: Ports) -> None:
        for _ in range(2):
            await seeds.post(ports, client.user, things.listing, things.account, PostState.REMOVE_BY_HAND)

    client.server.do(stuck)
    data = client.ask(
        """{ listings { nodes { id photos { id } } } mlsConnections { id } syncRuns { nodes { id } }
             socialAccounts { id } posts(filter: { states: [PUBLISHED] }) { nodes { id } }
             inquiries { nodes { id } } notifications { nodes { id } } webhooks { id } metricAlerts { id } }"""
    )
    plain = {name: value if isinstance(value, list) else value["nodes"] for name, value in data.items()}
    names = {
        "listing": "listings",
        "connection": "mlsConnections",
        "run": "syncRuns",
        "account": "socialAccounts",
        "post": "posts",
        "inquiry": "inquiries",
        "notification": "notifications",
        "webhook": "webhooks",
        "alert": "metricAlerts",
    }
    found = {name: plain[plural][0]["id"] for name, plural in names.items()}
    left = client.ask("{ posts(filter: { states: [REMOVE_BY_HAND] }) { nodes { id } } }")["posts"]["nodes"]
    return found | {
        "photo": plain["listings"][0]["photos"][0]["id"],
        "manualListing": client.done("createListing", "listing { id }")["listing"]["id"],
        "stuckPost": left[0]["id"],
        "leftPost": left[1]["id"],
    }


def _consent(client: Client, sandboxes: Sandboxes) -> dict[str, str]:
    """The code and the state with which a browser comes back."""
    url = client.done("beginSocialLink", "authorizationUrl", platform="facebook")["authorizationUrl"]
    back = sandboxes.http.get(url, headers={"Accept": "application/json"}).headers["location"]
    came = parse_qs(urlsplit(back).query)
    return {"code": came["code"][0], "state": came["state"][0]}


def _filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, known) for inner in value]
    named = isinstance(value, str) and value.startswith("{") and not value.startswith("{{")
    return known[value.strip("{}")] if named else value


def _first_event(client: Client, payload: dict[str, Any]) -> None:
    """Something happens until the subscription tells of something."""
    with client.socket() as socket:
        socket.send({"type": "subscribe", "id": "1", "payload": payload})
        while (message := socket.soon(0.3)) is None:
            client.done("createListing", "listing { id }")
            client.server.do(lambda ports: seeds.notification(ports, client.user))
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message


def _user_errors(answer: Any) -> list[Any]:
    """All `userErrors`, however deep."""
    if isinstance(answer, list):
        return [error for value in answer for error in _user_errors(value)]
    if not isinstance(answer, dict):
        return []
    own: list[Any] = answer.get("userErrors", [])
    return own + [error for value in answer.values() for error in _user_errors(value)]
