"""Inputs and payloads: linking accounts."""

import strawberry
from strawberry import UNSET

from schema.mutations.payload import Payload
from schema.social import OfferedAccount, SocialAccount


@strawberry.input(description="A link to begin.")
class BeginSocialLinkInput:
    """For `beginSocialLink`."""

    platform: str = strawberry.field(description="The platform's slug.")
    redirect_uri: str | None = strawberry.field(
        default=UNSET,
        description="Where the platform sends the browser afterwards: our own page if not given, or a page of a"
        " frontend that this installation knows.",
    )


@strawberry.input(description="What the platform sent the browser back with.")
class CompleteSocialLinkInput:
    """For `completeSocialLink`."""

    platform: str = strawberry.field(description="The platform's slug.")
    code: str = strawberry.field(description="The code the browser came back with.")
    state: str = strawberry.field(
        description="The state the browser came back with; good once, for 10 minutes."
    )
    choose: list[str] | None = strawberry.field(
        default=UNSET,
        description="Which of the accounts found, by the platform's ids; null for all. An empty list links nothing"
        " yet and answers what is offered: ask again with the same code and state and a choice.",
    )

    def __repr__(self) -> str:
        return "CompleteSocialLinkInput(…)"


@strawberry.input(description="An account to let go.")
class UnlinkSocialAccountInput:
    """For `unlinkSocialAccount`."""

    account_id: strawberry.ID = strawberry.field(description="The global id of the account.")


@strawberry.type(description="Where to send the user's browser.")
class BeginSocialLinkPayload(Payload):
    """Of `beginSocialLink`."""

    authorization_url: str | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The accounts that were linked.")
class CompleteSocialLinkPayload(Payload):
    """Of `completeSocialLink`."""

    accounts: list[SocialAccount] | None = strawberry.field(default=None, description="Null on failure.")
    offered: list[OfferedAccount] | None = strawberry.field(
        default=None, description="What may be chosen from, if the choice was an empty list."
    )


@strawberry.type(description="The account that was let go.")
class UnlinkSocialAccountPayload(Payload):
    """Of `unlinkSocialAccount`."""

    account: SocialAccount | None = strawberry.field(default=None, description="Null on failure.")
    live_posts: int | None = strawberry.field(
        default=None,
        description="How many posts stay up there. What must come down is left to be removed by hand, unless the"
        " account is linked again before.",
    )
