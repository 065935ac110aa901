"""Who is asking."""

import strawberry

from domain.entities import viewer as entities


@strawberry.type(description="Who is asking.")
class Viewer:
    """The user behind the token."""

    user_id: str = strawberry.field(description="As the issuer of the token names the user.")
    roles: list[str] = strawberry.field(description="What the issuer says the user may do beyond.")

    @staticmethod
    def of(viewer: entities.Viewer) -> "Viewer":
        """From the identity that was proved."""
        return Viewer(user_id=viewer.user_id, roles=list(viewer.roles))
