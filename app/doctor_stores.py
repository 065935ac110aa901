"""What the doctor says of what is kept: the data folder, the table, the sealed secrets in it, and the photos."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from adapters.files.guarded import GuardedFiles
from adapters.tables import keys
from adapters.tables.mls_connections import MlsConnections
from adapters.tables.social_accounts import SocialAccounts
from adapters.tables.table import EXPIRES_AT, Delete, Key, Put, Table
from adapters.vault import Vault, key_id_of
from app.findings import Finding, Level
from app.secrets import Secrets, load_secrets
from app.settings import Settings
from app.stores import open_files, open_stores
from domain.entities.common import PageRequest
from domain.errors import Unavailable, YardsignError
from domain.ports import Files

LITTLE_BYTES = 1_000_000_000
NO_BYTES = 50_000_000
"""Free space of the data folder under which the doctor warns, and under which it says that nothing works."""

SAMPLE, USERS = 100, 10
"""Of how many connections, and of how many of their owners, the secrets are opened."""

PROBE = "probes/doctor"


async def folder_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """How much room there is for what is kept on this machine."""
    folder = settings.yardsign_data.resolve()
    while not folder.exists():
        folder = folder.parent
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    what = f"{folder} has {free / 1e9:,.1f} GB free."
    if free >= LITTLE_BYTES:
        return [Finding(Level.OK, what)]
    do = "Make room, or keep table and photos elsewhere: YARDSIGN_TABLE=dynamodb, YARDSIGN_FILES=s3."
    return [Finding(Level.FAILURE if free < NO_BYTES else Level.WARNING, what, do)]


async def table_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """Whether the table can be read and written, and has the shape that is needed."""
    if settings.yardsign_table == "dynamodb":
        from adapters.tables.dynamodb_client import open_client  # AWS's client is slow to load
        from adapters.tables.dynamodb_schema import check

        async with open_client() as client:
            wrong = await check(client, settings.yardsign_dynamodb_table)
        if wrong:
            return _told(wrong, "", "See `python -m app table --help`.")
    elif not _has_data(settings):
        return [Finding(Level.OK, "There is no data yet: the table is made at the first start.")]
    async with open_stores(settings, b"", lambda: now) as stores:
        try:
            await stores.table.write(Put({"PK": PROBE, "SK": PROBE, EXPIRES_AT: int(now.timestamp())}))
            await stores.table.write(Delete(Key(PROBE, PROBE)))
        except Unavailable as error:
            return [_closed_for_writing(error)]
    return [Finding(Level.OK, "The table is as it should be; it can be read and written.")]


async def bucket_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """Whether photos can be put, got and removed."""
    if settings.yardsign_files == "s3":
        from adapters.files.s3_bucket import check_bucket  # as above
        from adapters.files.s3_client import Patience

        wrong = await check_bucket(settings.yardsign_s3_bucket, patience=Patience(seconds=3))
        if wrong:
            return _told(wrong, "", "See `python -m app bucket --help`.")
    elif not (settings.yardsign_data / "files").exists():
        return ()
    async with open_files(settings, b"", lambda: now) as files:
        try:
            await _round_trip(GuardedFiles(files))
        except Unavailable as error:
            return [_closed_for_writing(error)]
    return [Finding(Level.OK, "Photos can be put, got and removed.")]


async def _round_trip(files: Files) -> None:
    await files.put(PROBE, b"doctor", content_type="text/plain")
    try:
        if (await files.get(PROBE)).data != b"doctor":
            raise ValueError("what was put is not what was got")
    finally:
        await files.delete(PROBE)


async def key_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """Whether the sealing keys open what is stored, and which of them are still needed."""
    made_here = not (settings.yardsign_sealing_keys and settings.yardsign_media_key)
    if not _has_data(settings) or (made_here and not (settings.yardsign_data / "secrets.json").exists()):
        return ()
    secrets: Secrets = load_secrets(settings)
    async with open_stores(settings, secrets.media_key, lambda: now) as stores:
        used, closed = await _opened(stores.table, secrets.vault, now)
    found = [_closed_finding(key, reason) for key, reason in closed.items()]
    for key, count in used.items():
        if key != secrets.vault.current and key not in closed:
            what = f"{count} of the secrets that were looked at are sealed with the older key {key}."
            found.append(
                Finding(
                    Level.WARNING,
                    what,
                    "`python -m app rotate-keys` seals all anew; keep that key until it has.",
                )
            )
    return found or [Finding(Level.OK, f"The sealing keys open what is stored: {used.total()} looked at.")]


class _Secret(NamedTuple):
    """Where something sealed lies, and for what it was sealed."""

    key: Key
    owner: str
    thing: str
    field: str


async def _opened(table: Table, vault: Vault, now: datetime) -> tuple[Counter[str], Mapping[str, str]]:
    """How many secrets are sealed with each key, and why those of a key do not open."""
    secrets = await _sample(table, vault, now)
    items = await table.get_many([secret.key for secret in secrets])
    used, closed = Counter[str](), dict[str, str]()
    for secret, item in zip(secrets, items, strict=True):
        if item is not None:
            sealed = str(item["Data"])
            used[key_id_of(sealed)] += 1
            try:
                vault.open(sealed, owner=secret.owner, thing=secret.thing, field=secret.field)
            except YardsignError as error:
                closed[key_id_of(sealed)] = error.message
    return used, closed


async def _sample(table: Table, vault: Vault, now: datetime) -> list[_Secret]:
    """The credentials of some connections, and the tokens of some of their owners' accounts."""
    page = await MlsConnections(table, vault, lambda: now).page_of_all(PageRequest(SAMPLE))
    found = [
        _Secret(keys.mls_credentials(one.user_id, one.id), one.user_id, one.id, "credentials")
        for one in page.items
    ]
    accounts = SocialAccounts(table, vault, lambda: now)
    for user in sorted({one.user_id for one in page.items})[:USERS]:
        for one in await accounts.of_user(user):
            key = keys.social_tokens(user, one.platform, one.remote_id)
            found.append(_Secret(key, user, one.id, "tokens"))
    return found


def _closed_for_writing(error: Unavailable) -> Finding:
    """For another reason than that it is copied, too."""
    do = "After a copy, set YARDSIGN_TABLE and YARDSIGN_FILES to where all is now, or --release it; else see that it runs."
    return Finding(Level.FAILURE, error.message, do)


def _closed_finding(key: str, reason: str) -> Finding:
    do = f"Put the key {key} back into YARDSIGN_SEALING_KEYS, behind the others; without it users enter them again."
    return Finding(Level.FAILURE, reason, do)


def _has_data(settings: Settings) -> bool:
    return settings.yardsign_table == "dynamodb" or (settings.yardsign_data / "table.sqlite").exists()


def _told(wrong: Sequence[str], good: str, do: str) -> Sequence[Finding]:
    return [Finding(Level.FAILURE, sentence, do) for sentence in wrong] or [Finding(Level.OK, good)]
