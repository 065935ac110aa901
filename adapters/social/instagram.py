"""Instagram's professional accounts over the Graph API: containers, posts, finding them again, removal, figures."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from adapters.social.graph_api import GraphApi, Json
from adapters.social.instagram_containers import Containers, Step
from adapters.social.instagram_preflight import LIMITS, problems_of
from adapters.social.meta_errors import GraphFault, Kind, certain
from adapters.social.meta_insights import figures
from adapters.social.meta_login import MetaLogin
from adapters.social.meta_posts import is_shown, moment, plain, remove, unless_gone
from adapters.social.meta_versions import graph_version
from adapters.social.meta_webhooks import MetaWebhooks
from adapters.social.tools import Tools
from domain.entities.common import Problem
from domain.entities.engagement import Engagement, PlatformNews
from domain.entities.post import Draft, Prepared, Published
from domain.entities.social_account import FoundAccount, Renewed, SocialTokens
from domain.errors import ActionRequired, Rejected, Unavailable, YardsignError
from domain.ports import SocialPlatform

SCOPES = (
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_contents",
    "instagram_manage_insights",
    "pages_show_list",
    "pages_read_engagement",
    "business_management",
)
METRICS = ("views", "likes", "comments", "shares")
"""https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights"""
_SETTINGS = ("app_id", "app_secret", "graph_url", "dialog_url", "version", "webhook_token")
_PAGES_OF_MEDIA = 10
_CLOCKS_DIFFER = timedelta(minutes=1)


def platform(tools: Tools, settings: Mapping[str, Mapping[str, str]]) -> SocialPlatform | None:
    """Instagram with the settings under `instagram`, or those under `facebook`, as it is the same app of Meta's.

    None without an `app_id` and an `app_secret` in either.
    """
    both = {**settings.get("facebook", {}), **settings.get(Instagram.slug, {})}
    given = {name: both[name] for name in _SETTINGS if both.get(name)}
    if not given.keys() >= {"app_id", "app_secret"}:
        return None
    return Instagram(tools, **given)


class Instagram:
    """Implements `domain.ports.SocialPlatform` for professional accounts that belong to a Page.

    Whoever logs in does so with Facebook: tokens of Instagram's own login cannot remove posts.

    Args:
        app_id, app_secret: of the app registered with Meta.
        graph_url, dialog_url: where the API and the consent page are.
        version: of the Graph API; each lives about two years.
        webhook_token: what Meta has to know to register the address of our webhook.
    """

    slug = "instagram"
    title = "Instagram"
    limits = LIMITS
    can_unpublish = True
    needs_photo = True
    listens = False

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
        self._webhooks = MetaWebhooks(app_secret=app_secret, verify_token=webhook_token)
        self._graph = GraphApi(
            tools,
            app_id=app_id,
            app_secret=app_secret,
            graph_url=graph_url,
            version=version,
            name=self.title,
        )
        self._containers = Containers(self._graph)
        self._login = MetaLogin(
            self._graph, app_id=app_id, dialog_url=dialog_url, version=version, scopes=SCOPES
        )

    def authorization_url(self, state: str, redirect_uri: str, challenge: str) -> str:
        """Where the user's browser is sent to consent."""
        return self._login.authorization_url(state, redirect_uri)

    async def accounts(self, code: str, redirect_uri: str, verifier: str) -> list[FoundAccount]:
        """The accounts of the user's Pages, each with its Page's token, which has no date.

        Raises `ActionRequired` for a code that is no good.
        """
        with certain(self.title):
            fields = "id,name,instagram_business_account{id,username}"
            consent = await self._login.consented(code, redirect_uri, fields)
            return [
                FoundAccount(
                    remote_id=account["id"],
                    name=f"@{account['username']}" if "username" in account else str(page["name"]),
                    tokens=SocialTokens(access_token=page["access_token"]),
                    login_id=consent.login_id,
                    missing_scopes=consent.missing_scopes,
                )
                for page in consent.pages
                if (account := page.get("instagram_business_account"))
            ]

    async def renew(self, tokens: SocialTokens) -> Renewed:
        """Meta gives no refresh tokens."""
        raise ActionRequired("Instagram's logins cannot be renewed: connect the account again.")

    def preflight(self, draft: Draft) -> list[Problem]:
        """Everything Instagram would refuse, found without calling it."""
        return problems_of(draft)

    async def prepare(self, tokens: SocialTokens, draft: Draft, step: str | None) -> Prepared:
        """Make a container, which Instagram fills by fetching the photos, and wait until it is finished.

        Unlike others, it raises `Unavailable.outcome_unknown` if it meets a container that is published: an
        earlier attempt has left a post after all.
        """
        with certain(self.title):
            token = tokens.access_token
            now = await self._containers.begin(token, draft) if step is None else Step.read(step)
            ready = await self._containers.advance(token, draft, now)
        if ready is None:
            raise Unavailable("An earlier attempt has published the post.", outcome_unknown=True)
        return ready

    async def publish(self, tokens: SocialTokens, draft: Draft, step: str) -> Published:
        """The one call after which the post is up; its page is asked for afterwards, and may stay unknown."""
        form = {"creation_id": Step.read(step).container}
        try:
            answer = await self._graph.post(f"{draft.account_id}/media_publish", tokens.access_token, form)
        except GraphFault as fault:
            # A post can have gone up although the answer is a fault of theirs, or that it is taken for spam.
            if fault.kind in (Kind.TRANSIENT, Kind.AMBIGUOUS):
                raise Unavailable(fault.message, outcome_unknown=True) from None
            raise fault.as_error() from None
        except Rejected as error:
            # Our own client did not like the answer, but there was one.
            raise Unavailable(error.message, outcome_unknown=True) from error
        media_id = answer.get("id")
        if not isinstance(media_id, str):
            raise Unavailable("Instagram answered without naming the post.", outcome_unknown=True)
        url: str | None = None
        with suppress(GraphFault, YardsignError):
            shown = await self._graph.get(media_id, tokens.access_token, fields="id,permalink")
            url = shown.get("permalink")
        return Published(platform_post_id=media_id, url=url)

    async def discard(self, tokens: SocialTokens, step: str) -> None:
        """Nothing to do: a container cannot be removed, nobody sees it, and it ends by itself after a day."""

    async def find(self, tokens: SocialTokens, draft: Draft, since: datetime, step: str) -> Published | None:
        """The media that came of the step's container: the container does not tell its id, so the text decides.

        Among several of the same text, the one that went up nearest to `since`.
        """
        token, wanted = tokens.access_token, plain(draft.text)
        with certain(self.title):
            if step and not await self._containers.may_be_published(token, Step.read(step)):
                return None
            posts = [
                (abs(moment(media["timestamp"]) - since), media)
                for media in await self._media_since(token, draft.account_id, since - _CLOCKS_DIFFER)
                if plain(media.get("caption", "")) == wanted
            ]
            if not posts:
                return None
            _, nearest = min(posts, key=lambda post: post[0])
            return Published(platform_post_id=nearest["id"], url=nearest.get("permalink"))

    async def unpublish(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> None:
        """Remove the post and make sure; a post that is gone already is success.

        Raises:
            ActionRequired: Instagram answers as if the post were gone, and may do so only because the token
                does not see it.
            Rejected: Instagram refuses for good, as it does for some accounts.
            Unavailable: not this time, or the post is still shown.
        """
        with certain(self.title):
            await remove(self._graph, tokens.access_token, platform_post_id, sight=f"{account_id}/media")

    async def engagement(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> Engagement:
        """The post's figures since it went up; raises `NotFound` if it is gone."""
        graph, token = self._graph, tokens.access_token
        reading = figures(graph, token, platform_post_id, METRICS)
        with certain(self.title):
            found = await unless_gone(graph, token, platform_post_id, reading, sight=f"{account_id}/media")
        return Engagement(**found)

    async def shows(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> bool:
        """Whether the post is up; raises `ActionRequired` if the token may only not see it."""
        with certain(self.title):
            return await is_shown(
                self._graph, tokens.access_token, platform_post_id, sight=f"{account_id}/media"
            )

    async def listen(self, tokens: SocialTokens, account_id: str) -> None:
        """Nothing: of posts that are removed Instagram tells nobody."""

    def challenge(self, params: Mapping[str, str]) -> str | None:
        """The answer to `hub.challenge`."""
        return self._webhooks.challenge(params)

    def news(self, headers: Mapping[str, str], body: bytes) -> list[PlatformNews]:
        """People who removed the app, which is Facebook's too."""
        return self._webhooks.news(headers, body)

    async def close(self) -> None:
        """Nothing of its own is open."""

    async def _media_since(self, token: str, account_id: str, since: datetime) -> list[Json]:
        """The account's media from then on, newest first."""
        found = []
        media = self._graph.pages(
            f"{account_id}/media", token, most=_PAGES_OF_MEDIA, fields="id,caption,permalink,timestamp"
        )
        async for one in media:
            if moment(one["timestamp"]) < since.replace(microsecond=0):
                break
            found.append(one)
        return found
