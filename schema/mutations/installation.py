"""Inputs and payloads: the installation as a whole."""

import strawberry

from schema.installation import Installation
from schema.mutations.payload import Payload


@strawberry.input(description="Whether polls and other runs begin, for all users.")
class SetSyncEnabledInput:
    """For `setSyncEnabled`."""

    enabled: bool = strawberry.field(description="Whether they begin.")


@strawberry.type(description="The installation with its new switches.")
class SetSyncEnabledPayload(Payload):
    """Of `setSyncEnabled`."""

    installation: Installation | None = strawberry.field(default=None, description="Null on failure.")
