"""The sandbox MLS and platforms from behind: what happens there, and what they do wrong."""

from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outside:
    """Their control calls.

    Attributes:
        endpoints: what `endpoints.json` holds.
    """

    endpoints: Json
    http: httpx.AsyncClient

    async def homes(self) -> list[Json]:
        """Every home of the MLS: its key, status and price."""
        found: list[Json] = (await self._get(self._control("sandboxMls")["homes"])).json()
        return found

    async def change(self, key: str, fields: Json) -> None:
        """Change a home."""
        await self._post(f"{self._control('sandboxMls')['homes']}/{key}", fields)

    async def list_home(self, price: int) -> None:
        """A further home comes up for sale."""
        await self._post(self._control("sandboxMls")["homes"], {"ListPrice": price})

    async def misbehave(self, server: str, fault: Json) -> None:
        """Arm a fault at `sandboxMls`, `sandboxFacebook` (Instagram too) or `sandboxLinkedIn`."""
        await self._post(self._control(server)["faults"], fault)

    async def behave(self) -> None:
        """No faults any more."""
        for server in ("sandboxMls", "sandboxFacebook", "sandboxLinkedIn"):
            (await self.http.delete(self._control(server)["faults"])).raise_for_status()

    async def live(self, platform: str) -> list[str]:
        """The ids of the posts that are up."""
        server = {"facebook": "sandboxFacebook", "instagram": "sandboxInstagram"}.get(
            platform, "sandboxLinkedIn"
        )
        posts = (await self._get(self._control(server)["posts"])).json()["posts"]
        return [str(post["id"]) for post in posts if post["live"]]

    async def allow(self, posts: int) -> None:
        """Let Instagram take so many posts a day: a soak is a busy day."""
        await self._post(self.endpoints["sandboxInstagram"]["control"]["settings"], {"quota": posts})

    async def consent(self, address: str) -> str:
        """Where a person's browser is sent back to from the page of consent."""
        answer = await self.http.get(address, headers={"Accept": "application/json"})
        return str(answer.headers["location"])

    def _control(self, server: str) -> dict[str, str]:
        control: dict[str, str] = self.endpoints[server]["control"]
        return control

    async def _get(self, url: str) -> httpx.Response:
        return (await self.http.get(url)).raise_for_status()

    async def _post(self, url: str, body: Json) -> None:
        (await self.http.post(url, json=body)).raise_for_status()
