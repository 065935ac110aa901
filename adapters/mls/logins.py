"""Which of its ways in an account uses, and what is missing for it."""

from base64 import b64encode
from collections.abc import Sequence

from adapters.mls.reso_profiles import Login
from domain.entities.mls_connection import MlsCredentials
from domain.errors import ActionRequired

_TOKEN_URL = ("token URL", "token_url")
_USER = (("user name", "username"), ("password", "password"))
_ASKED = {
    Login.BEARER: (("access token", "token"),),
    Login.PASSWORD: (*_USER, _TOKEN_URL),
    Login.CLIENT_CREDENTIALS: (("client id", "client_id"), ("client secret", "client_secret"), _TOKEN_URL),
    Login.BASIC: _USER,
}
_IN_WORDS = {
    Login.BEARER: "an access token",
    Login.PASSWORD: "a user name, a password and a token URL",
    Login.CLIENT_CREDENTIALS: "a client id, a client secret and a token URL",
    Login.BASIC: "a user name and a password",
}
# Of two that lack as much, the likelier one is told.
_LIKELY = (Login.BEARER, Login.CLIENT_CREDENTIALS, Login.BASIC, Login.PASSWORD)


def login_of(credentials: MlsCredentials, allowed: Sequence[Login]) -> Login:
    """The first of the ways in that is complete; raises `ActionRequired` that names what is missing."""
    lacking = {login: _missing(credentials, login) for login in allowed}
    for login in Login:
        if login in lacking and not lacking[login]:
            return login
    needed = f"This MLS needs {', or else '.join(_IN_WORDS[login] for login in _LIKELY if login in lacking)}"
    begun = [login for login in _LIKELY if login in lacking and len(lacking[login]) < len(_ASKED[login])]
    if not begun:
        raise ActionRequired(f"{needed}; nothing of it is given.")
    nearest = min(begun, key=lambda login: len(lacking[login]))
    raise ActionRequired(f"{needed}; not given: {', '.join(lacking[nearest])}.")


def sendable(token: str) -> str:
    """The token, which becomes a header, and that takes printable ASCII only. Raises `ActionRequired`."""
    token = token.strip()
    if not token.isascii() or not token.isprintable():
        raise ActionRequired("The access token has characters that no token has. Was it copied whole?")
    return token


def basic(credentials: MlsCredentials) -> str:
    """The value of HTTP Basic in UTF-8 (RFC 7617); raises `ActionRequired` for a colon in the user name."""
    username, password = credentials.username or "", credentials.password or ""
    if ":" in username:
        raise ActionRequired("A user name with a colon cannot be sent.")
    return b64encode(f"{username}:{password}".encode()).decode()


def _missing(credentials: MlsCredentials, login: Login) -> list[str]:
    return [title for title, name in _ASKED[login] if not getattr(credentials, name)]
