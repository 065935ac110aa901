"""The refusals of the sandbox MLS, as OData answers them."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """A request that is answered with an OData error: `status`, and a body of `code`, `message`, `target`.

    `headers` come with the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        target: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
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


# https://sparkplatform.com/docs/supporting_documentation/error_codes
_SPARK_CODES = {401: 1020, 403: 1021, 429: 1550}


def spark_body(refused: Refused) -> dict[str, Any]:
    """The body of the Spark API for an expired token, a wrong host and throttling; OData's for the rest."""
    code = _SPARK_CODES.get(refused.status)
    return refused.body if code is None else {"D": {"Success": False, "Code": code, "Message": str(refused)}}
