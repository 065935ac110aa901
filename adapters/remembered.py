"""What was worked out once and need not be again: a bounded memory for any number of threads."""

from collections.abc import Hashable
from typing import ClassVar, Generic, TypeVar
from weakref import ReferenceType, ref

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by their keys; what has not been asked for in a while is forgotten first.

    Two generations in place of an order of use: when the younger one is full, the older one is forgotten. So
    looking something up moves nothing, and threads need no lock, because each step is one operation of a dict.

    Args:
        most: what all values may weigh together, such as their number or their bytes.
    """

    def __init__(self, most: int) -> None:
        self._room = most // 2
        self._weight = 0
        self._young: dict[K, tuple[V, int]] = {}
        self._old: dict[K, tuple[V, int]] = {}

    def get(self, key: K) -> V | None:
        """The value, if it is still known."""
        found = self._young.get(key)
        if found is not None:
            return found[0]
        found = self._old.get(key)
        if found is None:
            return None
        self.put(key, *found)
        return found[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Keep the value, unless it is heavier than half of what may be kept."""
        replaced = self._young.pop(key, None)
        if replaced is not None:
            self._weight -= replaced[1]
        if weight > self._room:
            self._old.pop(key, None)
            return
        if self._weight + weight > self._room:
            self._old, self._young, self._weight = self._young, {}, 0
        self._young[key] = (value, weight)
        self._weight += weight

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old, self._weight = {}, {}, 0

    def __len__(self) -> int:
        """How many are known."""
        return len(self._young.keys() | self._old.keys())


class Reread(Remembered[K, V]):
    """What was made of what the table holds: remembered by a process that shows the same again and again.

    Attributes:
        worth_while: whether this process is one; what it remembers already stays.
    """

    worth_while: ClassVar[bool] = True

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Keep the value, if that is worth while."""
        if Reread.worth_while:
            super().put(key, value, weight)


class Companions(Generic[K, V]):
    """What was made of objects, each for as long as its object lives, and not a moment longer.

    Two that are equal are two. What was made of an object must not hold it, or both would stay for ever.
    """

    def __init__(self) -> None:
        self._made: dict[int, tuple[ReferenceType[K], V]] = {}

    def get(self, of: K) -> V | None:
        """What was made of this very object."""
        found = self._made.get(id(of))
        return None if found is None or found[0]() is not of else found[1]

    def put(self, of: K, value: V) -> None:
        """Keep the value."""
        place, made = id(of), self._made
        made[place] = (ref(of, lambda _: made.pop(place, None)), value)

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._made)
