"""Pages of a query, put together from what DynamoDB reads at a time."""

from adapters.tables.checks import EXAMINED
from adapters.tables.dynamodb_calls import Calls
from adapters.tables.dynamodb_requests import query_request
from adapters.tables.dynamodb_values import decode
from adapters.tables.ranges import Range, range_of
from adapters.tables.semantics import expired
from adapters.tables.table import Item, Page, Query, cursor

GROWTH = 4
"""With filters a read may find nothing: each further one of a page examines so many times more."""


async def read_page(calls: Calls, query: Query, now: float) -> Page:
    """One page; DynamoDB answers at most 1 MB at a time, so it may take several reads.

    One item more than the page holds is asked for, because only that tells whether there are more:
    LastEvaluatedKey is there even if nothing follows.
    """
    wanted = range_of(query)
    if _empty(wanted):
        return Page([], False, None)
    request = {"TableName": calls.table, **query_request(query)}
    items: list[Item] = []
    examined, most = 0, query.limit + 1 + wanted.low_open + wanted.high_open
    while True:
        answer = await calls.do("query", Limit=min(EXAMINED - examined, most), **request)
        examined += int(answer["ScannedCount"])
        items += [
            item
            for item in map(decode, answer["Items"])
            if not expired(item, now) and _within(wanted, str(item[query.index.sk]))
        ]
        if len(items) > query.limit:
            return Page(items[: query.limit], True, cursor(query.index, items[query.limit - 1]), examined)
        last = answer.get("LastEvaluatedKey")
        if last is None:
            return Page(items, False, None, examined)
        if examined >= EXAMINED or (query.filters and len(items) == query.limit):
            return Page(items, True, cursor(query.index, decode(last)), examined)
        request["ExclusiveStartKey"] = last
        most = most * GROWTH if query.filters else query.limit + 1 - len(items)


def _empty(wanted: Range) -> bool:
    """Whether the cursor has left nothing of the range: DynamoDB takes no bounds the wrong way round."""
    return (
        wanted.low is not None
        and wanted.high is not None
        and wanted.low >= wanted.high
        and (wanted.low > wanted.high or wanted.low_open or wanted.high_open)
    )


def _within(wanted: Range, position: str) -> bool:
    """Whether a sort key is no bound that is left out; nothing beyond the bounds is read."""
    return not (
        (wanted.low_open and position == wanted.low) or (wanted.high_open and position == wanted.high)
    )
