"""SimplyRETS beside its sandbox, for the contract."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.entities.mls_connection import MlsCredentials, MlsSource
from sandbox.serving import serve
from sandbox.simplyrets.listings import status_of
from sandbox.simplyrets.server import PASSWORD, USERNAME, create_app
from tests.contracts.mls.controlled import Controlled

_NO_DELTA = (
    "SimplyRETS has no query for what changed: once the feed was refreshed, all rows come, and what did not"
    " change is found by comparing."
)
BEYOND = {
    "test_since_gives_what_changed_at_the_moment_or_later": _NO_DELTA,
    "test_so_do_new_photos_that_moved_no_other_stamp": _NO_DELTA,
    "test_a_change_of_any_status_comes_with_the_next_delta": _NO_DELTA,
    "test_keys_and_since_together": _NO_DELTA,
}
"""Tests of the contract whose promise the protocol cannot keep, and why."""


class SimplyRetsSandbox(Controlled):
    """The sandbox's SimplyRETS; a home's key is its mlsId."""

    data = "/properties"
    secrets: tuple[str, ...] = (f"{USERNAME}:{PASSWORD}",)

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._keys: dict[str, str] = {}

    def source(self, *, page_size: int | None = None, **settings: Any) -> MlsSource:
        return MlsSource(
            connection_id="C1",
            url=f"{self.base_url}/properties",
            vendor="simplyrets",
            settings=settings | ({} if page_size is None else {"pageSize": page_size}),
            credentials=MlsCredentials(username=USERNAME, password=PASSWORD),
        )

    def stranger(self) -> MlsSource:
        return replace(self.source(), credentials=MlsCredentials(username=USERNAME, password="guessed"))

    def reset(self) -> None:
        super().reset()
        self._keys = {_id_of(home): str(home["key"]) for home in super().homes()}

    def homes(self) -> list[dict[str, Any]]:
        return [home | {"key": _id_of(home), "status": status_of(home["status"])} for home in super().homes()]

    def change(self, key: str, **fields: Any) -> None:
        super().change(self._keys[key], **fields)

    def remove(self, key: str) -> None:
        super().remove(self._keys[key])


def _id_of(home: dict[str, Any]) -> str:
    """The sandbox counts its numbers and its mlsIds alike."""
    return str(home["number"]).removeprefix("SBX")


@contextmanager
def simplyrets_sandbox(folder: Path, **options: Any) -> Iterator[SimplyRetsSandbox]:
    with serve(create_app(folder, **options)) as base_url:
        sandbox = SimplyRetsSandbox(base_url)
        with sandbox.control:
            yield sandbox
