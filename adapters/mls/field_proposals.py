"""Guesses from an MLS's metadata which of its fields stands for which of ours."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from adapters.mls.field_names import READ_FROM
from adapters.mls.field_words import WANTED, Kind, Wanted
from adapters.mls.status_proposals import standard_status
from domain.entities.mls import SourceField

_ALIKE = 90.0
"""Of 100: how alike two names must be for a guess. Below it, "List Price" and "Lot Price" are one."""

_LONG = 6
"""Characters: shorter names are alike by chance."""

_STANDARD, _NAME, _TITLE, _VALUES, _GUESS = 100.0, 96.0, 92.0, 88.0, 80.0
_LATER_WORD, _WEAK_TYPE = 0.1, 5.0

# A name with one of these is of another thing than the same name without it.
_TELLING = frozenset(
    {"agent", "alt", "basement", "branded", "buyer", "buyers", "close", "closed", "co", "colist", "colisting",
     "coselling", "cumulative", "fax", "first", "full", "guest", "half", "high", "last", "legal", "level", "low",
     "max", "member", "min", "mobile", "office", "old", "original", "owner", "photo", "prev", "previous", "price",
     "private", "public", "rent", "room", "search", "sell", "seller", "selling", "sold", "source", "temp", "tenant",
     "test", "unbranded", "unit", "year"}
)  # fmt: skip

_KINDS = {
    "character": Kind.TEXT,
    "edm.string": Kind.TEXT,
    "int": Kind.NUMBER,
    "tiny": Kind.NUMBER,
    "small": Kind.NUMBER,
    "long": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "edm.decimal": Kind.NUMBER,
    "edm.double": Kind.NUMBER,
    "edm.byte": Kind.NUMBER,
    "edm.int16": Kind.NUMBER,
    "edm.int32": Kind.NUMBER,
    "edm.int64": Kind.NUMBER,
    "date": Kind.DATE,
    "edm.date": Kind.DATE,
    "datetime": Kind.MOMENT,
    "edm.datetimeoffset": Kind.MOMENT,
    "boolean": Kind.FLAG,
    "edm.boolean": Kind.FLAG,
}

# Besides its own kind, and besides text, in which anything may be written.
_ALSO = {
    Kind.TEXT: {Kind.NUMBER},
    Kind.DATE: {Kind.MOMENT},
    Kind.MOMENT: {Kind.DATE},
    Kind.FLAG: set[Kind](),
    Kind.NUMBER: set[Kind](),
}

_PROPERTY_TYPES = (
    "residential",
    "land",
    "commercial",
    "farm",
    "rental",
    "multifamily",
    "condo",
    "singlefamily",
)


@dataclass(frozen=True, slots=True)
class _Named:
    """A field, or a word to look for, with its forms for comparison."""

    plain: str
    telling: frozenset[str]


def propose(fields: Iterable[SourceField], read: Collection[str]) -> dict[str, str]:
    """The MLS's field -> our field (or RESO's), for those not among `read`; each of the two at most once.

    Evidence, best first: the standard name in the metadata, the field's own name, its title, the values of its
    lookup, then likeness. A field whose type cannot hold the value is never proposed.
    """
    wanted = [each for each in WANTED if not _is_read(each, read)]
    scored = [
        (score, -place, field.name, each.target)
        for field in fields
        for place, each in enumerate(wanted)
        if (score := _score(field, each)) > 0
    ]
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, source, target in sorted(scored, key=lambda found: (-found[0], -found[1])):
        if source not in chosen and target not in taken:
            chosen[source] = target
            taken.add(target)
    if "StreetName" in taken:
        # The parts are the better address.
        chosen = {source: target for source, target in chosen.items() if target != "address.street"}
    return chosen


def _is_read(wanted: Wanted, read: Collection[str]) -> bool:
    """Whether it is read already, or what it is a part of is: a whole address needs no parts."""
    whole = next((ours for ours, names in READ_FROM.items() if wanted.target in names), None)
    if wanted.target.startswith("Street"):
        whole = "address.street"
    return wanted.target in read or (whole is not None and whole in read and whole != "features")


def _score(field: SourceField, wanted: Wanted) -> float:
    kind = _KINDS.get((field.type or "").casefold())
    if (
        kind is not None
        and kind is not wanted.kind
        and kind is not Kind.TEXT
        and kind not in _ALSO[wanted.kind]
    ):
        return 0.0
    score = max(_by_words(field, wanted), _by_values(field, wanted))
    if kind is Kind.TEXT and wanted.kind is not Kind.TEXT:
        # A guess at the name is not held up by a type that may hold anything.
        score = score - _WEAK_TYPE if score > _GUESS else 0.0
    return score if _values_agree(field, wanted) else 0.0


def _by_words(field: SourceField, wanted: Wanted) -> float:
    words = _FORMS[wanted.target]
    given = ((field.standard_name, _STANDARD), (field.name, _NAME), (field.title, _TITLE))
    best = 0.0
    for text, worth in given:
        named = _named(text or "")
        if not named.plain:
            continue
        if named.plain in words:
            best = max(best, worth - _LATER_WORD * list(words).index(named.plain))
        elif worth != _STANDARD and not best:
            best = max(best, _likeness(named, words))
    return best


def _likeness(named: _Named, words: dict[str, _Named]) -> float:
    if len(named.plain) < _LONG:
        return 0.0
    near = [
        fuzz.ratio(named.plain, word.plain, score_cutoff=_ALIKE)
        for word in words.values()
        if len(word.plain) >= _LONG and word.telling == named.telling
    ]
    return _GUESS * max(near, default=0.0) / 100


def _by_values(field: SourceField, wanted: Wanted) -> float:
    """A lookup of nothing but statuses is the status, whatever it is called."""
    if wanted.target != "status" or len(field.values) < 3:
        return 0.0
    known = [standard_status(value) for value in field.values]
    return _VALUES if None not in known and {"Active", "Closed"} <= set(known) else 0.0


def _values_agree(field: SourceField, wanted: Wanted) -> bool:
    """Whether the lookup's values, if there are any, are of the right sort, as far as that can be told."""
    if not field.values or wanted.target not in ("status", "propertyType"):
        return True
    if wanted.target == "status":
        return any(standard_status(value) for value in field.values)
    plain = [_named(value).plain for value in field.values]
    return any(word in value for value in plain for word in _PROPERTY_TYPES)


def _named(text: str) -> _Named:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|#", text)
    plain = "".join(filter(str.isalnum, text.replace("#", "number"))).casefold()
    return _Named(plain, frozenset(map(str.casefold, words)) & _TELLING)


_FORMS = {each.target: {form.plain: form for form in map(_named, each.words)} for each in WANTED}
