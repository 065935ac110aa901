"""Bearer secrets of operators, for endpoints that no user calls."""

import hmac


def opens(authorization: str, secrets: tuple[str, ...]) -> bool:
    """Whether the header `Authorization` bears any of the secrets, compared in constant time."""
    scheme, _, token = authorization.partition(" ")
    offered = token.strip(" ").encode("latin-1")  # headers are read as that: these are the bytes that came
    # Every secret is compared, so that the time says nothing about which one came close.
    matches = [hmac.compare_digest(offered, secret.encode()) for secret in secrets]
    return scheme.lower() == "bearer" and any(matches)
