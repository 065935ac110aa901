"""What went wrong, as the graph says it: `userErrors` in payloads, codes in `errors[]`."""

import re
import traceback
import uuid
from enum import Enum

import strawberry
import structlog
from graphql import GraphQLError
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.validation.rules.max_introspection_depth_rule import MAX_LIST_DEPTH
from strawberry.exceptions import MissingQueryError, StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.utils.str_converters import to_camel_case
from structlog.contextvars import get_contextvars

from domain.entities.common import Failure
from domain.entities.viewer import Unauthenticated
from domain.errors import (
    ActionRequired,
    Conflict,
    Forbidden,
    Invalid,
    LimitExceeded,
    NotFound,
    Overtaken,
    Refusal,
    Rejected,
    Several,
    Unavailable,
    YardsignError,
)
from schema.enums import described
from schema.limits import MOST_COMPARISONS, MOST_ERRORS, MOST_TOKENS

_log = structlog.get_logger(__name__)


class UserErrorCode(Enum):
    """For programs to decide what to do about it."""

    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    REJECTED = "REJECTED"
    UNAVAILABLE = "UNAVAILABLE"
    CONFLICT = "CONFLICT"
    FORBIDDEN = "FORBIDDEN"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"


described(
    UserErrorCode,
    "What kind of error it is, for programs to decide what to do about it.",
    NOT_FOUND="Absent, or somebody else's.",
    INVALID="An argument is wrong; `field` names it.",
    ACTION_REQUIRED="Only the user can mend it: reconnect, grant a permission.",
    REJECTED="The other side said no and will say no again.",
    UNAVAILABLE="It did not work this time; it may later.",
    CONFLICT="It does not fit the present state.",
    FORBIDDEN="The role does not allow it.",
    LIMIT_EXCEEDED="More than is allowed.",
)

_CODES: dict[type[YardsignError], UserErrorCode] = {
    NotFound: UserErrorCode.NOT_FOUND,
    ActionRequired: UserErrorCode.ACTION_REQUIRED,
    Rejected: UserErrorCode.REJECTED,
    Unavailable: UserErrorCode.UNAVAILABLE,
    Invalid: UserErrorCode.INVALID,
    Conflict: UserErrorCode.CONFLICT,
    Overtaken: UserErrorCode.CONFLICT,
    Forbidden: UserErrorCode.FORBIDDEN,
    LimitExceeded: UserErrorCode.LIMIT_EXCEEDED,
    Refusal: UserErrorCode.INVALID,
    Several: UserErrorCode.INVALID,
}


def _code_of(error: YardsignError) -> UserErrorCode:
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), UserErrorCode.INVALID)


@strawberry.type(description="Something the user can read, and often mend.")
class UserError:
    """An error as data."""

    field: list[str] | None = strawberry.field(
        description="The path of the input that is wrong, outermost name first; null if none is."
    )
    message: str = strawberry.field(description="One sentence for the user.")
    code: UserErrorCode = strawberry.field(description="For programs.")
    reason: str | None = strawberry.field(
        default=None, description="A finer word for programs where there is one, as OUTCOME_NOT_FOUND."
    )

    @staticmethod
    def of(error: YardsignError) -> "UserError":
        """From an error of the domain."""
        path = [to_camel_case(name) for name in error.field]
        reason = error.reason if isinstance(error, Invalid) else None
        return UserError(field=path or None, message=error.message, code=_code_of(error), reason=reason)

    @staticmethod
    def all_of(error: YardsignError) -> "list[UserError]":
        """One for each thing that is wrong."""
        return [UserError.of(each) for each in (error.errors if isinstance(error, Several) else [error])]

    @staticmethod
    def of_failure(failure: Failure | None) -> "UserError | None":
        """From a failure that was stored with a thing."""
        if failure is None:
            return None
        word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", failure.code).upper()
        known = word in UserErrorCode.__members__
        code = UserErrorCode[word] if known else _REASONS.get(word, UserErrorCode.REJECTED)
        return UserError(field=None, message=failure.message, code=code, reason=None if known else word)


_REASONS = {
    "OUTCOME_NOT_FOUND": UserErrorCode.UNAVAILABLE,
    "OUTCOME_UNKNOWN": UserErrorCode.UNAVAILABLE,
    "THROTTLED": UserErrorCode.UNAVAILABLE,
    "RECONNECT": UserErrorCode.ACTION_REQUIRED,
    "REMOVE_BY_HAND": UserErrorCode.ACTION_REQUIRED,
}

_QUERY_CODES: dict[UserErrorCode, str] = {
    UserErrorCode.NOT_FOUND: "BAD_USER_INPUT",
    UserErrorCode.INVALID: "BAD_USER_INPUT",
    UserErrorCode.CONFLICT: "BAD_USER_INPUT",
    UserErrorCode.FORBIDDEN: "FORBIDDEN",
    UserErrorCode.LIMIT_EXCEEDED: "LIMIT_EXCEEDED",
}
# graphql-core's words, and the limits that they are about.
_TOO_LARGE: dict[str, tuple[str, int]] = {
    "Document contains more than": ("tokens", MOST_TOKENS),
    "nested too deeply. Parsing aborted": ("nesting", MAX_NESTING_DEPTH),
    "Maximum introspection depth exceeded": ("introspectionDepth", MAX_LIST_DEPTH),
    "Too many validation errors": ("errors", MOST_ERRORS),
    "Validation aborted": ("comparisons", MOST_COMPARISONS),
}
_LONGEST_MESSAGE = 500
"""In characters: many repeat what was sent."""

_REQUEST_FAULTS = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)


def answer(error: GraphQLError, *, suggestions: bool) -> GraphQLError:
    """What the client gets to see of an error: a code, and nothing internal.

    Faults are logged in full under a correlation id, which is all that is said of them beside the request's.
    """
    if error.extensions and "code" in error.extensions:
        return error
    cause = error.original_error
    if isinstance(cause, Unauthenticated):
        return _coded(error, str(cause), "UNAUTHENTICATED")
    if isinstance(cause, YardsignError) and (code := _QUERY_CODES.get(_code_of(cause))):
        return _coded(error, cause.message, code)
    if isinstance(cause, TimeoutError):
        return _coded(error, "This took too long and was given up.", "LIMIT_EXCEEDED")
    if isinstance(cause, RecursionError):
        message, nesting = "The document is nested too deeply.", MAX_NESTING_DEPTH
        return _coded(error, message, "LIMIT_EXCEEDED", limit="nesting", maximum=nesting)
    if isinstance(cause, ValueError) and error.path is None and error.nodes:
        # Of a literal, as an Int of 5,000 digits; Python's words for it are not the caller's.
        return _coded(error, "This is no value of its type.", "BAD_USER_INPUT")
    if not _blames_the_request(error, cause):
        return _fault(error)
    limit = error.path is None and next(
        (told for words, told in _TOO_LARGE.items() if words in error.message), None
    )
    if limit:
        return _coded(error, error.message, "LIMIT_EXCEEDED", limit=limit[0], maximum=limit[1])
    message = error.message if suggestions else re.sub(r" Did you mean .*\?$", "", error.message)
    return _coded(error, message, "BAD_USER_INPUT")


def _blames_the_request(error: GraphQLError, cause: Exception | None) -> bool:
    """Whether the document or its variables are wrong, not a value that a resolver answered."""
    if error.path is None:
        return cause is None or isinstance(cause, (GraphQLError, *_REQUEST_FAULTS))
    # graphql-core points at the argument (`nodes`) when that is wrong; a value that cannot be
    # serialized has no place in the document.
    return isinstance(cause, StrawberryInputCoercionError) or (
        isinstance(cause, GraphQLError) and bool(cause.nodes)
    )


def _fault(error: GraphQLError) -> GraphQLError:
    correlation_id = uuid.uuid4().hex
    cause = error.original_error or error
    request_id = get_contextvars().get("request_id")
    names = {"correlationId": correlation_id} | ({"requestId": request_id} if request_id else {})
    _log.error(
        "graph_fault",
        correlation_id=correlation_id,
        path=error.path,
        error=type(cause).__name__,
        trace="".join(traceback.format_exception(cause)),
    )
    return _coded(error, "Something went wrong on our side.", "INTERNAL", **names)


def _coded(error: GraphQLError, message: str, code: str, **further: str | int) -> GraphQLError:
    return GraphQLError(
        message[:_LONGEST_MESSAGE],
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code, **further},
    )
