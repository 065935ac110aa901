"""What the claims of a verified token say: who, until when, in which roles, and whether it is meant for us."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.entities.viewer import Unauthenticated, Viewer

LEEWAY = timedelta(seconds=30)
"""By how much the clocks of the issuer and of this machine may differ."""

_LONGEST_USER = 200
_END_OF_TIME = datetime.max.replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to say.

    Attributes:
        issuer: what `iss` must be; a slash at the end makes no difference.
        audiences: one of them must be in `aud`; where there is no `aud`, as in the access tokens of Cognito and
            of plain Keycloak, the client that the token was issued to must be one of them.
        clients: if any, the token must have been issued to one of them.
        roles_claims: where roles stand: names of claims, or paths of names with dots between them.
    """

    issuer: str
    audiences: Collection[str]
    clients: Collection[str] = ()
    roles_claims: Collection[str] = ("roles",)


def usual_roles_claims(issuer: str) -> tuple[str, ...]:
    """Where an issuer of that address is known to name roles.

    Cognito: "Using the access token"; Keycloak: realm roles; the app roles of Microsoft Entra ID stand in `roles`,
    and so do ours of development.
    """
    if issuer.startswith("https://cognito-idp."):
        return ("cognito:groups",)
    return ("realm_access.roles",) if "/realms/" in issuer else ("roles",)


def viewer_of(claims: Mapping[str, Any], expected: Expected, now: datetime) -> Viewer:
    """Who has proved to be whom; raises `Unauthenticated`, whose message holds no part of the token."""
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or issuer.removesuffix("/") != expected.issuer.removesuffix("/"):
        raise Unauthenticated("The token is of another issuer.")
    # Logout tokens and other security events are signed by the same keys (RFC 8417), and prove nothing.
    if "events" in claims or claims.get("token_use", "access") not in ("access", "id"):
        raise Unauthenticated("The token is not for asking with.")
    expires = _moment(claims, "exp")
    if expires <= now - LEEWAY:
        raise Unauthenticated("The token has expired.")
    if any(name in claims and _moment(claims, name) > now + LEEWAY for name in ("nbf", "iat")):
        raise Unauthenticated("The token is not valid yet.")
    if not _is_meant_for(claims, expected):
        raise Unauthenticated("The token is meant for somebody else.")
    user_id = claims.get("sub")
    if not isinstance(user_id, str) or not 0 < len(user_id) <= _LONGEST_USER or not user_id.isprintable():
        raise Unauthenticated("The token names no user.")
    return Viewer(user_id=user_id, roles=_roles(claims, expected.roles_claims), expires_at=expires)


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    # Written so that NaN, which compares with nothing, is refused.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _END_OF_TIME:
        raise Unauthenticated(f"The token has no {name}.")
    return datetime.fromtimestamp(value, UTC)


def _is_meant_for(claims: Mapping[str, Any], expected: Expected) -> bool:
    audiences = set(_texts(claims.get("aud")))
    # `azp` is OpenID Connect's and Keycloak's, `client_id` Cognito's and RFC 9068's, `appid` Entra's.
    clients = {name for claim in ("azp", "client_id", "appid") for name in _texts(claims.get(claim))}
    if expected.clients and not (clients or audiences) & set(expected.clients):
        return False
    return bool((clients if "aud" not in claims else audiences) & set(expected.audiences))


def _roles(claims: Mapping[str, Any], paths: Collection[str]) -> tuple[str, ...]:
    found: list[str] = []
    for path in paths:
        for value in _at(claims, path):
            found += value.split() if isinstance(value, str) else _texts(value)
    return tuple(dict.fromkeys(name for name in found if name.isprintable()))


def _at(claims: Mapping[str, Any], path: str) -> Iterator[object]:
    """Names may have dots themselves, as Auth0's namespaces and Keycloak's clients have."""
    if path in claims:
        yield claims[path]
    for place, character in enumerate(path):
        inner = claims.get(path[:place]) if character == "." else None
        if isinstance(inner, Mapping):
            yield from _at(inner, path[place + 1 :])


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
