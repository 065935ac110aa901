"""What a role allows."""

from collections.abc import Collection

from domain.errors import Forbidden

ADMIN = "admin"


def check_admin(roles: Collection[str]) -> None:
    """Raises `Forbidden` for whoever is no administrator of the installation."""
    if ADMIN not in roles:
        raise Forbidden("Only an administrator of the installation may do this.")
