"""MLSs: one module for each protocol, found by discovery."""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from adapters.mls.tools import Tools
from domain.ports import Mls


def discover(tools: Tools) -> dict[str, Mls]:
    """Every protocol there is, by name: of each module here that defines `protocol`, what that returns.

    Raises `ValueError` if two have the same name.
    """
    found: dict[str, Mls] = {}
    for make in _makers():
        mls = make(tools)
        if mls.name in found:
            raise ValueError(f"two MLS protocols are called {mls.name}")
        found[mls.name] = mls
    return found


@cache
def _makers() -> list[Callable[[Tools], Mls]]:
    """The functions `protocol`; kept, because looking through the folder takes milliseconds."""
    modules = [
        importlib.import_module(found.name) for found in pkgutil.iter_modules(__path__, f"{__name__}.")
    ]
    return [module.protocol for module in modules if hasattr(module, "protocol")]
