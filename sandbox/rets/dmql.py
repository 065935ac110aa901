"""Parses DMQL2, the query language of RETS, into predicates over rows.

Grammar: RETS 1.7.2, section 7.7: criteria in parentheses, `,` or AND, `|` or OR, `~` or NOT.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.rets.criteria import Clock, Predicate, criterion
from sandbox.rets.fields import Column
from sandbox.rets.replies import Declined

_FIELD = re.compile(r"\s*([A-Za-z_][\w.]*)\s*=")
# Parentheses and commas within a string literal do not count; two quotes within it are one.
_VALUE = re.compile(r'((?:"(?:[^"]|"")*"|[^"()])*)\)')
_DEEPEST = 40


def compile_query(text: str, column: Callable[[str], Column], clock: Clock) -> Predicate:
    """What a query asks of a row.

    `column` gives the column of a field's name. Raises Declined: 20206 for what is no DMQL2, and what `column`
    raises for a name it does not know.
    """
    parser = _Parser(text, column, clock)
    predicate = parser.alternatives(0)
    if not parser.at_end():
        raise parser.wrong()
    return predicate


@dataclass
class _Parser:
    text: str
    column: Callable[[str], Column]
    clock: Clock
    place: int = 0

    def alternatives(self, depth: int) -> Predicate:
        """Terms joined by OR."""
        terms = [self._conjunction(depth)]
        while self._takes("|", "OR"):
            terms.append(self._conjunction(depth))
        return terms[0] if len(terms) == 1 else lambda row: any(term(row) for term in terms)

    def _conjunction(self, depth: int) -> Predicate:
        terms = [self._element(depth)]
        while self._takes(",", "AND"):
            terms.append(self._element(depth))
        return terms[0] if len(terms) == 1 else lambda row: all(term(row) for term in terms)

    def _element(self, depth: int) -> Predicate:
        if depth > _DEEPEST:
            raise self.wrong()
        if self._takes("~", "NOT"):
            positive = self._element(depth + 1)
            return lambda row: not positive(row)
        if not self._takes("("):
            raise self.wrong()
        field = _FIELD.match(self.text, self.place)
        if field is not None:
            return self._criterion(field)
        inner = self.alternatives(depth + 1)
        if not self._takes(")"):
            raise self.wrong()
        return inner

    def _criterion(self, field: re.Match[str]) -> Predicate:
        column = self.column(field[1])
        value = _VALUE.match(self.text, field.end())
        if value is None:
            raise self.wrong()
        self.place = value.end()
        return criterion(column, value[1].strip(), self.clock)

    def at_end(self) -> bool:
        """Whether nothing but blanks is left."""
        return not self.text[self.place :].strip()

    def wrong(self) -> Declined:
        """What to raise where the text is not as the grammar has it."""
        return Declined(20206, f"near character {self.place + 1}")

    def _takes(self, *tokens: str) -> bool:
        """Move behind one of these tokens if it comes next; words end where letters do."""
        rest = self.text[self.place :]
        blanks = len(rest) - len(rest.lstrip())
        for token in tokens:
            end = blanks + len(token)
            word = token.isalpha() and rest[end : end + 1].isalnum()
            if rest[blanks:end].upper() == token and not word:
                self.place += end
                return True
        return False
