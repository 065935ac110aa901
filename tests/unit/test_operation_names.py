"""Operations are counted under few names, whatever clients make up."""

import pytest
from graphql import parse

from schema.operation_names import named_operations

LISTINGS = "query Mine { mine: listings { totalCount } viewer { userId } }"
BOTH = """
query A { ...Root }
mutation B { ... on Mutation { x: deleteListing(input: {}) { __typename } } }
fragment Root on Query { __typename node(id: "") { id } }
"""


def names(text: str, *, trusted: bool = False, valid: bool = True) -> dict[str | None, tuple[str, str]]:
    found = named_operations(parse(text), trusted=trusted, valid=valid)
    return {own: (one.name, one.kind) for own, one in found.items()}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (LISTINGS, ("listings", "query")),
        ("{ viewer { userId } }", ("viewer", "query")),
        ("{ __typename }", ("introspection", "query")),
        ("{ __schema { types { name } } viewer { userId } }", ("viewer", "query")),
        ("subscription Made_up_5 { syncProgress(runId: 1) { state } }", ("syncProgress", "subscription")),
    ],
)
def test_clients_operations_go_by_the_schemas_root_field(text: str, name: tuple[str, str]) -> None:
    assert names(text)[None] == name


def test_fragments_are_followed_and_each_operation_has_its_own() -> None:
    assert names(BOTH) == {"A": ("node", "query"), "B": ("deleteListing", "mutation")}


def test_only_trusted_documents_have_names_of_their_own() -> None:
    assert names(LISTINGS, trusted=True) == {"Mine": ("Mine", "query"), None: ("Mine", "query")}
    assert names("{ viewer { userId } }", trusted=True)[None] == ("viewer", "query")


def test_fields_that_there_are_not_name_nothing() -> None:
    assert names("{ madeUp1 { x } }", valid=False)[None] == ("unknown", "query")


def test_fragments_that_spread_each_other_again_and_again_are_walked_once() -> None:
    spread = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(80))
    text = f"{{ ...F0 }} {spread} fragment F80 on Query {{ __typename }}"
    assert names(text) == {None: ("introspection", "query")}
    assert names(
        f"{text} fragment Late on Query {{ ...F0 viewer {{ userId }} }}".replace(
            "{ ...F0 }", "{ ...Late }", 1
        )
    ) == {None: ("viewer", "query")}
