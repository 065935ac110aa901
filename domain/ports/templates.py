"""Templates that users write for the texts of their posts."""

from collections.abc import Mapping
from typing import Protocol


class Templates(Protocol):
    """Renders strangers' templates safely: what they may take of time and memory is bounded."""

    async def render(self, template: str, variables: Mapping[str, object]) -> str:
        """The text, without white space at its ends.

        Args:
            variables: by name; text, whole numbers and floats, booleans, dates, None, and lists and mappings of
                these. A mapping that is more than its parts (`domain.rules.template_variables.Whole`) can be
                shown as a whole.

        Raises:
            Rejected: the template is crooked, names what there is not, or takes too much; the message tells
                where.
        """
        ...
