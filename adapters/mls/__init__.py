"""MLSs: one module for each protocol, found by discovery."""

import importlib
import pkgutil

from adapters.mls.tools import Tools
from domain.ports import Mls


def discover(tools: Tools) -> dict[str, Mls]:
    """Every protocol there is, by name: of each module here that defines `protocol`, what that returns.

    Raises `ValueError` if two have the same name.
    """
    found: dict[str, Mls] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        protocol = getattr(importlib.import_module(module.name), "protocol", None)
        if protocol is None:
            continue
        mls: Mls = protocol(tools)
        if mls.name in found:
            raise ValueError(f"two MLS protocols are called {mls.name}")
        found[mls.name] = mls
    return found
