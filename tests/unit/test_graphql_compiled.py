"""Generated functions answer what graphql-core answers: data, order, errors, their paths and the nulls they leave."""

import asyncio
import gc
import weakref
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, GraphQLSchema, parse
from graphql.language import DocumentNode, FieldNode, Visitor, print_ast, visit
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries
from strawberry.extensions import SchemaExtension

from app.graphql_app import build_schema
from app.graphql_codegen import MOST_FIELDS
from app.graphql_compiled import CompiledExecution, Plans, compiled_execution
from app.settings import Settings
from tests.executions import GENERIC, agreed, answered, shown
from tests.unit import hazards
from tests.unit.hazards import World

SCHEMA = hazards.schema()
CORE: GraphQLSchema = SCHEMA._schema
DEPTHS = {"Depth": st.just(nodes.String("deep"))}
DOCUMENTS = queries(SCHEMA.as_str(), custom_scalars=DEPTHS, allow_x00=False)
COMPILED = compiled_execution(Plans(most_selections=3_000))


def same(document: DocumentNode, make: Any, **variables: Any) -> ExecutionResult:
    """The answer, the same from both executors: at first, when functions are made, and when they are known."""

    async def both() -> ExecutionResult:
        generic = await answered(CORE, document, make(), variables, GENERIC)
        for _ in range(3):
            compiled = await answered(CORE, document, make(), variables, COMPILED)
            told = agreed if "Together" in print_ast(document) else shown
            assert told(compiled) == told(generic), print_ast(document)
        for _ in range(10):  # what was given up ends
            await asyncio.sleep(0)
        return generic

    return asyncio.run(both())


class Dressing(Visitor):
    """Gives fields aliases, and directives that two variables decide."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = Random(seed)

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        choices = ("", "", "", "", "alias: ", "@include(if: $yes)", "@skip(if: $yes)", "@skip(if: $no)")
        dressed = self._random.choice(choices)
        if dressed == "alias: " and node.alias is None:
            return replace(node, alias=_field(f"alias: {node.name.value}").alias)
        if dressed.startswith("@"):
            return replace(node, directives=_field(f"{node.name.value} {dressed}").directives)
        return None


def _field(text: str) -> FieldNode:
    found: Any = parse("{ " + text + " }").definitions[0]
    field: FieldNode = found.selection_set.selections[0]
    return field


def merged(documents: list[str], seed: int) -> DocumentNode:
    """One document of several, each in a fragment, so that their selections have to be joined."""
    random, parts, spreads = Random(seed), [], []
    for number, text in enumerate(documents):
        definition: Any = parse(text).definitions[0]
        definition = visit(definition, Dressing(seed + number))
        parts.append(f"fragment F{number} on Query {print_ast(definition.selection_set)}")
        spreads.append(f"...F{number} {random.choice(('', '', '@include(if: $yes)', '@skip(if: $no)'))}")
    inline = f"... on Query @include(if: $yes) {{ __typename {spreads[0]} }}"
    head = "query Q($yes: Boolean!, $no: Boolean = false) {" + " ".join([*spreads, inline]) + "}"
    return parse("\n".join([head, *parts]))


@settings(
    max_examples=60,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    documents=st.lists(DOCUMENTS, min_size=2, max_size=6),
    seed=st.integers(0, 10**6),
    wrong=st.sampled_from((0, 5, 30)),
    yes=st.booleans(),
)
def test_any_document_over_any_values(documents: list[str], seed: int, wrong: int, yes: bool) -> None:
    document = merged(documents, seed)
    same(document, lambda: World(seed, wrong), yes=yes)
    same(document, lambda: World(seed + 1, wrong), yes=not yes)


SOUND = """{
  grove {
    __typename id label height name flag sureColour colours names matrix
    next { name branches { height next { id } } leaves { flag } }
    thing { id ... on Tree { height } ...Weight }
    eithers { __typename ... on Stone { weight } ... on Tree { again: name } }
    box { content { id } contents { id } }
    repeated(times: 3) told wished(wish: {words: ["a"]}) sureLater { name } heightOfNext
  }
}
fragment Weight on Stone { weight }"""


class Watched(COMPILED):  # type: ignore[misc, valid-type]  # a class made at run time
    """Says which fields and selections graphql-core had to execute by itself."""

    def execute_field(self, *args: Any) -> Any:
        raise AssertionError(f"{args[3]} by graphql-core")


async def test_nothing_of_a_sound_answer_is_left_to_graphql_core() -> None:
    document = parse(SOUND)
    for _ in range(2):
        await answered(CORE, document, World(), {}, COMPILED)
    answer = await answered(CORE, document, World(), {}, Watched)
    assert answer.errors is None
    assert shown(answer) == shown(await answered(CORE, parse(SOUND), World(), {}, GENERIC))


def tree_with(fields: str, **given: Any) -> ExecutionResult:
    """The answer for a tree that is sound but for what is given."""
    return same(parse("{ tree { name " + fields + " } }"), lambda: World(given=given))


STONE = hazards.Stone(id=strawberry.ID("s"), label=None, weight=float("inf"))


@pytest.mark.parametrize(
    ("fields", "given", "path"),
    [
        ("height", {"height": None}, ["tree", "height"]),
        ("height", {"height": 2**31}, ["tree", "height"]),
        ("flag", {"flag": "yes"}, ["tree", "flag"]),
        ("ratio", {"ratio": float("nan")}, ["tree", "ratio"]),
        ("name", {"name": hazards.Fail("as a value")}, ["tree", "name"]),
        ("name", {"name": hazards.Soon(hazards.Fail("late"))}, ["tree", "name"]),
        ("colour", {"colour": "r?"}, ["tree", "colour"]),
        ("colours", {"colours": [hazards.Colour.RED, hazards.Fail("no")]}, ["tree", "colours", 1]),
        ("depth", {"depth": "raises"}, ["tree", "depth"]),
        ("sureDepth", {"sure_depth": "nothing"}, ["tree", "sureDepth"]),
        ("names", {"names": ["a", None]}, ["tree", "names", 1]),
        ("names", {"names": 7}, ["tree", "names"]),
        ("matrix", {"matrix": [[1], [2, None]]}, ["tree", "matrix", 1, 1]),
        ("next { id }", {"next": None}, ["tree", "next"]),
        ("above { next { height } }", {"above": World(1).make(0)}, ["tree", "above", "next"]),
        ("thing { id }", {"thing": hazards.Odd("odd", None)}, ["tree", "thing"]),
        ("thing { id }", {"thing": hazards.Ghost(id=strawberry.ID("g"), seen=True)}, ["tree", "thing"]),
        ("eithers { ... on Stone { weight } }", {"eithers": [None, STONE]}, ["tree", "eithers", 1, "weight"]),
        ("eithers { __typename }", {"eithers": [7]}, ["tree", "eithers", 0]),
        ("ghost { id }", {"ghost": STONE}, ["tree", "ghost"]),
        ("failsHard", {}, ["tree", "failsHard"]),
        ("secret", {}, ["tree", "secret"]),
        ("f: failsLater(turns: 0) failsLater(turns: 2)", {}, ["tree", "f"]),
        ("repeated(colour: NONE)", {}, ["tree", "repeated"]),
    ],
)
def test_what_is_wrong_is_said_where_it_is(fields: str, given: dict[str, Any], path: list[str | int]) -> None:
    errors = tree_with(fields, **given).errors
    assert errors is not None
    assert errors[0].path == path


def test_null_goes_up_to_what_may_be_null() -> None:
    answer = same(
        parse("{ grove { name } tree { leaves { next { height } } } }"),
        lambda: World(given={"leaves": [World().make(1), World(given={"next": None}).make(3)]}),
    )
    assert answer.data is not None
    assert [leaf is None for leaf in answer.data["tree"]["leaves"]] == [False, True]
    assert same(parse("{ grove { next { name } } }"), lambda: World(given={"next": None})).data is None


def test_values_of_other_classes_take_the_long_way_to_the_same_answer() -> None:
    stone = strawberry.cast(hazards.Stone, hazards.Odd("cast", "as a stone"))
    given = {"thing": stone, "height": True, "ratio": 3, "name": hazards.Soon("x")}
    answer = same(
        parse("{ tree { name thing { __typename id label } names height ratio } }"),
        lambda: World(given=given | {"names": hazards.Once(["read", "once"])}),
    )
    assert answer.errors is None


def test_directives_are_decided_by_each_set_of_variables() -> None:
    document = parse(
        "query($a: Boolean!, $b: Boolean = true) { tree { name @skip(if: $a) ...F @include(if: $b) } }"
        " fragment F on Tree { flag ... @include(if: $a) { height } }"
    )
    fields = [
        list((same(document, World, **variables).data or {})["tree"])
        for variables in ({"a": True}, {"a": False}, {"a": True, "b": False}, {"a": True})
    ]
    assert fields == [["flag", "height"], ["name", "flag"], [], ["flag", "height"]]


async def test_plans_are_bounded_and_hold_their_documents_no_longer() -> None:
    plans = Plans(most_selections=12)
    executor = compiled_execution(plans)
    documents = [parse("{ tree { name } }") for _ in range(20)]
    first = weakref.ref(documents[0].definitions[0])
    for document in documents:
        await answered(CORE, document, World(), {}, executor)
    assert 0 < len(plans) <= 4
    documents.clear()
    gc.collect()
    assert first() is None


async def test_functions_are_bounded() -> None:
    plans = Plans(most_fields=30)
    executor = compiled_execution(plans)
    wide = "{ tree { " + " ".join(f"a{number}: name" for number in range(20)) + " } }"
    for _ in range(5):
        document = parse(wide)
        for _ in range(3):
            await answered(CORE, document, World(), {}, executor)
            assert plans.fields <= 30


@strawberry.type(name="Tree")
class OtherTree:
    name: int


@strawberry.type(name="Query")
class OtherQuery:
    @strawberry.field
    def tree(self) -> OtherTree:
        return OtherTree(name=5)


async def test_one_document_in_two_schemas() -> None:
    other = strawberry.Schema(query=OtherQuery)._schema
    document, shared = parse("{ tree { name } }"), compiled_execution()
    for _ in range(2):
        of_one = await answered(CORE, document, World(), {}, shared)
        of_other = await answered(other, document, World(), {}, shared)
        assert (of_one.data, of_other.data) == ({"tree": {"name": "tree"}}, {"tree": {"name": 5}})


def test_mutations_come_one_after_the_other() -> None:
    worlds: list[World] = []

    def make() -> World:
        worlds.append(World())
        return worlds[-1]

    same(parse("mutation { a: shrink(by: 1) { name } grow(by: 2) { flag } b: shrink(by: 3) { id } }"), make)
    assert [world.grown for world in worlds] == [[-1, 2, -3]] * 4


def test_loaders_get_what_a_whole_list_asks_for_at_once() -> None:
    worlds: list[World] = []

    def make() -> World:
        worlds.append(World())
        return worlds[-1]

    same(parse("{ grove { heightOfNext next { heightOfNext } } }"), make)
    assert [world.batches for world in worlds] == [[6]] * 4


def test_a_list_is_resolved_by_one_batch_once_its_functions_are_made() -> None:
    worlds: list[World] = []

    def make() -> World:
        worlds.append(World())
        return worlds[-1]

    same(parse("{ grove { heightTogether branches { heightTogether } } }"), make)
    assert worlds[0].together == [1] * 9
    assert worlds[-1].together == [3, 2, 2, 2]


def test_a_resolver_that_changes_its_arguments_changes_only_its_own() -> None:
    answer = same(parse('{ grove { wished(wish: {words: ["a"], times: 1}) } }'), World)
    assert answer.data == {"grove": [{"wished": ["a", "wished 1"]}] * 3}


def test_errors_that_are_not_to_go_up() -> None:
    document = parse("query @experimental_disableErrorPropagation { tree { height next { name } } }")
    answer = same(document, lambda: World(given={"height": None, "next": None}))
    assert answer.data == {"tree": {"height": None, "next": None}}


def test_a_selection_too_long_for_a_function() -> None:
    names = " ".join(f"a{number}: name" for number in range(MOST_FIELDS + 1))
    assert same(parse("{ tree { " + names + " next { name } } }"), World).errors is None


def test_an_operation_whose_parts_come_later_has_no_plan() -> None:
    document = parse("{ tree { ... @defer { name } } }")
    operation: Any = document.definitions[0]
    assert COMPILED.plans.find(CORE, operation, {}, {}) is None


async def test_subscriptions_too() -> None:
    shown_by: list[list[Any]] = []
    for executor in (None, compiled_execution()):
        schema = hazards.schema(execution_context_class=executor)
        found: Any = await schema.subscribe(
            "subscription { trees { name next { id } } }", context_value=World()
        )
        shown_by.append([result.data async for result in found])
    assert shown_by[0] == shown_by[1]
    assert len(shown_by[0]) == 3


async def test_extensions_that_watch_every_field_see_every_field() -> None:
    seen: list[str] = []

    class Watch(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: str, **kwargs: Any) -> Any:
            seen.append(info.field_name)
            return _next(root, info, *args, **kwargs)

    schema = hazards.schema(execution_context_class=compiled_execution(), extensions=[Watch])
    assert (await schema.execute("{ tree { name flag } }", context_value=World())).errors is None
    assert seen == ["tree", "name", "flag"]


def test_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert issubclass(build_schema().execution_context_class, CompiledExecution)
    assert not issubclass(build_schema(compiled=False).execution_context_class, CompiledExecution)
    assert Settings().graphql_compiled
    monkeypatch.setenv("GRAPHQL_COMPILED", "0")
    assert not Settings().graphql_compiled
