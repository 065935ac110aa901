"""Root fields for platforms and linked accounts."""

import strawberry

from domain.use_cases.linking import (
    begin_social_link,
    complete_social_link,
    offered_accounts,
    unlink_social_account,
)
from schema.context import Info
from schema.fields import resolved
from schema.filters import given
from schema.mutations.payload import Input, mutation
from schema.mutations.social import (
    BeginSocialLinkInput,
    BeginSocialLinkPayload,
    CompleteSocialLinkInput,
    CompleteSocialLinkPayload,
    UnlinkSocialAccountInput,
    UnlinkSocialAccountPayload,
)
from schema.social import OfferedAccount, Platform, SocialAccount


@strawberry.type
class SocialQuery:
    """Reads of platforms and accounts."""

    @resolved("Your linked accounts.")
    async def social_accounts(self, info: Info) -> list[SocialAccount]:
        """One query of the port."""
        found = await info.context.ports.social_accounts.of_user(info.context.user_id)
        return [SocialAccount.of(account) for account in found]

    @resolved("The platforms to which this installation can publish.")
    def platforms(self, info: Info) -> list[Platform]:
        """What the adapters declare."""
        return [Platform.of(platform) for _, platform in sorted(info.context.ports.social.items())]


@strawberry.type
class SocialMutation:
    """Linking accounts and letting them go."""

    @mutation("Begin to link an account: send the user's browser to the URL.")
    async def begin_social_link(
        self, info: Info, input: Input[BeginSocialLinkInput]
    ) -> BeginSocialLinkPayload:
        """One use case."""
        url = await begin_social_link(
            info.context.ports,
            user_id=info.context.user_id,
            platform=input.platform,
            redirect_uri=given(input.redirect_uri),
        )
        return BeginSocialLinkPayload(authorization_url=url)

    @mutation("Finish linking with what the browser came back with.")
    async def complete_social_link(
        self, info: Info, input: Input[CompleteSocialLinkInput]
    ) -> CompleteSocialLinkPayload:
        """One use case; another one, if nothing is chosen yet."""
        link = {
            "user_id": info.context.user_id,
            "platform": input.platform,
            "code": input.code,
            "state": input.state,
        }
        choose = given(input.choose)
        if choose == []:
            found = await offered_accounts(info.context.ports, **link)
            return CompleteSocialLinkPayload(accounts=[], offered=[OfferedAccount.of(one) for one in found])
        accounts = await complete_social_link(info.context.ports, choose=choose, **link)
        return CompleteSocialLinkPayload(accounts=[SocialAccount.of(account) for account in accounts])

    @mutation("Forget an account and its tokens; what is up there stays up, and its user is told.")
    async def unlink_social_account(
        self, info: Info, input: Input[UnlinkSocialAccountInput]
    ) -> UnlinkSocialAccountPayload:
        """One use case."""
        context = info.context
        key = context.required(input.account_id, "SocialAccount", "accountId")
        unlinked = await unlink_social_account(context.ports, user_id=context.user_id, account_id=key)
        return UnlinkSocialAccountPayload(
            account=SocialAccount.of(unlinked.account), live_posts=unlinked.live_posts
        )
