"""The social platforms; one module each, found by discovery."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from adapters.http import WebClient
from domain.ports import SocialPlatform


def discover(
    web: WebClient,
    settings: Mapping[str, Mapping[str, str]],
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
) -> dict[str, SocialPlatform]:
    """The platforms whose app is configured, by slug.

    A platform is a module in this package with a function `platform` that takes the same arguments and answers
    None if its settings are not there.

    Args:
        settings: of each platform's app, by slug.
    """
    found = {}
    for module in pkgutil.iter_modules(__path__):
        make = getattr(importlib.import_module(f"{__name__}.{module.name}"), "platform", None)
        if make is not None and (made := make(web, settings, now=now, sleep=sleep)) is not None:
            found[made.slug] = made
    return found
