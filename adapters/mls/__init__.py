"""MLSs: one module for each protocol, found by discovery."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from datetime import datetime

from adapters.http import WebClient
from domain.ports import Mls


def discover(
    web: WebClient,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
    random: Callable[[], float],
) -> dict[str, Mls]:
    """Every protocol there is, by name: of each module here that defines `protocol`, what that returns.

    Raises `ValueError` if two have the same name.
    """
    found: dict[str, Mls] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        protocol = getattr(importlib.import_module(module.name), "protocol", None)
        if protocol is None:
            continue
        mls: Mls = protocol(web, now=now, sleep=sleep, random=random)
        if mls.name in found:
            raise ValueError(f"two MLS protocols are called {mls.name}")
        found[mls.name] = mls
    return found
