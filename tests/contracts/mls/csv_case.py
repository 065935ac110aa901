"""CSV files beside their sandbox, for the contract."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.entities.mls_connection import MlsCredentials, MlsSource
from sandbox.csv_feed.server import PASSWORD, TOKEN, USERNAME, create_app
from sandbox.serving import serve
from tests.contracts.mls.controlled import Controlled

_NO_DELTA = (
    "A file tells nothing of what changed in it: once it is another one, all rows come, and what did not change"
    " is found by comparing."
)
BEYOND = {
    "test_since_gives_what_changed_at_the_moment_or_later": _NO_DELTA,
    "test_so_do_new_photos_that_moved_no_other_stamp": _NO_DELTA,
    "test_a_change_of_any_status_comes_with_the_next_delta": _NO_DELTA,
    "test_keys_and_since_together": _NO_DELTA,
    "test_a_failed_page_is_asked_for_again_from_the_same_position": (
        "The file is asked for once; its further pages come from what was kept of it."
    ),
    "test_it_says_what_to_ask_the_user_for": "A file that the user sends needs no login.",
}
"""Tests of the contract whose promise the protocol cannot keep, and why."""


class CsvSandbox(Controlled):
    """The sandbox's CSV file."""

    data = "/files"
    secrets: tuple[str, ...] = (PASSWORD, TOKEN)

    def source(
        self, *, page_size: int | None = None, path: str = "files", query: str = "", **settings: Any
    ) -> MlsSource:
        return MlsSource(
            connection_id="C1",
            url=f"{self.base_url}/{path}/homes.csv{query}",
            vendor="generic",
            settings=settings | ({} if page_size is None else {"pageSize": page_size}),
            credentials=MlsCredentials(username=USERNAME, password=PASSWORD),
        )

    def stranger(self) -> MlsSource:
        return replace(self.source(), credentials=MlsCredentials(username=USERNAME, password="guessed"))


@contextmanager
def csv_sandbox(folder: Path, **options: Any) -> Iterator[CsvSandbox]:
    with serve(create_app(folder, **options)) as base_url:
        sandbox = CsvSandbox(base_url)
        with sandbox.control:
            yield sandbox
