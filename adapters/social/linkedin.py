"""LinkedIn: consent, posts of members and organizations with photos, settling lost ones, removal, figures."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from adapters.social.linkedin_api import Json, LinkedInApi, certain, list_of, urn_path
from adapters.social.linkedin_content import ALT_TEXT_CHARACTERS, LIMITS, body_of, problems_of
from adapters.social.linkedin_errors import Kind, LinkedInFault
from adapters.social.linkedin_login import ORGANIZATION, Login
from adapters.social.linkedin_text import even, plain
from adapters.social.tools import Tools
from domain.entities.common import Problem
from domain.entities.engagement import Engagement, PlatformNews
from domain.entities.post import Draft, Prepared, Published
from domain.entities.social_account import ApiVersion, FoundAccount, Renewed, SocialTokens
from domain.errors import NotFound, Rejected, Unavailable
from domain.ports import SocialPlatform

_PAGES_OF_POSTS = 10
_CLOCKS_DIFFER = timedelta(minutes=1)
_DUPLICATES_KNOWN = timedelta(hours=24)
"""LinkedIn does not say for how long it knows content again; people report 24 to 48 hours."""


def platform(tools: Tools, settings: Mapping[str, Mapping[str, str]]) -> SocialPlatform | None:
    """LinkedIn with the settings under `linkedin`; None without a `client_id` and a `client_secret` there."""
    given = {name: value for name, value in settings.get(LinkedIn.slug, {}).items() if value}
    if not given.keys() >= {"client_id", "client_secret"}:
        return None
    return LinkedIn(tools, **given)


class LinkedIn:
    """Implements `domain.ports.SocialPlatform` for members and organizations.

    An account's id is the URN under which it posts.

    Args:
        client_id, client_secret: of the app registered with LinkedIn.
        api_url, oauth_url: where the API is, and the site with the consent page and the posts.
        version: of the API, YYYYMM; each lives about a year.
        organizations: "on" asks for the scopes of organizations too, which LinkedIn has to have granted to the
            app: it refuses the whole consent otherwise.
    """

    slug = "linkedin"
    title = "LinkedIn"
    limits = LIMITS
    can_unpublish = True
    needs_photo = False
    listens = False

    def __init__(
        self,
        tools: Tools,
        *,
        client_id: str,
        client_secret: str,
        api_url: str = "https://api.linkedin.com",
        oauth_url: str = "https://www.linkedin.com",
        version: str = "202607",
        organizations: str = "",
    ) -> None:
        self._now = tools.now
        self.version = ApiVersion(name=version, ends_on=_ends_on(version))
        self._api = LinkedInApi(
            tools,
            client_id=client_id,
            client_secret=client_secret,
            api_url=api_url,
            oauth_url=oauth_url,
            version=version,
        )
        self._login = Login(tools, self._api, organizations=organizations == "on")

    def authorization_url(self, state: str, redirect_uri: str, challenge: str) -> str:
        """Where the user's browser is sent to consent; without the challenge, see `Login`."""
        return self._login.authorization_url(state, redirect_uri)

    async def accounts(self, code: str, redirect_uri: str, verifier: str) -> list[FoundAccount]:
        """The member and the organizations for which they may post."""
        return await self._login.accounts(code, redirect_uri)

    async def renew(self, tokens: SocialTokens) -> Renewed:
        """A new access token, for apps that are approved partners."""
        return await self._login.renew(tokens)

    def preflight(self, draft: Draft) -> list[Problem]:
        """Everything LinkedIn would refuse, found without calling it."""
        return problems_of(draft)

    async def prepare(self, tokens: SocialTokens, draft: Draft, step: str | None) -> Prepared:
        """Upload the photos; the step is their URNs with their descriptions.

        The descriptions are part of it because `find` may have to send exactly the same content again.
        """
        if step is not None:
            return Prepared(step=step)
        images = []
        with certain():
            for place, photo in enumerate(draft.photos):
                image = {"id": await self._uploaded(tokens.access_token, draft.account_id, photo)}
                if place < len(draft.alt_texts) and (alt_text := draft.alt_texts[place]):
                    image["altText"] = alt_text[:ALT_TEXT_CHARACTERS]
                images.append(image)
        return Prepared(step=json.dumps(images))

    async def publish(self, tokens: SocialTokens, draft: Draft, step: str) -> Published:
        """The one call after which the post is up.

        When LinkedIn answers that the same content is up already, that post is the one.
        """
        try:
            reply = await self._api.post("posts", tokens.access_token, body_of(draft, json.loads(step)))
        except LinkedInFault as fault:
            if fault.kind == Kind.DUPLICATE and fault.duplicate_of:
                return await self._adopted(tokens, draft.account_id, fault.duplicate_of)
            if fault.kind == Kind.TRANSIENT:
                raise Unavailable(fault.message, outcome_unknown=True) from None
            raise fault.as_error() from None
        except Rejected as error:
            # Our own client did not like the answer, but there was one.
            raise Unavailable(error.message, outcome_unknown=True) from error
        urn = reply.headers.get("x-restli-id", "")
        if not urn.startswith("urn:li:"):
            raise Unavailable("LinkedIn answered without naming the post.", outcome_unknown=True)
        return self._published(urn)

    async def discard(self, tokens: SocialTokens, step: str) -> None:
        """Nothing: LinkedIn has no call that removes an image, and nobody sees one that is in no post."""

    async def find(self, tokens: SocialTokens, draft: Draft, since: datetime, step: str) -> Published | None:
        """The post of an attempt whose answer was lost.

        Of an organization: the one with the draft's text, white space aside, that went up nearest to `since`.

        A member's posts can be read by nobody (`r_member_social` is closed). So the same content is sent once
        more: LinkedIn answers 422 with the URN of the first post if that went up, and publishes it otherwise.
        Either way one post is up and known, and no two. That holds while LinkedIn knows content again; after
        that, this raises `Rejected`.
        """
        if not step:
            return None  # it was never sent
        if draft.account_id.startswith(ORGANIZATION):
            return await self._read(tokens.access_token, draft, since)
        if self._now() - since > _DUPLICATES_KNOWN:
            raise Rejected("LinkedIn shows nobody a member's posts: look there whether this one is up.")
        try:
            return await self.publish(tokens, draft, step)
        except Unavailable as error:
            raise Unavailable(error.message, retry_after=error.retry_after) from error

    async def unpublish(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> None:
        """Remove the post; LinkedIn answers the same for one that is gone already.

        For an organization, a read makes sure. A member's post cannot be read, so LinkedIn's word has to do.

        Raises:
            ActionRequired: the token is no good, or may not do this.
            Rejected: LinkedIn refuses for good.
            Unavailable: not this time, or the post is still shown.
        """
        token = tokens.access_token
        with certain():
            try:
                await self._api.delete(f"posts/{urn_path(platform_post_id)}", token)
            except LinkedInFault as fault:
                if fault.kind != Kind.GONE:
                    raise
            if account_id.startswith(ORGANIZATION) and await self._is_shown(token, platform_post_id):
                raise Unavailable("LinkedIn still shows the post that it said to have removed.")

    async def engagement(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> Engagement:
        """How an organization's post does; of members' posts LinkedIn tells nothing.

        Raises `NotFound` if the post is gone.
        """
        if not account_id.startswith(ORGANIZATION):
            return Engagement()
        kind = "ugcPosts" if ":ugcPost:" in platform_post_id else "shares"
        with certain():
            answer = await self._api.get(
                "organizationalEntityShareStatistics",
                tokens.access_token,
                q="organizationalEntity",
                organizationalEntity=account_id,
                **{kind: list_of(platform_post_id)},
            )
            if answer.get("elements"):
                return _engagement(answer["elements"][0]["totalShareStatistics"])
            if await self._is_shown(tokens.access_token, platform_post_id):
                return Engagement()
        raise NotFound("LinkedIn does not show the post any more.")

    async def shows(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> bool:
        """Whether an organization's post is up; raises `Rejected` for a member's, which nobody can read."""
        if not account_id.startswith(ORGANIZATION):
            raise Rejected("LinkedIn shows nobody a member's posts.")
        with certain():
            return await self._is_shown(tokens.access_token, platform_post_id)

    async def listen(self, tokens: SocialTokens, account_id: str) -> None:
        """Nothing: LinkedIn tells nothing by itself of what this system wants to know."""

    def challenge(self, params: Mapping[str, str]) -> str | None:
        """None: LinkedIn tells nothing by itself of what this system wants to know."""
        return None

    def news(self, headers: Mapping[str, str], body: bytes) -> list[PlatformNews]:
        """Raises `Rejected`: nothing of the kind comes from LinkedIn."""
        raise Rejected("LinkedIn sends no news.")

    async def close(self) -> None:
        """Nothing of its own is open."""

    async def _uploaded(self, token: str, owner: str, photo: bytes) -> str:
        asked = {"initializeUploadRequest": {"owner": owner}}
        reply = await self._api.post("images?action=initializeUpload", token, asked)
        value = reply.json()["value"]
        await self._api.upload(str(value["uploadUrl"]), token, photo)
        return str(value["image"])

    async def _adopted(self, tokens: SocialTokens, account_id: str, urn: str) -> Published:
        """The post that LinkedIn names as having the content; people saw it name removed ones for a while."""
        if account_id.startswith(ORGANIZATION):
            with certain():
                if not await self._is_shown(tokens.access_token, urn):
                    raise Rejected(
                        "LinkedIn takes this for a removed post come again: change its text a little."
                    )
        return self._published(urn)

    async def _read(self, token: str, draft: Draft, since: datetime) -> Published | None:
        began = since.timestamp() * 1_000
        found = []
        with certain():
            posts = self._api.elements(
                "posts", token, most=_PAGES_OF_POSTS, q="author", author=draft.account_id, sortBy="CREATED"
            )
            async for post in posts:
                if post["createdAt"] < began - _CLOCKS_DIFFER.total_seconds() * 1_000:
                    break
                if plain(post.get("commentary", "")) == even(draft.text):
                    found.append((abs(post["createdAt"] - began), post["id"]))
        return self._published(min(found)[1]) if found else None

    async def _is_shown(self, token: str, urn: str) -> bool:
        try:
            await self._api.get(f"posts/{urn_path(urn)}", token)
        except LinkedInFault as fault:
            if fault.kind == Kind.GONE:
                return False
            raise
        return True

    def _published(self, urn: str) -> Published:
        return Published(platform_post_id=urn, url=f"{self._api.site}/feed/update/{urn}/")


def _engagement(figures: Json) -> Engagement:
    def figure(name: str) -> int | None:
        return figures[name] if isinstance(figures.get(name), int) else None

    return Engagement(
        views=figure("impressionCount"),
        clicks=figure("clickCount"),
        likes=figure("likeCount"),
        comments=figure("commentCount"),
        shares=figure("shareCount"),
    )


def _ends_on(version: str) -> date | None:
    """The middle of the same month a year later, as with 202601, which ends on 15 January 2027."""
    if len(version) != 6 or not version.isdecimal() or not 1 <= int(version[4:]) <= 12:
        return None
    return date(int(version[:4]) + 1, int(version[4:]), 15)
