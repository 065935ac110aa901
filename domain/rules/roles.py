"""What a role allows."""

from collections.abc import Collection

from domain.errors import Forbidden

ADMIN = "admin"


def is_admin(roles: Collection[str]) -> bool:
    """Whether these make an administrator of the installation; roles that nobody knows mean nothing."""
    return ADMIN in roles


def check_admin(roles: Collection[str]) -> None:
    """Raises `Forbidden` for whoever is no administrator of the installation."""
    if not is_admin(roles):
        raise Forbidden("Only an administrator of the installation may do this.")
