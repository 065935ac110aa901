"""What generated functions keep with objects is kept for a season and no longer, and nothing else is."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, GraphQLSchema, parse
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import RefMap

from app.graphql_beginnings import Beginning
from app.graphql_compiled import CompiledExecution, compiled_execution
from schema.fields import resolved, unchanging
from tests.executions import GENERIC, answered, shown


@dataclass
class World:
    """The context of executions.

    Attributes:
        calls: how often each resolver was called.
        broken: the leaves whose URL cannot be made.
    """

    season: int = 1
    calls: Counter[str] = field(default_factory=Counter)
    broken: set[str] = field(default_factory=set)


@unchanging
@strawberry.type
class Leaf:
    name: str

    @resolved("Steady.", steady=True)
    def url(self, info: strawberry.Info, size: int = 1) -> str | None:
        info.context.calls["url"] += 1
        if self.name in info.context.broken:
            raise ValueError("broken")
        return f"{self.name}/{size}/{info.context.season}"

    @resolved("Another each time.")
    def told(self, info: strawberry.Info) -> int:
        info.context.calls["told"] += 1
        told: int = info.context.calls["told"]
        return told


@strawberry.type
class Puddle:
    depth: int


@unchanging
@strawberry.type
class Branch:
    name: str
    leaves: list[Leaf]
    puddle: Puddle


@strawberry.type
class Query:
    @strawberry.field
    def branch(self) -> Branch:
        return BRANCH


BRANCH = Branch(name="b", leaves=[Leaf(name="x"), Leaf(name="y")], puddle=Puddle(depth=1))
SCHEMA = strawberry.Schema(query=Query)
CORE: GraphQLSchema = SCHEMA._schema
COMPILED = compiled_execution()


@pytest.fixture
def world() -> World:
    global BRANCH
    BRANCH = Branch(name="b", leaves=[Leaf(name="x"), Leaf(name="y")], puddle=Puddle(depth=1))
    return World()


async def ask(world: World, text: str, **variables: Any) -> ExecutionResult:
    """The answer, which graphql-core gives too."""
    document = _DOCUMENTS.setdefault(text, parse(text))
    found = await answered(CORE, document, world, variables, COMPILED)
    other = World(world.season, Counter(world.calls), world.broken)
    other.calls["told"] -= len(BRANCH.leaves)
    generic = await answered(CORE, document, other, variables, GENERIC)
    assert "told" in text or shown(found) == shown(generic)
    return found


_DOCUMENTS: dict[str, Any] = {}


async def test_what_is_steady_is_made_once_a_season(world: World) -> None:
    for season in (1, 2, 3):
        world.season = season
        for _ in range(4):
            answer = await ask(world, "{ branch { name leaves { name url } } }")
            assert answer.data is not None
            assert answer.data["branch"]["leaves"][1]["url"] == f"y/1/{season}"
    # Before there is a function, each is made each time.
    assert world.calls["url"] <= 2 * (3 + 2)


async def test_what_is_not_steady_is_made_each_time_and_so_is_all_around_it(world: World) -> None:
    for _ in range(4):
        before = world.calls["told"]
        answer = await ask(world, "{ branch { name leaves { name told } } }")
        assert answer.data is not None
        assert [leaf["told"] for leaf in answer.data["branch"]["leaves"]] == [before + 1, before + 2]


async def test_other_arguments_are_another_value(world: World) -> None:
    text = "query Q($size: Int!) { branch { leaves { name url(size: $size) } } }"
    for size in (1, 2, 3, 2, 1):
        answer = await ask(world, text, size=size)
        assert answer.data is not None
        assert answer.data["branch"]["leaves"][0]["url"] == f"x/{size}/1"


async def test_an_object_that_may_change_is_read_each_time(world: World) -> None:
    for depth in range(4):
        BRANCH.puddle.depth = depth
        answer = await ask(world, "{ branch { name puddle { depth } } }")
        assert answer.data == {"branch": {"name": "b", "puddle": {"depth": depth}}}


async def test_an_error_is_told_each_time_and_only_as_long_as_there_is_one(world: World) -> None:
    for broken in ({"x"}, {"x"}, {"x"}, set[str](), {"y"}):
        world.broken, world.season = broken, world.season + ("y" in broken)
        answer = await ask(world, "{ branch { name leaves { name url } } }")
        assert [error.path for error in answer.errors or ()] == [
            ["branch", "leaves", "xy".index(name), "url"] for name in broken
        ]


def test_a_later_execution_shares_nothing_that_is_filled() -> None:
    document = parse("{ branch { name } }")
    first: Any = COMPILED.build(CORE, document)
    assert isinstance(first, CompiledExecution)
    later = COMPILED.again(Beginning.of(first).constant, World(), first.variable_values, None)
    assert vars(later).keys() == vars(first).keys()
    filled = {
        name for name, value in vars(first).items() if isinstance(value, (set, list, RefMap, CollectedErrors))
    }
    assert {"collected_errors", "groups", "background_futures"} <= filled
    assert not {name for name in filled if getattr(later, name) is getattr(first, name)}
    assert later.async_helpers.gather is not None
