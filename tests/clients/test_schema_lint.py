"""The schema is what graphql-eslint recommends."""

import json
import subprocess

from app.graphql_app import SNAPSHOT
from tests.clients.node import installed

# RESO's name of the field, which the whole trade knows; that it is found shows that the rules are at work.
KNOWN = {'Field "listingKey" starts with the name of the parent type "Listing"'}


def test_the_schema_is_as_graphql_eslint_recommends() -> None:
    folder = installed("schema_lint")
    (folder / "schema.graphql").write_text(SNAPSHOT.read_text())
    command = ["node", "node_modules/eslint/bin/eslint.js", "--format", "json", "schema.graphql"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    [result] = json.loads(done.stdout)
    assert {message["message"] for message in result["messages"]} == KNOWN
