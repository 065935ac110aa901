"""The sandboxes of the platforms, each looked into and disturbed in the same way."""

from dataclasses import dataclass
from typing import Any

import httpx

from domain.entities.social_account import SocialAccount
from tests.world.steps import link_pages
from tests.world.world import Sandboxes, World

PLATFORMS = ("facebook", "instagram", "linkedin")


@dataclass(frozen=True)
class PlatformSandbox:
    """One of them.

    Attributes:
        looks: the address of the control calls that look at its posts.
        publish: a pattern for the path of the one call that puts a post up.
        calls: a pattern for the paths of all calls about its accounts and posts.
    """

    base_url: str
    looks: str
    publish: str
    calls: str
    http: httpx.Client

    def posts(self) -> list[dict[str, Any]]:
        """All posts that ever were, live or removed."""
        answer = self.http.get(f"{self.looks}/posts").raise_for_status().json()
        posts: list[dict[str, Any]] = answer["posts"]
        return posts

    def live(self) -> list[dict[str, Any]]:
        """What a visitor can see now."""
        return [post for post in self.posts() if post["live"]]

    def lose(self, kind: str, times: int | None = 1) -> None:
        """Let calls that put a post up go wrong."""
        self.fault(match=self.publish, method="POST", kind=kind, times=times)

    def fault(self, **fault: Any) -> None:
        """Arm a fault."""
        self.http.post(f"{self.base_url}/_control/faults", json=fault).raise_for_status()

    def go_down(self) -> None:
        """Answer nothing that makes sense from now on."""
        self.fault(match=self.calls, kind="status", status=503, times=None)

    def mend(self) -> None:
        """Disarm all faults of the server, which Facebook and Instagram share."""
        self.http.delete(f"{self.base_url}/_control/faults").raise_for_status()

    def revoke_tokens(self) -> None:
        """End every token of the server."""
        answer = self.http.post(f"{self.base_url}/_control/tokens/revoke", json={"all": True})
        answer.raise_for_status()

    def remove_by_hand(self, post_id: str) -> None:
        """Remove a post as a person would, on the platform's own pages."""
        self.http.post(f"{self.looks}/posts/{post_id}/remove").raise_for_status()

    def control(self, call: str, **body: Any) -> None:
        """Any other control call."""
        self.http.post(f"{self.base_url}/_control/{call}", json=body).raise_for_status()

    def attempts(self) -> int:
        """How many calls to put a post up have come."""
        log = self.http.get(f"{self.base_url}/_control/log").raise_for_status().json()["requests"]
        wanted = self.publish.removesuffix("$")
        return sum(one["method"] == "POST" and one["path"].endswith(wanted) for one in log)


def sandbox_of(sandboxes: Sandboxes, slug: str) -> PlatformSandbox:
    """The sandbox of a platform."""
    facebook, linkedin = sandboxes.facebook, sandboxes.linkedin or ""
    base_url, looks, publish, calls = {
        "facebook": (facebook, f"{facebook}/_control", "/feed$", "/10020030040050[0-9]"),
        "instagram": (facebook, f"{facebook}/_control/instagram", "/media_publish$", "/1[78][0-9]{15}"),
        "linkedin": (linkedin, f"{linkedin}/_control", "/posts$", "/rest/"),
    }[slug]
    return PlatformSandbox(base_url, looks, publish, calls, sandboxes.http)


async def link(world: World, slug: str) -> SocialAccount:
    """Link a platform, and answer the account that the tests post on.

    On LinkedIn it is an organization: what is posted there can be read again.
    """
    accounts = await link_pages(world.ports, world.sandboxes, slug)
    return accounts[1] if slug == "linkedin" else accounts[0]


async def link_all(world: World) -> dict[str, SocialAccount]:
    """The same for every platform, by its slug."""
    return {slug: await link(world, slug) for slug in PLATFORMS}
