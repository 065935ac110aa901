"""Relay's Node: everything that can be fetched again by its global id."""

import strawberry


@strawberry.interface(description="Something that can be fetched again by its id.")
class Node:
    """Relay's Node."""

    id: strawberry.ID = strawberry.field(description="Global and opaque.")
