"""Runs the hooks of a schema's extensions without looking for them anew in each request, as Strawberry does.

They run in its order and with its meaning: entered in the order of the extensions, left in the opposite one, each
told of the exception that ends the operation, and free to raise another; the operation ends with one in any case.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import lru_cache
from inspect import isasyncgenfunction
from types import TracebackType
from typing import Any

from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.types import ExecutionContext
from strawberry.utils.await_maybe import await_maybe

_NONE: AbstractAsyncContextManager[None] = nullcontext()


class Hooks(SchemaExtensionsRunner):
    """The hooks of one operation; each is a generator function, asynchronous or not."""

    def operation(self) -> Any:
        """Around everything."""
        return self._around("on_operation")

    def parsing(self) -> Any:
        """Around the parsing."""
        return self._around("on_parse")

    def validation(self) -> Any:
        """Around the validation."""
        return self._around("on_validate")

    def executing(self) -> Any:
        """Around the execution."""
        return self._around("on_execute")

    async def get_extensions_results(self, ctx: ExecutionContext) -> dict[str, Any]:
        """What the extensions add to a result."""
        told: dict[str, Any] = {}
        for extension in self.extensions:
            if type(extension).get_results is not SchemaExtension.get_results:
                told.update(await await_maybe(extension.get_results()))
        told.update(ctx.extensions_results)
        return told

    def _around(self, name: str) -> AbstractAsyncContextManager[None]:
        found = _found(tuple(map(type, self.extensions)), name)
        if not found:
            return _NONE
        return _Around([(manage(self.extensions[place]), later) for place, manage, later in found])


class _Around:
    """Several context managers as one; what AsyncExitStack does in twice the time."""

    def __init__(self, managers: list[tuple[Any, bool]]) -> None:
        self._managers = managers
        self._entered: list[tuple[Any, bool]] = []

    async def __aenter__(self) -> None:
        for each in self._managers:
            manager, later = each
            if later:
                await manager.__aenter__()
            else:
                manager.__enter__()
            self._entered.append(each)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pending = error
        while self._entered:
            manager, later = self._entered.pop()
            told = (None, None, None) if pending is None else (type(pending), pending, pending.__traceback__)
            try:
                swallowed = await manager.__aexit__(*told) if later else manager.__exit__(*told)
            except BaseException as raised:
                pending = raised
            else:
                pending = None if swallowed else pending
        if pending is not None and pending is not error:
            raise pending


@lru_cache(maxsize=64)
def _found(kinds: tuple[type[SchemaExtension], ...], name: str) -> list[tuple[int, Callable[..., Any], bool]]:
    """The place of each extension that has the hook, what makes a context manager of it, and whether to await it."""
    found: list[tuple[int, Callable[..., Any], bool]] = []
    for place, kind in enumerate(kinds):
        hook: Any = getattr(kind, name)
        if hook is getattr(SchemaExtension, name):
            continue
        later = isasyncgenfunction(hook)
        found.append((place, asynccontextmanager(hook) if later else contextmanager(hook), later))
    return found
