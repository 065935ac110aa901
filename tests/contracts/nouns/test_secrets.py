"""Connections and accounts, and the secrets that they keep sealed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.tables import keys
from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import Put, Table
from adapters.vault import Vault
from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.mls_connection import MlsCredentials
from domain.entities.social_account import AccountState, FoundAccount, LinkState, SocialTokens
from domain.entities.sync_run import SyncRunState
from domain.errors import ActionRequired, Conflict, NotFound, Overtaken, Unavailable
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import (
    AT,
    CREDENTIALS,
    a_connection,
    a_fence,
    a_run,
    an_account,
    an_event,
    an_inquiry,
    passed,
)
from tests.contracts.table.engines import Place

TOKENS = SocialTokens(access_token="canary-access-token", refresh_token="canary-refresh-token")
ASK = Ask(kind=IntentKind.SYNC, user_id="alice", target="c1")


async def test_the_accounts_of_a_person_are_found_whoever_linked_them(nouns: Repositories) -> None:
    save, of_login = nouns.social_accounts.save, nouns.social_accounts.of_login
    first = await save(an_account(login_id="7"), tokens=TOKENS)
    await save(an_account("facebook:43"), tokens=TOKENS)
    await save(an_account("instagram:42", login_id="7"), tokens=TOKENS)
    second = await save(an_account("facebook:44", "bob", login_id="7"), tokens=TOKENS)
    assert await of_login("facebook", "7") == [first, second]
    assert await of_login("facebook", "8") == []
    moved = await save(replace(first, login_id="8"))
    assert await of_login("facebook", "8") == [moved]
    await nouns.social_accounts.delete(second)
    assert await of_login("facebook", "7") == []


async def test_a_connection_comes_back_as_it_was_written(nouns: Repositories, now: Now) -> None:
    given = a_connection(
        run_queue=("R1",),
        next_sync_at=AT,
        cursors={"Property": AT.isoformat(), "Deleted": "17"},
        known_rows=("0123456789ab",),
        not_before=AT,
        next_sweep_at=AT,
        last_swept_at=AT,
    )
    saved = await nouns.mls_connections.create(given, CREDENTIALS, ask=[ASK])
    assert saved == replace(given, version=1, updated_at=now())
    assert await nouns.mls_connections.get("alice", "c1") == saved
    assert await nouns.mls_connections.get_many("alice", ["c2", "c1"]) == [None, saved]
    assert await nouns.mls_connections.of_user("alice") == [saved]
    assert await nouns.mls_connections.credentials("alice", "c1") == CREDENTIALS
    assert await nouns.intents.get(IntentKind.SYNC, "c1") is not None
    with pytest.raises(Conflict):
        await nouns.mls_connections.create(given, MlsCredentials(token="other"))
    assert await nouns.mls_connections.credentials("alice", "c1") == CREDENTIALS


async def test_connections_are_listed_oldest_first(nouns: Repositories) -> None:
    for id, age in (("a", 1), ("b", 3), ("c", 2)):
        await nouns.mls_connections.create(a_connection(id, created_at=AT - timedelta(days=age)), CREDENTIALS)
    await nouns.mls_connections.create(a_connection("d", "bob"), CREDENTIALS)
    assert [one.id for one in await nouns.mls_connections.of_user("alice")] == ["b", "c", "a"]


async def test_a_connection_is_saved_with_runs_or_not_at_all(nouns: Repositories) -> None:
    connection = await nouns.mls_connections.create(a_connection(), CREDENTIALS)
    fence = await a_fence(nouns)
    queued = replace(connection, run_queue=("R1",))
    connection = await nouns.mls_connections.save(queued, runs=[a_run()], fence=fence, ask=[ASK])
    run = await nouns.runs.get("alice", "R1")
    assert run is not None
    ended = replace(run, state=SyncRunState.SUCCEEDED)
    with pytest.raises(Overtaken):
        await nouns.mls_connections.save(connection, runs=[ended], fence=passed(fence))
    with pytest.raises(Conflict):
        await nouns.mls_connections.save(replace(connection, version=1), runs=[ended])
    with pytest.raises(Conflict):
        await nouns.mls_connections.save(connection, runs=[replace(ended, version=9)])
    assert await nouns.runs.get("alice", "R1") == run
    assert await nouns.mls_connections.get("alice", "c1") == connection
    await nouns.mls_connections.save(connection, runs=[ended], fence=fence)
    assert await nouns.runs.get("alice", "R1") == replace(ended, version=2, sequence=2)


async def test_credentials_are_replaced_only_if_given(nouns: Repositories) -> None:
    connection = await nouns.mls_connections.create(a_connection(), CREDENTIALS)
    connection = await nouns.mls_connections.save(replace(connection, label="Mine"))
    assert await nouns.mls_connections.credentials("alice", "c1") == CREDENTIALS
    await nouns.mls_connections.save(connection, credentials=MlsCredentials(token="new"))
    assert await nouns.mls_connections.credentials("alice", "c1") == MlsCredentials(token="new")


async def test_a_connection_goes_with_its_credentials(nouns: Repositories, table: Table) -> None:
    connection = await nouns.mls_connections.create(a_connection(), CREDENTIALS)
    with pytest.raises(Conflict):
        await nouns.mls_connections.delete(replace(connection, version=7))
    await nouns.mls_connections.delete(connection)
    await nouns.mls_connections.delete(connection)
    assert await nouns.mls_connections.get("alice", "c1") is None
    assert await table.get(keys.mls_credentials("alice", "c1")) is None
    with pytest.raises(NotFound):
        await nouns.mls_connections.credentials("alice", "c1")
    with pytest.raises(Conflict):
        await nouns.mls_connections.save(connection)


async def test_what_is_anothers_is_as_if_it_were_absent(nouns: Repositories) -> None:
    await nouns.mls_connections.create(a_connection("c1", "bob"), CREDENTIALS)
    await nouns.social_accounts.save(an_account(user_id="bob"), tokens=TOKENS)
    assert await nouns.mls_connections.get("alice", "c1") is None
    assert await nouns.mls_connections.of_user("alice") == []
    assert await nouns.social_accounts.get("alice", "facebook:42") is None
    assert await nouns.social_accounts.of_user("alice") == []
    with pytest.raises(NotFound) as hers:
        await nouns.mls_connections.credentials("alice", "c1")
    with pytest.raises(NotFound) as absent:
        await nouns.mls_connections.credentials("alice", "c2")
    assert hers.value.message == absent.value.message
    with pytest.raises(NotFound):
        await nouns.social_accounts.tokens("alice", "facebook:42")


async def test_an_account_comes_back_as_it_was_written(nouns: Repositories, now: Now) -> None:
    given = an_account(expires_at=AT, missing_scopes=("pages_show_list",))
    saved = await nouns.social_accounts.save(given, tokens=TOKENS)
    assert saved == replace(given, version=1, updated_at=now())
    linkedin = await nouns.social_accounts.save(an_account("linkedin:urn:li:person:7"))
    assert await nouns.social_accounts.get("alice", "facebook:42") == saved
    assert await nouns.social_accounts.of_user("alice") == [saved, linkedin]
    asked = ["linkedin:urn:li:person:7", "FACEBOOK:42", "nonsense", "facebook:42"]
    assert await nouns.social_accounts.get_many("alice", asked) == [linkedin, None, None, saved]
    assert await nouns.social_accounts.tokens("alice", "facebook:42") == TOKENS
    with pytest.raises(NotFound):
        await nouns.social_accounts.tokens("alice", "linkedin:urn:li:person:7")


async def test_an_account_is_written_from_its_present_state(nouns: Repositories) -> None:
    saved = await nouns.social_accounts.save(an_account(), tokens=TOKENS)
    expired = await nouns.social_accounts.save(replace(saved, state=AccountState.NEEDS_RECONNECT), ask=[ASK])
    for stale in (an_account(), saved):
        with pytest.raises(Conflict):
            await nouns.social_accounts.save(stale, tokens=SocialTokens(access_token="stale"))
    assert await nouns.social_accounts.get("alice", "facebook:42") == expired
    assert await nouns.social_accounts.tokens("alice", "facebook:42") == TOKENS
    await nouns.social_accounts.delete(expired)
    assert await nouns.social_accounts.get("alice", "facebook:42") is None
    with pytest.raises(NotFound):
        await nouns.social_accounts.tokens("alice", "facebook:42")


async def test_a_link_is_finished_once_in_time_and_by_its_user(
    nouns: Repositories, table: Table, vault: Vault, now: Now
) -> None:
    def begun(state: str) -> LinkState:
        return LinkState(
            state=state,
            user_id="alice",
            platform="facebook",
            redirect_uri="https://yardsign.example.com/oauth/callback/facebook",
            expires_at=now() + timedelta(minutes=10),
        )

    one, late = begun("s1"), begun("s2")
    await nouns.social_accounts.begin_link(one)
    await nouns.social_accounts.begin_link(late)
    assert await nouns.social_accounts.finish_link("bob", "s1") is None
    assert await nouns.social_accounts.finish_link("alice", "s3") is None
    now.pass_by(minutes=9)
    assert await nouns.social_accounts.finish_link("alice", "s1") == one
    found = FoundAccount(remote_id="42", name="Alice's Homes", tokens=TOKENS)
    for offered in ((), (found, replace(found, remote_id="43", expires_at=AT))):
        await nouns.social_accounts.begin_link(replace(one, found=offered))
        assert await nouns.social_accounts.finish_link("alice", "s1") == replace(one, found=offered)
    assert await nouns.social_accounts.finish_link("alice", "s1") is None
    ahead = repositories(table, vault, lambda: late.expires_at)
    assert await ahead.social_accounts.finish_link("alice", "s2") is None
    await nouns.social_accounts.begin_link(late)
    now.pass_by(minutes=1)
    assert await nouns.social_accounts.finish_link("alice", "s2") is None


async def test_a_secret_moved_to_another_row_does_not_open(nouns: Repositories, table: Table) -> None:
    await nouns.mls_connections.create(a_connection("c1"), CREDENTIALS)
    await nouns.mls_connections.create(a_connection("c2"), MlsCredentials(token="mine"))
    await nouns.mls_connections.create(a_connection("c1", "bob"), MlsCredentials(token="bob's"))
    await nouns.social_accounts.save(an_account(), tokens=TOKENS)
    stolen = await table.get(keys.mls_credentials("alice", "c1"))
    assert stolen is not None
    for place in (keys.mls_credentials("alice", "c2"), keys.mls_credentials("bob", "c1")):
        await table.write(Put({**stolen, "PK": place.pk, "SK": place.sk}))
    place = keys.social_tokens("alice", "facebook", "42")
    await table.write(Put({**stolen, "PK": place.pk, "SK": place.sk}))
    for user_id, connection_id in (("alice", "c2"), ("bob", "c1")):
        with pytest.raises(ActionRequired):
            await nouns.mls_connections.credentials(user_id, connection_id)
    with pytest.raises(ActionRequired):
        await nouns.social_accounts.tokens("alice", "facebook:42")
    assert await nouns.mls_connections.credentials("alice", "c1") == CREDENTIALS


async def test_without_its_key_a_secret_does_not_open(nouns: Repositories, table: Table, now: Now) -> None:
    await nouns.mls_connections.create(a_connection(), CREDENTIALS)
    others = repositories(table, Vault({"k2": bytes(32)}, "k2"), now)
    assert await others.mls_connections.get("alice", "c1") is not None
    with pytest.raises(Unavailable, match="k1"):
        await others.mls_connections.credentials("alice", "c1")


async def test_no_secret_is_in_the_files_of_the_table(
    nouns: Repositories, table: Table, place: Place, now: Now
) -> None:
    await nouns.mls_connections.create(a_connection(label="seen in the file"), CREDENTIALS)
    await nouns.social_accounts.save(an_account(), tokens=TOKENS)
    offered = FoundAccount(remote_id="42", name="Alice's Homes", tokens=TOKENS)
    link = LinkState(
        state="s1",
        user_id="alice",
        platform="facebook",
        redirect_uri="https://yardsign.example.com/",
        verifier="canary-verifier",
        expires_at=now() + timedelta(minutes=10),
        found=(offered,),
    )
    await nouns.social_accounts.begin_link(link)
    await nouns.metrics.record(an_event("e1"), an_inquiry("I1"))
    assert len((await nouns.metrics.inquiries("alice", PageRequest())).items) == 1
    await table.close()
    if place.engine != "sqlite":
        return
    folder = Path(place.name).parent
    bytes_written = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert b"seen in the file" in bytes_written
    canaries = (
        "canary-password",
        "canary-secret",
        "canary-access",
        "canary-refresh",
        "canary-verifier",
        "Carol Canary",
        "carol.canary",
    )
    for canary in canaries:
        assert canary.encode() not in bytes_written
