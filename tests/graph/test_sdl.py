"""The schema as a contract: the snapshot, what breaks a frontend, and the agreement with the design."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_required_argument,
)

from app.graphql_app import print_sdl
from app.schema_contract import check

CONTRACT = Path(__file__).parents[3] / "shared" / "contract.graphql"
# Parts of later stages: fields that the contract has and the schema does not have yet.
LATER = {
    "Photo.blurhash",
}


# Enumerations of inputs that go beyond the contract.
WIDER = {"MetricsOrderField": {"CLICKS", "CONVERSION", "ENGAGEMENT"}}
# Mutations that go beyond the contract.
MORE = {"redeliverNotifications", "setSyncEnabled", "updateMailSettings", "updateMetricAlert"}


@pytest.fixture(scope="module")
def sdl() -> str:
    return print_sdl()


@pytest.fixture(scope="module")
def schema(sdl: str) -> GraphQLSchema:
    return build_schema(sdl)


def test_what_was_released_is_kept_and_the_snapshot_is_the_schema(sdl: str) -> None:
    check(sdl)


OLD = """
type Query { listing(id: ID!): Listing! old: Int @deprecated(reason: "Use listing.") }
type Listing { id: ID! price: Int state: State! }
enum State { ACTIVE SOLD }
input Filter { state: State }
"""
BREAKING = {
    "Query.old": ("old: Int", "new: Int"),
    "Listing.price": ("price: Int", "price: Float"),
    "Listing.state": ("state: State!", "state: State"),
    "State.SOLD": ("ACTIVE SOLD", "ACTIVE"),
    "draft": ("id: ID!)", "id: ID!, draft: Boolean!)"),
    "Filter.city": (
        "{ state: State }",
        "{ state: State city: Int! }",
    ),
    "Listing": ("Listing", "Home"),
}
DANGEROUS = {
    "State.PENDING": ("ACTIVE SOLD", "ACTIVE PENDING SOLD"),
    "Filter.city": (
        "{ state: State }",
        "{ state: State city: Int }",
    ),
}
HARMLESS = (
    ("id: ID! price", "id: ID! area: Int price"),
    ("price: Int", 'price: Int @deprecated(reason: "x")'),
)


def _changed(tmp_path: Path, replaced: tuple[str, str]) -> None:
    """Check a change of OLD as `python -m app schema --check` does."""
    current = OLD.replace(*replaced)
    snapshot, released = tmp_path / "schema.graphql", tmp_path / "released.graphql"
    snapshot.write_text(current)
    released.write_text(OLD)
    check(current, snapshot=snapshot, released=released)


def test_breaking_changes_fail_and_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for said, replaced in BREAKING.items():
        with pytest.raises(SystemExit, match="break frontends"):
            _changed(tmp_path, replaced)
        told = capsys.readouterr().out.splitlines()
        assert any(line.startswith("BREAKING") and said in line for line in told), (said, told)


def test_dangerous_changes_are_said_and_harmless_ones_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for said, replaced in DANGEROUS.items():
        _changed(tmp_path, replaced)
        [told] = capsys.readouterr().out.splitlines()
        assert told.startswith("dangerous")
        assert said in told
    for replaced in HARMLESS:
        _changed(tmp_path, replaced)
    assert capsys.readouterr().out == ""


def test_a_snapshot_that_is_not_what_the_code_prints_fails(tmp_path: Path) -> None:
    other = tmp_path / "schema.graphql"
    other.write_text(OLD)
    with pytest.raises(SystemExit, match="make snapshot"):
        check(OLD + "type More { id: ID! }", snapshot=other, released=other)


def test_everything_is_described(schema: GraphQLSchema) -> None:
    missing: list[str] = []
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        parts = {name: kind.description}
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            for field_name, field in kind.fields.items():
                parts[f"{name}.{field_name}"] = field.description
                for argument_name, argument in getattr(field, "args", {}).items():
                    parts[f"{name}.{field_name}({argument_name})"] = argument.description
        if isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                parts[f"{name}.{value_name}"] = value.description
        missing += [part for part, description in parts.items() if not (description or "").strip()]
    for directive in schema.directives:
        missing += [] if directive.description else [f"@{directive.name}"]
    assert missing == []


def contract() -> GraphQLSchema:
    """The contract, made valid: it is written with shorthands for connections and mutations."""
    text = re.sub(r"#.*", "", CONTRACT.read_text())
    text = re.sub(r"type Mutation \{.*?\n\}", "", text, flags=re.DOTALL)
    text = re.sub(r"^scalar _$", "", text, flags=re.MULTILINE)
    text += "\ninput PublishPostInput { listingId: ID! }"
    for name in sorted(set(re.findall(r"\b(\w+)Connection!", text)) - {"Mls"}):
        if f"type {name}Connection " not in text:
            text += (
                f"\ntype {name}Connection {{ edges: [{name}Edge!]! nodes: [{name}!]! pageInfo: PageInfo! }}"
                f"\ntype {name}Edge {{ cursor: String! node: {name}! }}"
            )
    return build_schema(text)


needs_contract = pytest.mark.skipif(not CONTRACT.exists(), reason=f"the contract is not at {CONTRACT}")


@needs_contract
def test_what_is_there_agrees_with_the_contract(schema: GraphQLSchema) -> None:
    wanted = contract()
    differences: list[str] = []
    for name, kind in wanted.type_map.items():
        mine = schema.type_map.get(name)
        if name.startswith("__") or mine is None:
            continue
        if isinstance(kind, GraphQLEnumType) and isinstance(mine, GraphQLEnumType):
            beyond = WIDER.get(name, set())
            if set(kind.values) | beyond != set(mine.values):
                differences.append(f"{name}: {set(kind.values) ^ set(mine.values)}")
        elif isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            differences += _differences(name, kind, mine)
    assert differences == []


def _differences(name: str, kind: object, mine: object) -> list[str]:
    assert isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType))
    assert type(mine) is type(kind), name
    fields = mine.fields
    found: list[str] = []
    for field_name, field in kind.fields.items():
        place = f"{name}.{field_name}"
        if field_name not in fields:
            if name not in ("Query", "Subscription") and place not in LATER:
                found.append(f"{place} is missing")
            continue
        given = fields[field_name]
        if str(given.type) != str(field.type):
            found.append(f"{place}: {given.type} instead of {field.type}")
        wanted_arguments = {n: str(a.type) for n, a in getattr(field, "args", {}).items()}
        given_arguments = {n: str(a.type) for n, a in getattr(given, "args", {}).items()}
        more = {n for n, a in getattr(given, "args", {}).items() if not is_required_argument(a)}
        if wanted_arguments != {
            n: a for n, a in given_arguments.items() if n in wanted_arguments or n not in more
        }:
            found.append(f"{place}: arguments {given_arguments} instead of {wanted_arguments}")
    return found


@needs_contract
def test_mutations_agree_with_the_contract(schema: GraphQLSchema) -> None:
    block = re.search(r"type Mutation \{(.*?)\n\}", CONTRACT.read_text(), re.DOTALL)
    assert block is not None
    lines = re.findall(r"^\s*(\w+): _\s*# \((.*?)\)(?: \[(.*?)\])?", block[1], re.MULTILINE)
    named = re.findall(r"(\w+): _", block[1])
    mutation = schema.mutation_type
    assert mutation is not None
    assert set(mutation.fields) <= {*named, *MORE}
    for name, _, entity in lines:
        if name not in mutation.fields or not entity:
            continue
        field = mutation.fields[name]
        title = name[0].upper() + name[1:]
        assert str(field.type) == f"{title}Payload!"
        assert str(field.args["input"].type) == f"{title}Input!"
        payload = schema.type_map[f"{title}Payload"]
        assert isinstance(payload, GraphQLObjectType)
        assert re.split(r"[:; ]", entity)[0] in payload.fields, name
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"


@needs_contract
def test_required_inputs_are_those_of_the_contract(schema: GraphQLSchema) -> None:
    text = CONTRACT.read_text()
    for name, inputs in re.findall(r"^\s*(\w+): _\s*# \((.*?)\)", text, re.MULTILINE):
        kind = schema.type_map.get(f"{name[0].upper()}{name[1:]}Input")
        if not isinstance(kind, GraphQLInputObjectType) or "fields of" in inputs or "the same" in inputs:
            continue
        for field in re.findall(r"\b([a-z]\w+)!", inputs):
            assert str(kind.fields[field].type).endswith("!"), f"{name}.{field}"
