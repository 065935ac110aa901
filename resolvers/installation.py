"""Root fields for the installation as a whole: administrators only."""

import strawberry

from domain.use_cases.installation import installation_of, set_sync_enabled
from schema.context import Info
from schema.fields import resolved
from schema.installation import Installation
from schema.mutations.installation import SetSyncEnabledInput, SetSyncEnabledPayload
from schema.mutations.payload import Input, mutation


@strawberry.type
class InstallationQuery:
    """Reads of the installation."""

    @resolved("The installation's switches, for the role `admin`.")
    async def installation(self, info: Info) -> Installation:
        """One use case."""
        viewer = info.context.viewer
        found = await installation_of(info.context.ports, user_id=viewer.user_id, roles=viewer.roles)
        return Installation.of(found)


@strawberry.type
class InstallationMutation:
    """What can be done to the installation."""

    @mutation(
        "Let polls and other runs begin, or not, for all users; for the role `admin`. Nothing is lost: what"
        " waits begins spread over a period once this is on again."
    )
    async def set_sync_enabled(self, info: Info, input: Input[SetSyncEnabledInput]) -> SetSyncEnabledPayload:
        """One use case."""
        viewer = info.context.viewer
        changed = await set_sync_enabled(
            info.context.ports, user_id=viewer.user_id, roles=viewer.roles, enabled=input.enabled
        )
        return SetSyncEnabledPayload(installation=Installation.of(changed))
