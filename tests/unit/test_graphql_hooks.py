"""The hooks of extensions run as Strawberry's runner runs them."""

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner

from app.graphql_hooks import Hooks

CONTEXT: Any = SimpleNamespace()


class Heard(SchemaExtension):
    """Writes down what happens around it; knows what to do with an exception."""

    def __init__(self, name: str, log: list[str], deed: str = "let pass") -> None:
        self.name, self.log, self.deed = name, log, deed

    def told(self, error: Exception) -> None:
        """At an exception."""
        self.log.append(f"{self.name} hears {error}")
        if self.deed == "replace":
            raise LookupError(f"of {self.name}")
        if self.deed != "swallow":
            raise error


class Now(Heard):
    """With synchronous hooks."""

    def on_operation(self) -> Iterator[None]:
        """Around everything."""
        self.log.append(f"{self.name} in")
        try:
            yield
        except Exception as error:
            self.told(error)
        self.log.append(f"{self.name} out")

    on_execute = on_operation


class Later(Heard):
    """With an asynchronous hook."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Around everything."""
        self.log.append(f"{self.name} in")
        try:
            yield
        except Exception as error:
            self.told(error)
        self.log.append(f"{self.name} out")


async def heard(runner: type[SchemaExtensionsRunner], phase: str, raises: bool, *deeds: str) -> list[str]:
    log: list[str] = []
    extensions: list[SchemaExtension] = [
        (Later if number % 2 else Now)(f"{number}", log, deed) for number, deed in enumerate(deeds)
    ]
    hooks: Any = getattr(runner(CONTEXT, extensions), phase)()
    try:
        async with hooks:
            log.append("inside")
            if raises:
                raise KeyError("fault")
    except Exception as error:
        log.append(f"raised {error!r}")
    return log


@pytest.mark.parametrize("phase", ["operation", "parsing", "validation", "executing"])
@pytest.mark.parametrize(
    "deeds",
    [
        (),
        ("let pass", "let pass", "let pass"),
        ("let pass", "swallow", "let pass"),
        ("let pass", "replace", "let pass"),
        ("swallow", "replace", "replace"),
        ("let pass", "let pass", "swallow"),
    ],
)
@pytest.mark.parametrize("raises", [False, True])
async def test_hooks_run_in_strawberrys_order_and_hear_of_exceptions_alike(
    phase: str, deeds: tuple[str, ...], raises: bool
) -> None:
    expected = await heard(SchemaExtensionsRunner, phase, raises, *deeds)
    assert await heard(Hooks, phase, raises, *deeds) == expected
    assert "inside" in expected
