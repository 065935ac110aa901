"""Whose things a field may reach: one's own, and what is listed here for administrators.

A global id says whose a thing is. For everybody a foreign id is as an absent one; for administrators it is
that too, in every field that is not named here. So this list is all they may do with what is another's:
see how synchronization goes, and move its levers. They cannot publish, edit, connect, or read credentials,
inquiries and notifications.
"""

from typing import NamedTuple

from domain.rules.roles import is_admin
from schema.context import Info
from schema.ids import absent, from_id

ADMIN_READS = frozenset(
    {"node", "nodes", "syncRun", "syncRuns", "syncErrors", "syncStatistics", "syncProgress"}
)
"""Fields in which an administrator may name a thing of another's to look at it, and at what hangs on it."""

ADMIN_LEVERS = frozenset(
    {
        "importMlsListings",
        "syncMlsStatus",
        "cancelSyncRun",
        "setMlsConnectionEnabled",
        "setMlsSyncInterval",
    }
)
"""Mutations that an administrator may call for another's."""

ADMIN_TYPES = frozenset({"MlsConnection", "SyncRun", "Listing", "Post", "SocialAccount"})
"""What can be named so: connections and runs, and what is reached from these by their fields."""


class Owned(NamedTuple):
    """Whose a thing is, and its key."""

    owner: str
    key: str


def reached(info: Info, id: str, type_name: str) -> Owned | None:
    """What a global id of this type names; None for whatever this field may not reach."""
    found, viewer = from_id(id), info.context.viewer
    if found is None or found.type_name != type_name:
        return None
    by_role = info.field_name in ADMIN_READS | ADMIN_LEVERS and type_name in ADMIN_TYPES
    if found.owner == viewer.user_id or (by_role and is_admin(viewer.roles)):
        return Owned(found.owner, found.key)
    return None


def required(info: Info, id: str, type_name: str, field: str) -> Owned:
    """The same for inputs; raises `NotFound` naming the field."""
    found = reached(info, id, type_name)
    if found is None:
        raise absent(type_name, field)
    return found
