"""The refusals of the sandbox MLS, as OData answers them."""

from typing import Any


class Refused(Exception):
    """A request that is answered with an OData error: `status`, and a body of `code`, `message`, `target`."""

    def __init__(self, status: int, message: str, *, target: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(str(status), message, target)


def bad(message: str, target: str | None = None) -> Refused:
    """400: the request is wrong."""
    return Refused(400, message, target=target)


def unsupported(message: str, target: str | None = None) -> Refused:
    """501: right, but this server does not do it."""
    return Refused(501, message, target=target)


def error_body(code: str, message: str, target: str | None = None) -> dict[str, Any]:
    """The error object of OData JSON 4.01, section 21.1."""
    return {"error": {"code": code, "message": message, "target": target, "details": []}}
