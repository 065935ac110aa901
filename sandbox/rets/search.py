"""Search of the sandbox RETS server: DMQL2 over the homes, answered in COMPACT or COMPACT-DECODED."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from sandbox.mls.state import State
from sandbox.rets.criteria import Clock
from sandbox.rets.dmql import compile_query
from sandbox.rets.fields import CLASSES, ONE_CLASS, Column, Row, class_of, columns_of
from sandbox.rets.habits import Habits
from sandbox.rets.replies import Declined, answer, columns, document, element
from sandbox.rets.values import shown

Arguments = Mapping[str, str]
_FORMATS = ("COMPACT", "COMPACT-DECODED")


@dataclass(frozen=True)
class _Asked:
    """What a search asks for, by the columns' names that count in it."""

    class_name: str
    columns: list[Column]
    names: Mapping[str, Column]
    count: str
    limit: int | None
    offset: int
    decoded: bool


class Search:
    """The Search transaction."""

    def __init__(self, state: State, habits: Habits, now: Callable[[], datetime]) -> None:
        self._state = state
        self._habits = habits
        self._clock = Clock(now, habits.zone)

    def answer(self, arguments: Arguments) -> Response:
        """The answer to a search. Raises Declined."""
        asked = self._asked(arguments)
        query = arguments.get("query", "")
        matches = compile_query(query, lambda name: _column(asked.names, name), self._clock)
        rows = [home.row for home in self._state.all()]
        found = [row for row in rows if self._has(asked.class_name, row) and matches(row)]
        if self._habits.order == "modified":
            found.sort(key=lambda row: str(row.get("ModificationTimestamp")))
        return answer(self._reply(asked, found), self._habits.encoding)

    def _asked(self, arguments: Arguments) -> _Asked:
        if arguments.get("searchtype") != "Property":
            raise Declined(20203, "there is no such resource to search")
        class_name, form = arguments.get("class", ""), arguments.get("format", "COMPACT-DECODED")
        if class_name not in ({ONE_CLASS} if self._habits.one_class else CLASSES):
            raise Declined(20203, f"there is no class {class_name}")
        if arguments.get("querytype") != "DMQL2":
            raise Declined(20203, "QueryType must be DMQL2")
        if form not in _FORMATS:
            raise Declined(20203, f"the format {form} is not served")
        count = arguments.get("count", "0")
        if count not in ("0", "1", "2"):
            raise Declined(20203, "Count is 0, 1 or 2")
        standard = arguments.get("standardnames", "0") == "1"
        names = self._names(standard)
        return _Asked(
            class_name=class_name,
            columns=_selected(arguments.get("select", ""), names),
            names=names,
            count=count,
            limit=None
            if arguments.get("limit", "NONE").upper() == "NONE"
            else _whole(arguments, "limit", "0"),
            offset=_whole(arguments, "offset", "1") if self._habits.offset else 1,
            decoded=form == "COMPACT-DECODED",
        )

    def _names(self, standard: bool) -> dict[str, Column]:
        own = columns_of(self._habits)
        if not standard:
            return {column.name: column for column in own}
        return {column.reso: column for column in own} if self._habits.standard_names else {}

    def _has(self, class_name: str, row: Row) -> bool:
        return class_name == ONE_CLASS or class_of(row) == class_name

    def _reply(self, asked: _Asked, found: list[Row]) -> str:
        count = f'<COUNT Records="{len(found)}"/>\n' if asked.count != "0" else ""
        if asked.count == "2":
            return document(0 if found else 20201, count)
        limit = len(found) if asked.limit is None else asked.limit
        page = found[max(asked.offset - 1, 0) :][: min(limit, self._habits.max_rows)]
        if not page:
            return self._nothing(asked, count)
        cut = asked.offset - 1 + len(page) < len(found)
        by_server = cut and limit > self._habits.max_rows
        code = int(self._habits.over_limit) if by_server else 0
        return document(code, count + self._table(asked, page) + ("<MAXROWS/>\n" if cut else ""))

    def _table(self, asked: _Asked, page: list[Row]) -> str:
        habits = self._habits
        known = {column: name for name, column in asked.names.items()}
        rows = [
            [shown(column, row, habits, decoded=asked.decoded) for column in asked.columns] for row in page
        ]
        names = [known[column] for column in asked.columns]
        declared = f'<DELIMITER value="{habits.delimiter:02X}"/>\n'
        return declared + columns(names, rows, chr(habits.delimiter))

    def _nothing(self, asked: _Asked, count: str) -> str:
        if self._habits.empty == "code":
            return document(20201, count)
        return document(0, count + self._table(asked, []) + element(20201, name="RETS-STATUS") + "/>\n")


def _selected(select: str, names: Mapping[str, Column]) -> list[Column]:
    """The columns asked for, all if none; in the table's order, whatever that of the names is."""
    wanted = {name.strip() for name in select.split(",") if name.strip()}
    unknown = sorted(wanted - names.keys())
    if unknown:
        raise Declined(20202, f"there is no field {unknown[0]}")
    return [column for name, column in names.items() if not wanted or name in wanted]


def _column(names: Mapping[str, Column], name: str) -> Column:
    if name not in names:
        raise Declined(20200, f"there is no field {name}")
    return names[name]


def _whole(arguments: Arguments, name: str, default: str) -> int:
    text = arguments.get(name, default)
    if not (text.isascii() and text.isdecimal()):
        raise Declined(20203, f"{name} is no whole number")
    return int(text)
