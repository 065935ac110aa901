"""Facebook Pages over the Graph API: consent, posts with photos, finding them again, removal."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from adapters.social.graph_api import GraphApi, Json
from adapters.social.meta_errors import GraphFault, Kind, certain
from adapters.social.meta_insights import figures
from adapters.social.meta_login import MetaLogin
from adapters.social.meta_posts import is_shown, moment, plain, remove, unless_gone
from adapters.social.meta_versions import graph_version
from adapters.social.meta_webhooks import MetaWebhooks
from adapters.social.tools import Tools
from domain.entities.common import Problem
from domain.entities.engagement import Engagement, PlatformNews
from domain.entities.post import Draft, PlatformLimits, Prepared, Published
from domain.entities.social_account import FoundAccount, Renewed, SocialTokens
from domain.errors import ActionRequired, Rejected, Unavailable, YardsignError
from domain.ports import SocialPlatform

SCOPES = (
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "read_insights",
    "business_management",
)
NEWS_SCOPE = "pages_manage_metadata"
"""Lets the app be told of what happens on a Page."""

METRICS = ("post_media_view", "post_clicks")
"""https://developers.facebook.com/docs/graph-api/reference/insights"""
PHOTO_BYTES = 10_000_000
"""https://developers.facebook.com/docs/graph-api/reference/page/photos"""
_PAGES_OF_FEED = 10
_CLOCKS_DIFFER = timedelta(minutes=1)


def platform(tools: Tools, settings: Mapping[str, Mapping[str, str]]) -> SocialPlatform | None:
    """Facebook with the settings under `facebook`; None without an `app_id` and an `app_secret` there."""
    given = {name: value for name, value in settings.get(Facebook.slug, {}).items() if value}
    if not given.keys() >= {"app_id", "app_secret"}:
        return None
    return Facebook(tools, **given)


class Facebook:
    """Implements `domain.ports.SocialPlatform` for Pages.

    Args:
        app_id, app_secret: of the app registered with Meta.
        graph_url, dialog_url: where the API and the consent page are.
        version: of the Graph API; each lives about two years.
        webhook_token: what Meta has to know to register the address of our webhook; without it, Pages are not
            asked to tell what happens there.
    """

    slug = "facebook"
    title = "Facebook"
    limits = PlatformLimits(text_characters=63_206, photos_min=0, photos_max=10)
    can_unpublish = True
    needs_photo = False

    def __init__(
        self,
        tools: Tools,
        *,
        app_id: str,
        app_secret: str,
        graph_url: str = "https://graph.facebook.com",
        dialog_url: str = "https://www.facebook.com",
        version: str = "v26.0",
        webhook_token: str = "",
    ) -> None:
        self.version = graph_version(version)
        self.listens = bool(webhook_token)
        self._webhooks = MetaWebhooks(app_secret=app_secret, verify_token=webhook_token)
        self._graph = GraphApi(
            tools, app_id=app_id, app_secret=app_secret, graph_url=graph_url, version=version
        )
        scopes = (*SCOPES, NEWS_SCOPE) if webhook_token else SCOPES
        self._login = MetaLogin(
            self._graph, app_id=app_id, dialog_url=dialog_url, version=version, scopes=scopes
        )

    def authorization_url(self, state: str, redirect_uri: str, challenge: str) -> str:
        """Where the user's browser is sent to consent."""
        return self._login.authorization_url(state, redirect_uri)

    async def accounts(self, code: str, redirect_uri: str, verifier: str) -> list[FoundAccount]:
        """The user's Pages with tokens that have no date; raises `ActionRequired` for a code that is no good."""
        with certain(self.title):
            consent = await self._login.consented(code, redirect_uri, "id,name")
            return [
                FoundAccount(
                    remote_id=page["id"],
                    name=str(page.get("name", page["id"])),
                    tokens=SocialTokens(access_token=page["access_token"]),
                    login_id=consent.login_id,
                    missing_scopes=consent.missing_scopes,
                )
                for page in consent.pages
            ]

    async def renew(self, tokens: SocialTokens) -> Renewed:
        """Tokens of Pages have no date, and there is nothing that one could be exchanged for.

        The 90 days of `data_access_expires_at` count from when the user was last active, and Meta says nothing
        of them for Pages (https://developers.facebook.com/docs/facebook-login/auth-vs-data): no end is known.
        """
        raise ActionRequired("Facebook gives a new login only to its user: connect the account again.")

    def preflight(self, draft: Draft) -> list[Problem]:
        """Everything Facebook would refuse, found without calling it."""
        problems = []
        if not draft.text.strip() and not draft.photos:
            problems.append(Problem("EMPTY", "A post needs a text or a photo.", ("text",)))
        if len(draft.text) > self.limits.text_characters:
            message = (
                f"A text on Facebook has at most {self.limits.text_characters} characters with its hashtags."
            )
            problems.append(Problem("TEXT_TOO_LONG", message, ("text",)))
        if len(draft.photos) > self.limits.photos_max:
            message = f"A post on Facebook has at most {self.limits.photos_max} photos."
            problems.append(Problem("TOO_MANY_PHOTOS", message, ("photos",)))
        for place, photo in enumerate(draft.photos):
            if not photo.startswith(b"\xff\xd8\xff"):
                problems.append(Problem("PHOTO_FORMAT", "The photo is no JPEG.", ("photos", str(place))))
            if len(photo) > PHOTO_BYTES:
                message = "A photo on Facebook has at most 10 MB."
                problems.append(Problem("PHOTO_TOO_LARGE", message, ("photos", str(place))))
        return problems

    async def prepare(self, tokens: SocialTokens, draft: Draft, step: str | None) -> Prepared:
        """Send the photos' bytes, so that Meta need not reach a server of ours; the step is their ids."""
        if step is not None:
            return Prepared(step=step)
        staged: list[str] = []
        try:
            with certain(self.title):
                for place, photo in enumerate(draft.photos):
                    staged.append(await self._stage(tokens.access_token, draft, place, photo))
        except YardsignError:
            await self.discard(tokens, json.dumps(staged))
            raise
        return Prepared(step=json.dumps(staged))

    async def publish(self, tokens: SocialTokens, draft: Draft, step: str) -> Published:
        """The one call after which the post is up."""
        staged = json.loads(step)
        form = {"message": draft.text, "published": "true", "fields": "id,permalink_url"}
        if staged:
            form["attached_media"] = json.dumps([{"media_fbid": photo} for photo in staged])
        try:
            answer = await self._graph.post(f"{draft.account_id}/feed", tokens.access_token, form)
        except GraphFault as fault:
            # A post can have gone up although the answer is code 1 or 2, or a duplicate of itself.
            if fault.kind in (Kind.TRANSIENT, Kind.AMBIGUOUS):
                raise Unavailable(fault.message, outcome_unknown=True) from None
            raise fault.as_error() from None
        except Rejected as error:
            # Our own client did not like the answer, but there was one.
            raise Unavailable(error.message, outcome_unknown=True) from error
        if not isinstance(answer.get("id"), str):
            raise Unavailable("Facebook answered without naming the post.", outcome_unknown=True)
        return Published(platform_post_id=answer["id"], url=answer.get("permalink_url"))

    async def discard(self, tokens: SocialTokens, step: str) -> None:
        """Remove staged photos."""
        for photo in json.loads(step):
            # What cannot be removed is invisible, and the failure of the post is the news.
            with suppress(GraphFault, YardsignError):
                await self._graph.delete(photo, tokens.access_token)

    async def find(self, tokens: SocialTokens, draft: Draft, since: datetime, step: str) -> Published | None:
        """The post of the Page with the draft's text, white space aside, that went up nearest to `since`.

        Others are of other attempts.
        """
        with certain(self.title):
            posts = self._graph.pages(
                f"{draft.account_id}/feed",
                tokens.access_token,
                most=_PAGES_OF_FEED,
                fields="id,message,permalink_url,created_time",
                since=str(int((since - _CLOCKS_DIFFER).timestamp())),
            )
            found = [
                (abs(moment(post["created_time"]) - since), post)
                async for post in posts
                if plain(post.get("message", "")) == plain(draft.text)
            ]
            if not found:
                return None
            _, nearest = min(found, key=lambda post: post[0])
            return Published(platform_post_id=nearest["id"], url=nearest.get("permalink_url"))

    async def unpublish(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> None:
        """Remove the post and make sure; a post that is gone already is success.

        Raises:
            ActionRequired: Facebook answers as if the post were gone, and may do so only because the token
                does not see it.
            Rejected: Facebook refuses for good.
            Unavailable: not this time, or the post is still shown.
        """
        with certain(self.title):
            await remove(self._graph, tokens.access_token, platform_post_id, sight=f"{account_id}/feed")

    async def engagement(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> Engagement:
        """The post's figures since it went up, all reactions as likes; raises `NotFound` if it is gone."""
        graph, token = self._graph, tokens.access_token
        reading = self._figures(token, platform_post_id)
        with certain(self.title):
            return await unless_gone(graph, token, platform_post_id, reading, sight=f"{account_id}/feed")

    async def shows(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> bool:
        """Whether the post is up; raises `ActionRequired` if the token may only not see it."""
        with certain(self.title):
            return await is_shown(
                self._graph, tokens.access_token, platform_post_id, sight=f"{account_id}/feed"
            )

    async def listen(self, tokens: SocialTokens, account_id: str) -> None:
        """Have Meta tell what happens in the Page's feed."""
        with certain(self.title):
            form = {"subscribed_fields": "feed"}
            await self._graph.post(f"{account_id}/subscribed_apps", tokens.access_token, form)

    def challenge(self, params: Mapping[str, str]) -> str | None:
        """The answer to `hub.challenge`."""
        return self._webhooks.challenge(params)

    def news(self, headers: Mapping[str, str], body: bytes) -> list[PlatformNews]:
        """Posts that were removed from Pages, and people who removed the app."""
        return self._webhooks.news(headers, body)

    async def close(self) -> None:
        """Nothing of its own is open."""

    async def _figures(self, token: str, post_id: str) -> Engagement:
        insights = await figures(self._graph, token, post_id, METRICS)
        lists = ",".join(f"{name}.summary(true).limit(0)" for name in ("reactions", "comments"))
        post = await self._graph.get(post_id, token, fields=f"shares,{lists}")
        return Engagement(
            views=insights.get("post_media_view"),
            clicks=insights.get("post_clicks"),
            likes=_total(post, "reactions"),
            comments=_total(post, "comments"),
            # Facebook leaves the field out while nobody has shared the post.
            shares=post["shares"]["count"] if "shares" in post else 0,
        )

    async def _stage(self, token: str, draft: Draft, place: int, photo: bytes) -> str:
        form = {"published": "false"}
        if place < len(draft.alt_texts) and (alt_text := draft.alt_texts[place]):
            form["alt_text_custom"] = alt_text
        answer = await self._graph.upload(f"{draft.account_id}/photos", token, form, photo)
        if not isinstance(answer.get("id"), str):
            raise Unavailable("Facebook took a photo without naming it.")
        return str(answer["id"])


def _total(post: Json, name: str) -> int | None:
    """How many there are in a list of which nothing but its summary was asked for."""
    total = post[name]["summary"].get("total_count") if name in post else None
    return total if isinstance(total, int) else None
