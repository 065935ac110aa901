"""The figures of a post from Meta's insights, of which one name that is not valid fails all that are asked with it."""

from collections.abc import Sequence

from adapters.social.graph_api import GraphApi, Json
from adapters.social.meta_errors import GraphFault, Kind


async def figures(graph: GraphApi, token: str, post_id: str, names: Sequence[str]) -> dict[str, int]:
    """The values of a post's metrics by name, asked for together and, if that fails, each by itself.

    Names that are not valid, or have no whole number as value, are left out. Raises `GraphFault` for all that
    is not about names.
    """
    try:
        return await _asked(graph, token, post_id, names)
    except GraphFault as fault:
        if fault.kind is not Kind.REJECTED:
            raise
    found: dict[str, int] = {}
    for name in names:
        try:
            found |= await _asked(graph, token, post_id, [name])
        except GraphFault as fault:
            if fault.kind is not Kind.REJECTED:
                raise
    return found


async def _asked(graph: GraphApi, token: str, post_id: str, names: Sequence[str]) -> dict[str, int]:
    answer = await graph.get(f"{post_id}/insights", token, metric=",".join(names))
    values = {item["name"]: _latest(item) for item in answer["data"]}
    return {name: value for name, value in values.items() if name in names and value is not None}


def _latest(item: Json) -> int | None:
    """Of a lifetime there is one value; newer metrics tell it as a total."""
    value = item["values"][-1]["value"] if item.get("values") else item["total_value"]["value"]
    return value if isinstance(value, int) else None
