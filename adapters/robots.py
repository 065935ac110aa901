"""Tells requests that no person has made, as far as they say so themselves."""

from collections.abc import Mapping
from functools import lru_cache

from crawleruseragents import is_crawler

_LONGEST = 512
_MAIL = ("GoogleImageProxy", "YahooMailProxy")
"""They fetch an image when somebody opens the e-mail that shows it; the list below has them as robots."""


def is_automatic(headers: Mapping[str, str]) -> bool:
    """Whether a robot, or a browser ahead of its user, sent these headers, which are named in lower case.

    Robots: those that https://github.com/monperrus/crawler-user-agents knows, among them the platforms' own that
    look at every link of a post, and whoever does not say what it is. Ahead of the user: a prefetch or prerender,
    https://fetch.spec.whatwg.org/#sec-purpose-header, and its older names.
    """
    if any("prefetch" in headers.get(name, "").lower() for name in ("sec-purpose", "purpose", "x-moz")):
        return True
    if headers.get("purpose", headers.get("x-purpose", "")).lower() == "preview":
        return True
    return is_robot(headers.get("user-agent", "")[:_LONGEST])


@lru_cache(maxsize=4_096)
def is_robot(agent: str) -> bool:
    """Whether the name is a robot's."""
    return not agent.strip() or (is_crawler(agent) and not any(name in agent for name in _MAIL))
