"""What every resolver gets: who asks, the ports, and the loaders of this request."""

from dataclasses import dataclass, field
from typing import Any

import strawberry

from domain.entities.viewer import Unauthenticated, Viewer
from domain.ports import Ports
from schema import ids
from schema.loaders import Loaders


@dataclass
class Context:
    """Of one HTTP request, or of one WebSocket with all its operations.

    Attributes:
        known_viewer: None until a WebSocket has introduced itself.
        traceparent: what names the client's trace that the request belongs to; empty for none.
        connection_params: the payload of `connection_init`; set by the WebSocket's handler.
    """

    ports: Ports
    known_viewer: Viewer | None = None
    traceparent: str = ""
    connection_params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.ports)

    @property
    def viewer(self) -> Viewer:
        """Who asks; raises `Unauthenticated`."""
        if self.known_viewer is None:
            raise Unauthenticated("Say who you are first.")
        return self.known_viewer

    @property
    def user_id(self) -> str:
        """Whose things are read and written."""
        return self.viewer.user_id

    @property
    def season(self) -> object:
        """For how long what steady fields answer stays the same (`schema.fields.resolved`)."""
        return self.ports.files.season()

    def key(self, text: str, type_name: str) -> str | None:
        """The key in a global id of the viewer's, else None; `schema.reach` is for what roles open."""
        return ids.key_of(text, type_name, self.user_id)

    def required(self, text: str, type_name: str, field: str) -> str:
        """The same for inputs; raises `NotFound` naming the field."""
        return ids.required_key(text, type_name, self.user_id, field)


Info = strawberry.Info[Context, None]
