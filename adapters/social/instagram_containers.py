"""Instagram's containers: what a post is made of before it is up, and the way until it is finished.

https://developers.facebook.com/docs/instagram-platform/content-publishing
"""

import json
import re
from dataclasses import asdict, dataclass, replace

from adapters.social.graph_api import GraphApi
from adapters.social.meta_errors import GraphFault, Kind, kind_of_subcode
from domain.entities.post import Draft, Prepared
from domain.errors import Rejected, Unavailable

POLL_SECONDS = 60.0
MOST_POLLS = 5
MOST_ROUNDS = 3
_QUOTA_SECONDS = 21_600.0  # room comes back post by post over a day, and nobody tells when
_SUBCODE = re.compile(r"\b22\d{5}\b")


@dataclass(frozen=True, slots=True)
class Step:
    """How far the post has come.

    Attributes:
        container: Instagram's id of it.
        polls: how often it was found to be in progress.
        rounds: how many containers there have been, because one expired or failed in passing.
    """

    container: str
    polls: int = 0
    rounds: int = 1

    @classmethod
    def read(cls, text: str) -> "Step":
        """The step that `text` wrote."""
        return cls(**json.loads(text))

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))


class Containers:
    """The containers of any account; nobody can see them, and they end by themselves after a day.

    All calls raise `GraphFault` and what `GraphApi` raises besides.
    """

    def __init__(self, graph: GraphApi) -> None:
        self._graph = graph

    async def begin(self, token: str, draft: Draft) -> Step:
        """Make the container of a draft, if the day has room for its post; else raises `Unavailable`.

        Whoever fails in between begins again, since containers that are not published cost nothing.
        """
        if len(draft.photo_urls) != len(draft.photos):
            raise Rejected("Instagram has to fetch the photos, and they have no address.")
        await self._check_quota(token, draft.account_id)
        if len(draft.photos) == 1:
            return Step(await self._create(token, draft, {"caption": draft.text} | _photo(draft, 0)))
        parts = [
            await self._create(token, draft, {"is_carousel_item": "true"} | _photo(draft, place))
            for place in range(len(draft.photos))
        ]
        whole = {"media_type": "CAROUSEL", "children": ",".join(parts), "caption": draft.text}
        return Step(await self._create(token, draft, whole))

    async def advance(self, token: str, draft: Draft, step: Step) -> Prepared | None:
        """Ask how the container is; None if it is published.

        Raises:
            Rejected: it failed for good.
            Unavailable: it takes longer than Instagram says it may.
        """
        state, said = await self._status(token, step.container)
        match state:
            case "FINISHED":
                return Prepared(step=step.text())
            case "PUBLISHED":
                return None
            case "IN_PROGRESS":
                return _later(step)
            case "EXPIRED" | "UNSEEN":
                return await self._anew(token, draft, step, "Instagram let the photos expire.")
        subcode = int(found[0]) if (found := _SUBCODE.search(said)) else None
        message = f"Instagram could not take the photos: {said[:200] or state}"
        if subcode is not None and kind_of_subcode(subcode) is not Kind.REJECTED:
            return await self._anew(token, draft, step, message)
        raise Rejected(message)

    async def may_be_published(self, token: str, step: Step) -> bool:
        """Whether the container is published, or cannot be asked any more."""
        state, _ = await self._status(token, step.container)
        return state in ("PUBLISHED", "UNSEEN")

    async def _anew(self, token: str, draft: Draft, step: Step, why: str) -> Prepared:
        if step.rounds >= MOST_ROUNDS:
            raise Rejected(why)
        fresh = await self.begin(token, draft)
        return Prepared(step=replace(fresh, rounds=step.rounds + 1).text(), wait=0)

    async def _status(self, token: str, container: str) -> tuple[str, str]:
        """The state, UNSEEN if there is none to see, and what Instagram says about it."""
        try:
            answer = await self._graph.get(container, token, fields="status_code,status")
        except GraphFault as fault:
            if fault.kind is Kind.GONE:
                return "UNSEEN", fault.message
            raise
        return str(answer["status_code"]), str(answer.get("status", ""))

    async def _create(self, token: str, draft: Draft, form: dict[str, str]) -> str:
        answer = await self._graph.post(f"{draft.account_id}/media", token, form)
        if not isinstance(answer.get("id"), str):
            raise Unavailable("Instagram took a photo without naming it.")
        return str(answer["id"])

    async def _check_quota(self, token: str, account_id: str) -> None:
        answer = await self._graph.get(
            f"{account_id}/content_publishing_limit", token, fields="quota_usage,config"
        )
        now = answer["data"][0]
        used, total = now["quota_usage"], now["config"]["quota_total"]
        if used >= total:
            message = f"Instagram takes {total} posts in 24 hours, and there were {used}."
            raise Unavailable(message, retry_after=_QUOTA_SECONDS)


def _later(step: Step) -> Prepared:
    polls = step.polls + 1
    if polls >= MOST_POLLS:
        raise Unavailable("Instagram takes longer than usual over the photos.", retry_after=POLL_SECONDS)
    return Prepared(step=replace(step, polls=polls).text(), wait=POLL_SECONDS)


def _photo(draft: Draft, place: int) -> dict[str, str]:
    alt_text = draft.alt_texts[place] if place < len(draft.alt_texts) else None
    return {"image_url": draft.photo_urls[place]} | ({"alt_text": alt_text} if alt_text else {})
