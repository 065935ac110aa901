"""The social platforms; one module each, found by discovery."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from adapters.social.tools import Tools
from domain.ports import SocialPlatform


def discover(tools: Tools, settings: Mapping[str, Mapping[str, str]]) -> dict[str, SocialPlatform]:
    """The platforms whose app is configured, by slug.

    A platform is a module in this package, named by its slug, with a function `platform` that takes the same
    arguments and answers None if its settings are not there.

    Args:
        settings: of each platform's app, by slug.
    """
    made = (
        make(replace(tools, web=tools.web.counted_as(slug)), settings) for slug, make in modules().items()
    )
    return {platform.slug: platform for platform in made if platform is not None}


@cache
def modules() -> dict[str, Callable[..., SocialPlatform | None]]:
    """The function `platform` of every module that has one, by the module's name, which is the slug; kept, because
    looking through the folder takes milliseconds."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        make = getattr(importlib.import_module(f"{__name__}.{module.name}"), "platform", None)
        if make is not None:
            found[module.name] = make
    return found
