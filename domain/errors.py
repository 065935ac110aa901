"""What can go wrong, in the domain's words.

    YardsignError
    ├── NotFound         absent, or not yours: the two are never told apart
    ├── ActionRequired   only the user can mend it: reconnect, grant a permission
    ├── Rejected         the other side said no and will say no again
    ├── Unavailable      later: it may work when tried again
    ├── Several          more than one of these at once
    └── Refusal          our own rules say no
        ├── Invalid        an argument is wrong
        ├── Conflict       it does not fit the present state, or another writer was faster
        ├── Overtaken      somebody else has taken over the work
        ├── Forbidden      the role does not allow it
        └── LimitExceeded  more than is allowed

Adapters raise the first four only, repositories also `Conflict` (the version has moved on) and `Overtaken`
(the fence has been passed); rules and use cases may raise any.
"""

from collections.abc import Sequence


class YardsignError(Exception):
    """Every error the domain knows.

    Attributes:
        message: one sentence for the user; never holds a secret.
        field: the path of the input that is wrong, outermost name first; empty if none is.
    """

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(YardsignError):
    """The thing is absent or belongs to somebody else."""


class ActionRequired(YardsignError):
    """Only the user can mend this, for example by connecting an account again."""


class Rejected(YardsignError):
    """The other side refused for good; the same request will be refused again."""


class Unavailable(YardsignError):
    """It did not work this time.

    Attributes:
        retry_after: seconds the other side asked us to wait, or None.
        outcome_unknown: True if the request may have taken effect although no answer came.
        asked: False if it was too early, so that nobody was asked at all: that was no attempt.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
        asked: bool = True,
        field: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, field=field)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        self.asked = asked


class Refusal(YardsignError):
    """Our own rules say no."""


class Invalid(Refusal):
    """An argument is wrong; `field` names it.

    Attributes:
        reason: a finer word for programs, for example `TEXT_TOO_LONG`, or None.
    """

    def __init__(self, message: str, *, field: tuple[str, ...] = (), reason: str | None = None) -> None:
        super().__init__(message, field=field)
        self.reason = reason


class Conflict(Refusal):
    """The request does not fit the present state of the thing, or another writer was faster."""


class Overtaken(Refusal):
    """Somebody else has taken over the work; what was about to be written is not."""


class Forbidden(Refusal):
    """The user's role does not allow this."""


class LimitExceeded(Refusal):
    """More than is allowed was asked for."""


class Several(YardsignError):
    """More than one thing is wrong, and the user is told of all of them at once."""

    def __init__(self, errors: Sequence[YardsignError]) -> None:
        super().__init__(" ".join(error.message for error in errors))
        self.errors = tuple(errors)


def together(errors: Sequence[YardsignError]) -> YardsignError:
    """The only one of them, or `Several`; each is told once."""
    told = {(type(error), error.message, error.field): error for error in errors}
    first, *others = told.values()
    return Several([first, *others]) if others else first
