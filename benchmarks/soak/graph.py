"""A client of the graph that never gives up: what goes wrong is written into the diary."""

from typing import Any

import httpx

from benchmarks.soak.diary import Diary

Json = dict[str, Any]
MOST_SECONDS = 40.0
"""An operation may take 30 seconds (`LIMIT_EXCEEDED`); whoever says nothing for longer has a fault."""


class Graph:
    """A client of one user.

    Args:
        url: of the graph.
        token: the user's bearer token.
    """

    def __init__(self, url: str, user: str, token: str, diary: Diary) -> None:
        self.url = url
        self.user = user
        self.token = token
        self.diary = diary
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"}, timeout=MOST_SECONDS, trust_env=False
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def query(self, name: str, document: str, /, **variables: Any) -> Json | None:
        """The data, timed; None if there is none, which is then in the diary."""
        with self.diary.timed():
            return await self._data(name, document, variables)

    async def mutate(self, name: str, document: str, /, **input: Any) -> Json | None:
        """The payload of a mutation; its user errors are counted by code. None if there is none."""
        data = await self._data(name, document, {"input": input})
        payload: Json | None = (data or {}).get(name)
        for error in (payload or {}).get("userErrors", []):
            self.diary.count(f"{name}: {error['code']}")
        return payload

    async def _data(self, name: str, document: str, variables: Json) -> Json | None:
        self.diary.count(name)
        body = {"query": document, "variables": variables}
        try:
            response = await self._http.post(self.url, json=body)
        except httpx.HTTPError as lost:
            self.diary.defect(f"{name}: no answer: {lost!r}")
            return None
        if response.status_code != httpx.codes.OK:
            self._refused(name, response)
            return None
        answer: Json = response.json()
        for error in answer.get("errors", []):
            self._failed(name, error)
        return answer.get("data")

    def _refused(self, name: str, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE and self.diary.away:
            self.diary.count("503 while Redis was away")
        else:
            self.diary.defect(f"{name}: HTTP {response.status_code}: {response.text[:200]}")

    def _failed(self, name: str, error: Json) -> None:
        code = error.get("extensions", {}).get("code")
        if code == "UNAVAILABLE" and self.diary.away:
            self.diary.count("UNAVAILABLE while Redis was away")
        else:
            self.diary.defect(f"{name}: {code}: {error['message']}")


def mutation(name: str, selection: str = "") -> str:
    """The document of a mutation with its one input."""
    title = name[0].upper() + name[1:]
    return (
        f"mutation($input: {title}Input!) {{ {name}(input: $input)"
        f" {{ {selection} userErrors {{ code message }} }} }}"
    )
