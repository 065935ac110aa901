"""Addresses of our own that open without a login for a while."""

from collections.abc import Mapping
from typing import Protocol


class Links(Protocol):
    """Signed URLs, which nobody else can make."""

    def url(self, path: str, query: Mapping[str, str]) -> str:
        """The URL of a path of this installation with this query; opens for 30 days at least and is the same
        all day, so that it can be cached."""
        ...

    def opens(self, path: str, query: str) -> bool:
        """Whether `url` made this, to the letter, and it still lives; takes constant time.

        Args:
            query: as it stands in the URL, behind the question mark.
        """
        ...
