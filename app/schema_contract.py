"""The schema as a contract: how what the code prints differs from what frontends were last promised."""

from dataclasses import dataclass
from pathlib import Path

from graphql import build_schema, find_breaking_changes, find_dangerous_changes

from app.graphql_app import SNAPSHOT

RELEASED = SNAPSHOT.with_name("released.graphql")
"""What was released last. The snapshot beside it changes with the code, this one with a release."""


@dataclass(frozen=True, slots=True)
class Differences:
    """One sentence for each change, as graphql-core words them.

    Attributes:
        breaking: documents that were valid are not any more, or answer something else.
        dangerous: documents stay valid, but may meet what they do not expect, as a new value of an enumeration.
    """

    breaking: tuple[str, ...]
    dangerous: tuple[str, ...]


def differences(released: str, current: str) -> Differences:
    """What has happened to a schema, both given as SDL."""
    before, after = build_schema(released), build_schema(current)
    return Differences(
        breaking=tuple(change.description for change in find_breaking_changes(before, after)),
        dangerous=tuple(change.description for change in find_dangerous_changes(before, after)),
    )


def check(current: str, *, snapshot: Path = SNAPSHOT, released: Path = RELEASED) -> None:
    """Say what differs; raises SystemExit if the snapshot is out of date or a promise is broken."""
    if snapshot.read_text() != current:
        raise SystemExit("schema/schema.graphql is not what the code prints: run `make snapshot`.")
    found = differences(released.read_text(), current)
    for sentence in found.dangerous:
        print(f"dangerous since the last release: {sentence}")
    for sentence in found.breaking:
        print(f"BREAKING since the last release: {sentence}")
    if found.breaking:
        raise SystemExit(
            f"{len(found.breaking)} changes break frontends. Keep what was there beside what is new, deprecated; or,"
            " if frontends are to be broken, run `python -m app schema --release` and say so in CHANGELOG.md."
        )
