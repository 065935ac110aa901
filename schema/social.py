"""Platforms and the accounts on them to which a user publishes."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain.entities import social_account as entities
from domain.entities.social_account import AccountState
from domain.ports import SocialPlatform
from schema.context import Context
from schema.ids import to_id
from schema.nodes import Node


@strawberry.type(description="A platform to which this installation can publish.")
class Platform:
    """A platform and its limits."""

    slug: str = strawberry.field(description="Its name in arguments.")
    title: str = strawberry.field(description="For people.")
    limits: JSON = strawberry.field(
        description="What it takes in one post: textCharacters, photosMin, photosMax, hashtagsMax."
    )
    can_unpublish: bool = strawberry.field(description="Whether posts can be removed without the user.")

    @staticmethod
    def of(platform: SocialPlatform) -> "Platform":
        """From the adapter."""
        limits = platform.limits
        return Platform(
            slug=platform.slug,
            title=platform.title,
            limits=JSON(
                {
                    "textCharacters": limits.text_characters,
                    "photosMin": limits.photos_min,
                    "photosMax": limits.photos_max,
                    "hashtagsMax": limits.hashtags_max,
                }
            ),
            can_unpublish=platform.can_unpublish,
        )


@strawberry.type(description="A Page, profile or organization that the user may link.")
class OfferedAccount:
    """What a platform offers after consent."""

    platform_account_id: str = strawberry.field(description="The platform's id, for `choose`.")
    name: str = strawberry.field(description="Its name on the platform.")
    missing_scopes: list[str] = strawberry.field(description="Permissions the user did not grant.")

    @staticmethod
    def of(found: entities.FoundAccount) -> "OfferedAccount":
        """From the entity."""
        return OfferedAccount(
            platform_account_id=found.remote_id,
            name=found.name,
            missing_scopes=list(found.missing_scopes),
        )


@strawberry.type(description="A Page, profile or organization that was linked.")
class SocialAccount(Node):
    """A linked account; its tokens never come back."""

    platform: str = strawberry.field(description="The platform's slug.")
    name: str = strawberry.field(description="Its name on the platform.")
    state: AccountState = strawberry.field(description="Whether it can be used.")
    expires_at: datetime | None = strawberry.field(
        description="When the login runs out, where that is known; the platform may renew it before."
    )
    missing_scopes: list[str] = strawberry.field(description="Permissions the user did not grant.")
    linked_at: datetime = strawberry.field(description="When it was linked.")

    @staticmethod
    def of(account: entities.SocialAccount) -> "SocialAccount":
        """From the entity."""
        return SocialAccount(
            id=to_id("SocialAccount", account.user_id, account.id),
            platform=account.platform,
            name=account.name,
            state=account.state,
            expires_at=account.expires_at,
            missing_scopes=list(account.missing_scopes),
            linked_at=account.linked_at,
        )

    @staticmethod
    async def load(context: Context, account_id: str, owner: str | None = None) -> "SocialAccount | None":
        """The account with this key, of the viewer's unless another owner is named."""
        found = await context.loaders.accounts.load((owner or context.user_id, account_id))
        return None if found is None else SocialAccount.of(found)
