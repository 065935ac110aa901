"""The switches of the installation as a whole."""

from datetime import datetime

import strawberry

from domain.entities import installation as entities


@strawberry.type(description="The installation as a whole, for its administrators.")
class Installation:
    """Its switches."""

    sync_enabled: bool = strawberry.field(
        description="Whether polls and other runs begin. What has begun goes on to its end; removals and"
        " publishing never wait for this."
    )
    changed_at: datetime | None = strawberry.field(description="When that was last switched.")
    changed_by: str | None = strawberry.field(description="The user who did it.")

    @staticmethod
    def of(installation: entities.Installation) -> "Installation":
        """From the entity."""
        return Installation(
            sync_enabled=installation.sync_enabled,
            changed_at=installation.changed_at,
            changed_by=installation.changed_by,
        )
