"""The audits of GraphQL over HTTP, and the clients and tools that frontends use, against the running server."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.graphql_app import SNAPSHOT
from tests.clients.node import installed
from tests.graph.client import Client

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a script of `tests/clients/frontends` and answers the last line that it prints, which is JSON."""
    folder = installed("frontends")

    def script(*command: str) -> Any:
        done = subprocess.run(["node", *command], cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout.splitlines()[-1])

    return script


def server_of(client: Client) -> str:
    """What scripts are told of the server and the user."""
    return json.dumps(
        {
            "url": f"{client.server.url}/graphql",
            "socketUrl": f"{client.server.url.replace('http', 'ws')}/graphql",
            "headers": {"authorization": f"Bearer {client.token}"},
        }
    )


def test_all_audits_of_graphql_over_http_pass(alice: Client, run: Run) -> None:
    audits: list[dict[str, Any]] = run("audit.mjs", server_of(alice))
    assert len(audits) >= 61
    assert [audit for audit in audits if audit["status"] != "ok"] == []


@pytest.mark.parametrize(
    "command",
    ["graphql-ws.mjs", "graphql-sse.mjs", "apollo.mjs", "urql.mjs", "urql.mjs events"],
)
def test_a_client_writes_reads_is_refused_and_watches(alice: Client, run: Run, command: str) -> None:
    script, *further = command.split()
    came = run(script, server_of(alice), *further)
    assert came == {"number": "N1", "price": "525000.00", "refused": ["BAD_USER_INPUT"], "views": [0, 1]}


def test_relay_compiles_and_pages_through_a_connection(alice: Client, run: Run, tmp_path: Path) -> None:
    came = run("relay.mjs", server_of(alice), str(SNAPSHOT), str(tmp_path / "relay"))
    assert came == {
        "firstPage": ["N3", "N2"],
        "all": ["N3", "N2", "N1"],
        "more": False,
        "status": "ACTIVE",
        "views": [0, 1],
    }


def test_code_generator_makes_types_that_typescript_takes(run: Run, tmp_path: Path) -> None:
    generated = run("codegen.mjs", str(SNAPSHOT), str(tmp_path / "codegen"))
    assert {f"export type {name}" for name in ("ListingsQuery", "CardFragment", "CreateMutation")} <= set(
        generated
    )
