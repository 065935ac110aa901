"""Numbers that may depend on an operation's variables: made once for a document, worked out for each request."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from schema.cost_table import DAYS_READ

Variables: TypeAlias = Mapping[str, Any]
Term: TypeAlias = int | Callable[[Variables], int]
"""A number, or what makes one of an operation's variables."""

Conditions: TypeAlias = frozenset[tuple[str, bool]]
"""Variables by name, and the value that each must have."""


def total(terms: Iterable[Term]) -> Term:
    """All together."""
    certain, uncertain = 0, []
    for term in terms:
        if isinstance(term, int):
            certain += term
        else:
            uncertain.append(term)
    if not uncertain:
        return certain
    if len(uncertain) == 1:
        [only] = uncertain
        return (lambda variables: certain + only(variables)) if certain else only
    return lambda variables: certain + sum([term(variables) for term in uncertain])


def product(count: Term, each: Term) -> Term:
    """So many times."""
    if isinstance(count, int) and isinstance(each, int):
        return count * each
    if isinstance(count, int):
        return each if count == 1 else (lambda variables: count * value_of(each, variables))
    return lambda variables: count(variables) * value_of(each, variables)


def dearest(terms: list[Term]) -> Term:
    """The greatest; 0 of none."""
    certain = max([term for term in terms if isinstance(term, int)], default=0)
    uncertain = [term for term in terms if not isinstance(term, int)]
    if not uncertain:
        return certain
    return lambda variables: max(certain, *[term(variables) for term in uncertain])


def months(days: Term) -> Term:
    """What it weighs to add up so many days."""
    if isinstance(days, int):
        return days // DAYS_READ
    return lambda variables: days(variables) // DAYS_READ


def only_when(conditions: Conditions, term: Term, defaults: Variables) -> Term:
    """The term if all the variables have these values; one that is no truth value refuses the operation later."""
    if term == 0:
        return 0
    wanted = [(name, value, defaults.get(name)) for name, value in conditions]

    def chosen(variables: Variables) -> int:
        for name, value, default in wanted:
            if variables.get(name, default) is (not value):
                return 0
        return value_of(term, variables)

    return chosen


def value_of(term: Term, variables: Variables) -> int:
    """The number."""
    return term if isinstance(term, int) else term(variables)
