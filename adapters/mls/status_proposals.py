"""Proposes what an MLS's own statuses mean in RESO's lookup StandardStatus (Data Dictionary 2.0)."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_KNOWN = {
    "Active": (
        "a", "act", "actv", "new", "new listing", "active new", "price change", "price changed", "price decrease",
        "price increase", "price reduced", "back on market", "bom", "reactivated", "extended", "for sale",
        "for rent", "for lease", "available", "pcg", "rac", "ext",
    ),
    "Active Under Contract": (
        "active contingent", "contingent", "ctg", "active with contingency", "active with contract", "auc",
        "active option contract", "active kick out", "active with offer", "accepting backups", "accepting backup offers",
        "pending taking backups", "active backup", "act cont", "active first right", "contingent show",
    ),
    "Pending": (
        "p", "pnd", "pend", "pending sale", "under contract", "uc", "under agreement", "uag", "sale pending",
        "pending do not show", "pending no show", "contingent no show", "in escrow",
    ),
    "Closed": (
        "s", "sld", "cls", "clsd", "sold", "closed sale", "settled", "leased", "rented", "lsd", "rnt",
    ),
    "Expired": ("x", "e", "exp", "expd", "expired listing"),
    "Canceled": ("can", "cancelled", "canc", "cancelled listing", "terminated", "ter", "released"),
    "Withdrawn": ("w", "wth", "wdn", "withdraw", "withdrawn unconditional", "withdrawn conditional"),
    "Hold": ("h", "hld", "on hold", "temporarily off market", "temp off market", "tom", "toff"),
    "Coming Soon": ("cs", "com", "coming soon no showing"),
    "Delete": ("del", "deleted"),
    "Incomplete": ("inc", "draft", "partial", "unfinished"),
}  # fmt: skip

_ALIKE = 90.0
"""Of 100, for longer words only: it forgives a slip of the pen, and tells Withdrawn from Drawn."""

_LONG = 6


def propose_statuses(values: Iterable[str]) -> dict[str, str]:
    """A map for the connection's `statusMap`: the MLS's status -> the standard one.

    A status is left out when it could mean several things ("C": Closed, Canceled, Contingent) or is not known:
    what it stands for decides whether posts come down, so it is for the user to say.
    """
    found = {value: standard_status(value) for value in values}
    return {value: name for value, name in found.items() if name is not None}


def standard_status(value: str) -> str | None:
    """RESO's name for one status of an MLS, or None if that is not clear."""
    word = plain(value)
    exact = _MEANINGS.get(word)
    if exact is not None or len(word) < _LONG:
        return exact
    near = process.extract(word, _LONG_WORDS, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=3)
    names = {_MEANINGS[match] for match, _, _ in near}
    return names.pop() if len(names) == 1 else None


def is_standard(value: str) -> bool:
    """Whether it is one of the lookup's own values, in either of its spellings."""
    return plain(value) in _STANDARD


def plain(text: str) -> str:
    """A status for comparison: without regard to case and to what is no letter or digit."""
    return "".join(filter(str.isalnum, text)).casefold()


_STANDARD = frozenset(map(plain, _KNOWN))
_MEANINGS = {plain(word): name for name, words in _KNOWN.items() for word in (name, *words)}
_LONG_WORDS = [word for word in _MEANINGS if len(word) >= _LONG]
