"""Texts of posts from templates in Liquid (https://shopify.github.io/liquid/), which anybody may write.

A template sees the values it is given and nothing of Python: paths look things up by key, never by attribute.
Of Liquid's tags and filters only those that a text needs are there; nothing reads files or other templates.
What is left is bounded: the template's length, the loops, the text, and whatever a filter takes or makes.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice

from liquid import BoundTemplate, Environment, RenderContext, StrictUndefined
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import Filter, FilteredExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    echo_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import (
    LiquidError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    UndefinedError,
)
from liquid.expression import Expression
from liquid.static_analysis import Variable

from adapters.templates_filters import FILTERS, TooMuch
from domain.errors import Rejected

LONGEST = 5_000
"""Characters of a template."""

STEPS = 20_000
"""So many elements of a template may be rendered in loops; a filter counts as `_FILTER` of them."""

_FILTER = 10

_TAGS = (
    content.Literal,
    output.Output,
    illegal.Illegal,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    case_tag.CaseTag,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
    echo_tag.EchoTag,
    for_tag.ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    if_tag.IfTag,
    unless_tag.UnlessTag,
)
_ENDS = re.compile("[}%]}")
_MOST_TRIED = 100  # tags, for the place of an error
_DESERT = re.compile(r"\s{200}")
_MOST_NAMED = 5  # names in one message
_MOST_SAID = 300  # characters of the library's message


class LiquidTemplates:
    """Implements `domain.ports.Templates`."""

    def __init__(self) -> None:
        self._environment = _environment()

    async def render(self, template: str, variables: Mapping[str, object]) -> str:
        """In a thread, so that a template that takes as long as it may holds nobody up."""
        return await asyncio.to_thread(self._render, template, variables)

    def _render(self, template: str, variables: Mapping[str, object]) -> str:
        _check_form(template)
        try:
            parsed = self._environment.from_string(template)
            _check(parsed, template, variables)
            return parsed.render(variables).strip()
        except Rejected:
            raise
        except LoopIterationLimitError:
            raise Rejected("The template loops too often.") from None
        except (OutputStreamLimitError, LocalNamespaceLimitError, TooMuch):
            raise Rejected("The template makes a text that is too long.") from None
        except LiquidError as error:
            raise Rejected(self._told(error, template)) from error
        except RecursionError:
            raise Rejected("The template nests too deep.") from None
        except Exception as error:  # whatever a filter's arithmetic leads to
            raise Rejected("The template cannot be carried out.") from error

    def _told(self, error: LiquidError, template: str) -> str:
        words = str(error.message or "it is not Liquid")[:_MOST_SAID]
        if isinstance(error, UndefinedError):
            words = f"there is no such variable: {words}"
        place = error.token.start_index if error.token else -1
        return f"{_line(template, place if place >= 0 else self._place(error, template))}: {words}."

    def _place(self, error: LiquidError, template: str) -> int:
        """Where the first tag ends with which the template has the error, if the library does not know it."""
        ends = [tag.start() for tag in islice(_ENDS.finditer(template), _MOST_TRIED)]
        return next((end for end in ends if self._is_wrong(template[: end + 2], error)), len(template))

    def _is_wrong(self, template: str, error: LiquidError) -> bool:
        try:
            self._environment.from_string(template)
        except LiquidError as found:
            return str(found.message) == str(error.message)
        return False


class _Context(RenderContext):
    """Counts the rounds of all loops together; the library's own limit is for those within each other."""

    rounds = 0

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """At the beginning of each loop."""
        self.rounds += length
        if self.rounds > STEPS // _weight(self.template):
            raise LoopIterationLimitError("too many rounds", token=None)


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template
    output_stream_limit = 200_000
    local_namespace_limit = 500_000
    context_depth_limit = 20
    block_nesting_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only those that are named here."""
        for tag in _TAGS:
            self.add_tag(tag)
        self.filters.update(FILTERS)


@cache
def _environment() -> _Environment:
    """One for all: to make it costs milliseconds, and nothing changes it."""
    return _Environment(undefined=StrictUndefined)


def _check_form(template: str) -> None:
    """Raises `Rejected` for what the library's lexer, which is a regular expression, would take minutes to read:
    what is opened and never closed, and deserts of white space."""
    if len(template) > LONGEST:
        raise Rejected(f"A template has at most {LONGEST:,} characters.")
    if _DESERT.search(template):
        raise Rejected("The template has too much white space in one place.")
    for begin, end in (("{{", "}}"), ("{%", "%}")):
        last = template.rfind(begin)
        if template.find(end, last + 2) < 0 <= last:
            raise Rejected(f"{_line(template, last)}: {begin} is not closed by {end}.")


def _check(parsed: BoundTemplate, template: str, variables: Mapping[str, object]) -> None:
    """Raises `Rejected` for whatever is named and does not exist, in branches that are not taken too."""
    if any(isinstance(part, RangeLiteral) for part in _parts(parsed)):
        raise Rejected("The template counts through a range; loops go through lists only.")
    analysis = parsed.analyze(include_partials=False)
    wrong = [
        (variable.span.index, f"there is no variable {variable}")
        for named in analysis.globals.values()
        for variable in named
        if not _exists(variable, variables)
    ]
    wrong += [
        (span.index, f"there is no filter {name}")
        for name, spans in analysis.filters.items()
        if name not in FILTERS
        for span in spans
    ]
    if wrong:
        said = [f"{_line(template, place)}: {what}." for place, what in sorted(wrong)]
        raise Rejected(" ".join(said[:_MOST_NAMED])[: _MOST_NAMED * _MOST_SAID])


def _exists(variable: Variable, variables: Mapping[str, object]) -> bool:
    place: object = variables
    for index, segment in enumerate(variable.segments):
        if isinstance(place, Mapping) and isinstance(segment, str) and segment in place:
            place = place[segment]
        else:
            # Lists and texts have a length, and lists a beginning and an end, but no further names in them.
            known = ("size", "first", "last") if isinstance(place, list) else ("size",)
            return index == len(variable.segments) - 1 and segment in known and isinstance(place, (str, list))
    return type(place) is not dict  # which would show everything that is known, in Python's words


def _parts(parsed: BoundTemplate) -> Iterator[object]:
    """All nodes, expressions and filters."""
    context = RenderContext(parsed)
    rest: list[object] = [*parsed.nodes]
    while rest:
        part = rest.pop()
        yield part
        if isinstance(part, Node):
            rest += [*part.children(context), *part.expressions()]
        elif isinstance(part, Expression):
            rest += part.children()
            if isinstance(part, FilteredExpression):
                rest += part.filters or ()


def _weight(parsed: BoundTemplate) -> int:
    return sum(_FILTER if isinstance(part, Filter) else 1 for part in _parts(parsed)) or 1


def _line(template: str, place: int) -> str:
    return f"Line {template.count(chr(10), 0, place) + 1} of the template"
