"""A running sandbox over the sandbox MLS's homes, by its control calls."""

from typing import Any

import httpx


class Controlled:
    """What every sandbox with the sandbox MLS's control calls can do.

    Attributes:
        data: the path, or kind of path, under which a protocol's data lie.
    """

    data = "odata"

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.control = httpx.Client(base_url=f"{base_url}/_control", timeout=30)

    def reset(self) -> None:
        self.post("/reset", {})
        self.control.delete("/log").raise_for_status()

    def homes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("/homes").raise_for_status().json()
        return found

    def change(self, key: str, **fields: Any) -> None:
        self.post(f"/homes/{key}", fields)

    def remove(self, key: str) -> None:
        self.control.delete(f"/homes/{key}").raise_for_status()

    def fail(self, kind: str, **more: Any) -> None:
        self.post("/faults", {"kind": kind, "match": self.data, **more})

    def requests(self) -> int:
        return len(self.log())

    def log(self) -> list[dict[str, Any]]:
        """The requests for data: `method`, `path`, `query`, `headers`, `authorization`, `status`."""
        entries: list[dict[str, Any]] = self.control.get("/log").raise_for_status().json()["requests"]
        return [entry for entry in entries if entry["path"].startswith(self.data)]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """A control call that must succeed."""
        answer = self.control.post(path, json=body).raise_for_status()
        return answer.json() if answer.content else None
