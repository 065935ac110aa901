"""A schema with everything that can go wrong while an answer is made, and worlds of right and wrong values for it."""

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Annotated, Any, Generic, NewType, TypeVar

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from schema.fields import resolved, unchanging

T = TypeVar("T")
Depth = NewType("Depth", object)
_TOP = 3


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = strawberry.enum_value("g", name="LEAF")


class Fail(Exception):
    """What resolvers raise."""


def _write_depth(value: Any) -> Any:
    if value == "raises":
        raise ValueError("no depth")
    return None if value == "nothing" else {"depth": value}


SCALARS: dict[object, Any] = {
    Depth: strawberry.scalar(name="Depth", serialize=_write_depth, parse_value=lambda value: value)
}


class Soon(Generic[T]):
    """A value that comes when it is awaited, after some turns of the loop; without a word if it never is."""

    def __init__(self, value: "T | Fail", turns: int = 1) -> None:
        self._value, self._turns = value, turns

    def __repr__(self) -> str:
        return "soon"

    def __await__(self) -> Generator[None, None, T]:
        for _ in range(self._turns):
            yield
        if isinstance(self._value, Fail):
            raise self._value
        return self._value


class Once:
    """A list that can be read once."""

    def __init__(self, values: list[Any]) -> None:
        self._values = iter(values)

    def __repr__(self) -> str:
        return "once"

    def __iter__(self) -> "Once":
        return self

    def __next__(self) -> Any:
        return next(self._values)


class Shout(FieldExtension):
    """Changes what the resolver says."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return f"{next_(source, info, **kwargs)}!"


class Never(BasePermission):
    """Lets nobody in."""

    message = "not for you"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return False


@strawberry.interface
class Thing:
    id: strawberry.ID
    label: str | None

    @strawberry.field
    def told(self, info: strawberry.Info) -> str:
        return f"{info.path.key} of {self.id}"


@unchanging
@strawberry.type
class Stone(Thing):
    weight: float


@unchanging
@strawberry.type
class Ghost:
    """Says itself what it is."""

    id: strawberry.ID
    seen: bool

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return getattr(value, "seen", None) is not None


@strawberry.type
class Box(Generic[T]):
    content: T
    contents: list[T]


@strawberry.input
class Wish:
    words: list[str]
    times: int = 2


def _name_of(root: strawberry.Parent["Tree"]) -> str:
    return root.name


def _given(found: list[Any]) -> Any:
    """What a batch gave for one object."""
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


async def _nexts(world: Any, trees: Sequence[Any], turns: int = 1) -> list[Any]:
    await Soon(None, abs(turns) % 4)
    return [getattr(tree, "next", Fail("no next")) for tree in trees]


async def _heights(world: Any, trees: Sequence[Any]) -> list[Any]:
    world.together.append(len(trees))
    return [getattr(tree, "height", Fail("no height")) for tree in trees]


async def _leaves(world: Any, trees: Sequence[Any], fails: bool = False) -> list[Any]:
    if fails:
        raise Fail("all together")
    return [getattr(tree, "leaves", None) for tree in trees]


Either = Annotated["Stone | Tree | Ghost", strawberry.union("Either")]


@strawberry.type
class Tree(Thing):
    height: int
    ratio: float | None
    flag: bool
    name: str
    colour: Colour | None
    sure_colour: Colour
    colours: list[Colour | None]
    depth: Depth | None
    sure_depth: Depth
    names: list[str] | None
    matrix: list[list[int] | None]
    above: "Tree | None"
    next: "Tree"
    branches: list["Tree"]
    leaves: list["Tree | None"] | None
    thing: Thing | None
    things: list[Thing]
    either: Either | None
    eithers: list[Either | None]
    ghost: Ghost | None
    box: "Box[Tree] | None"

    @strawberry.field
    def repeated(self, times: int = 2, colour: Colour = Colour.RED) -> str:
        return f"{self.height}{colour.name}" * (times % 4)

    @strawberry.field
    def wished(self, info: strawberry.Info, wish: Wish | None = None) -> list[str] | None:
        if wish is None:
            return None
        wish.words.append(f"{info.field_name} {len(wish.words)}")
        return wish.words * (wish.times % 4)

    @strawberry.field
    def fails(self) -> str | None:
        raise Fail("softly")

    @strawberry.field
    def fails_hard(self) -> str:
        raise Fail("hard")

    @strawberry.field
    async def later(self) -> "Tree | None":
        return await Soon(self.above)

    @strawberry.field
    async def sure_later(self, turns: int = 2) -> "Tree":
        return await Soon(self.next, abs(turns) % 4)

    @strawberry.field
    async def fails_later(self, turns: int = 1) -> int:
        return await Soon[int](Fail("late"), abs(turns) % 4)

    @strawberry.field
    async def height_of_next(self, root: strawberry.Parent["Tree"], info: strawberry.Info) -> int | None:
        height: int | None = await info.context.heights.load(root.next)
        return height

    @strawberry.field
    async def loaded(self, info: strawberry.Info) -> list["Tree | None"]:
        trees: list[Tree | None] = await info.context.trees.load(self)
        return trees

    @strawberry.field
    def perhaps_later(self) -> "Tree | None":
        return Soon(self.next)  # type: ignore[return-value]  # a resolver may answer an awaitable

    @resolved("Of a batch.", batch=_nexts)
    async def next_together(self, info: strawberry.Info, turns: int = 1) -> "Tree":
        tree: Tree = _given(await _nexts(info.context, [self], turns))
        return tree

    @resolved("Of a batch.", batch=_heights)
    async def height_together(self, info: strawberry.Info) -> int | None:
        height: int | None = _given(await _heights(info.context, [self]))
        return height

    @resolved("Of a batch that may fail as a whole.", batch=_leaves)
    async def leaves_together(self, info: strawberry.Info, fails: bool = False) -> list["Tree | None"] | None:
        leaves: list[Tree | None] | None = _given(await _leaves(info.context, [self], fails))
        return leaves

    shouted: str = strawberry.field(resolver=_name_of, extensions=[Shout()])
    secret: str | None = strawberry.field(resolver=_name_of, permission_classes=[Never])


@strawberry.type
class Query:
    @strawberry.field
    def tree(self, info: strawberry.Info) -> Tree | None:
        tree: Tree = info.context.make()
        return tree

    @strawberry.field
    async def grove(self, info: strawberry.Info) -> list[Tree]:
        return [info.context.make() for _ in range(3)]

    @strawberry.field
    def thing(self, info: strawberry.Info) -> Thing | None:
        tree: Tree = info.context.make()
        return tree.thing


@strawberry.type
class Mutation:
    @strawberry.mutation
    def grow(self, info: strawberry.Info, by: int) -> Tree | None:
        info.context.grown.append(by)
        tree: Tree = info.context.make()
        return tree

    @strawberry.mutation
    async def shrink(self, info: strawberry.Info, by: int) -> Tree:
        info.context.grown.append(await Soon(-by, 3))
        tree: Tree = info.context.make()
        return tree


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def trees(self, info: strawberry.Info) -> AsyncGenerator[Tree | None, None]:
        for _ in range(3):
            yield info.context.make()


@dataclass
class World:
    """The context of one execution: the same seed makes the same values, right or wrong.

    Attributes:
        wrong: how many of a hundred values are wrong.
        given: attributes of the tree at the top.
        grown: what mutations did, in their order.
        batches: how many keys each call of a loader was given.
        together: how many trees each call of a field's batch was given.
    """

    seed: int = 0
    wrong: int = 0
    given: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._trees: dict[int, list[Any]] = {}
        self.grown: list[int] = []
        self.batches: list[int] = []
        self.together: list[int] = []
        self.heights: DataLoader[Any, int | None] = DataLoader(load_fn=self._heights, cache=False)
        self.trees: DataLoader[Any, Any] = DataLoader(load_fn=self._branches, cache=False)

    def make(self, levels: int = _TOP) -> Any:
        """A tree, or what should be one; those of a level share the trees below."""
        if levels and levels - 1 not in self._trees:
            self._trees[levels - 1] = [self.make(levels - 1) for _ in range(3)]

        def below() -> Any:
            return self._random.choice(self._trees.get(levels - 1, [None]))

        tree = object.__new__(Tree)
        things = (below, self._stone, self._ghost)
        values: dict[str, Callable[[], Any]] = {
            "id": lambda: f"tree-{levels}",
            "label": lambda: self._random.choice([None, "oak"]),
            "height": lambda: self._random.randint(-5, 2**31 - 1),
            "ratio": lambda: self._random.choice([None, 0.5, 3]),
            "flag": lambda: True,
            "name": lambda: "tree",
            "colour": lambda: self._random.choice([None, *Colour]),
            "sure_colour": lambda: Colour.GREEN,
            "colours": lambda: [Colour.RED, None],
            "depth": lambda: self._random.choice([None, "raises", "nothing", 3]),
            "sure_depth": lambda: {"a": [1]},
            "names": lambda: self._random.choice([None, [], ("a", "b")]),
            "matrix": lambda: [[1, 2], None, []],
            "above": below,
            "next": below,
            "branches": lambda: [below(), below()],
            "leaves": lambda: [below(), None],
            "thing": lambda: self._random.choice(things[:2])(),
            "things": lambda: [make() for make in things[:2]],
            "either": lambda: self._random.choice(things)(),
            "eithers": lambda: [make() for make in things],
            "ghost": self._ghost,
            "box": lambda: Box(content=below(), contents=[below()]),
        }
        for name, value in values.items():
            self._give(tree, name, value)
        for name, one in self.given.items() if levels == _TOP else ():
            setattr(tree, name, one)
        return tree

    def _give(self, tree: Any, name: str, value: Callable[[], Any]) -> None:
        if self._random.randrange(100) >= self.wrong:
            setattr(tree, name, value())
            return
        wrong: list[Callable[[], Any]] = [
            lambda: None,
            lambda: Fail("as a value"),
            lambda: "text",
            lambda: float("nan"),
            lambda: 2**40,
            lambda: {"id": "dict"},
            lambda: [value(), None, Fail("in a list"), Soon(value())],
            lambda: Once([value(), value()]),
            lambda: Soon(value(), self._random.randrange(3)),
            lambda: Soon(Fail("while awaited"), self._random.randrange(3)),
            lambda: Tree,
            lambda: strawberry.UNSET,
            lambda: strawberry.cast(Stone, self._stone()),
            lambda: strawberry.cast(Stone, Odd(id="cast", label=None)),
        ]
        choice = self._random.randrange(len(wrong) + 1)
        if choice < len(wrong):  # else the attribute is missing
            setattr(tree, name, wrong[choice]())

    def _stone(self) -> Any:
        stone = object.__new__(Stone)
        self._give(stone, "id", lambda: 7)
        self._give(stone, "label", lambda: "granite")
        self._give(stone, "weight", lambda: 1.5)
        return stone

    def _ghost(self) -> Any:
        ghost = object.__new__(Ghost)
        self._give(ghost, "id", lambda: "ghost")
        self._give(ghost, "seen", lambda: False)
        return ghost

    async def _heights(self, trees: list[Any]) -> list[int | None]:
        self.batches.append(len(trees))
        await Soon(None)
        return [getattr(tree, "height", None) for tree in trees]

    async def _branches(self, trees: list[Any]) -> list[Any]:
        await Soon(None)
        return [getattr(tree, "branches", Fail("no branches")) for tree in trees]


@dataclass
class Odd:
    """No type of the schema."""

    id: str
    label: str | None


def schema(**options: Any) -> strawberry.Schema:
    """With all its types."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Stone, Tree, Ghost],
        config=StrawberryConfig(scalar_map=SCALARS),
        **options,
    )
