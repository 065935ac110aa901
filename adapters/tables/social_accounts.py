"""Linked accounts, their sealed tokens and the links that were begun, in the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.tables import key_indexes, keys
from adapters.tables.codec import Codec, free, stamped, version_of
from adapters.tables.pages import get_all, read_all
from adapters.tables.table import (
    BASE,
    EXPIRES_AT,
    GSI2,
    Absent,
    Condition,
    Delete,
    Equals,
    Item,
    Key,
    Present,
    Put,
    Query,
    Refused,
    Table,
    Write,
    key_of,
)
from adapters.tables.transaction import Now, commit, transact
from adapters.vault import Vault
from domain.entities.intent import Ask
from domain.entities.social_account import LinkState, SocialAccount, SocialTokens
from domain.errors import NotFound

_ACCOUNT = Codec(SocialAccount, apart={"version"})
_TOKENS = Codec(SocialTokens)
_LINK = Codec(LinkState)
_FIELD = "tokens"
_LINK_FIELD = "link"


class SocialAccounts:
    """`domain.ports.SocialAccounts` over a table and a vault.

    The tokens of an account lie in an item of their own, which lists never read and no index knows.
    """

    def __init__(self, table: Table, vault: Vault, now: Now) -> None:
        self._table = table
        self._vault = vault
        self._now = now

    async def get(self, user_id: str, account_id: str) -> SocialAccount | None:
        return (await self.get_many(user_id, [account_id]))[0]

    async def get_many(self, user_id: str, account_ids: Sequence[str]) -> list[SocialAccount | None]:
        items = await self._table.get_many([_key(user_id, account_id) for account_id in account_ids])
        found = [None if item is None else _account_of(item) for item in items]
        return [
            account if account is not None and account.id == account_id else None
            for account, account_id in zip(found, account_ids, strict=True)
        ]

    async def of_user(self, user_id: str) -> list[SocialAccount]:
        """By platform, then by id."""
        items = await read_all(self._table, Query(BASE, keys.user(user_id), prefix="SOCIAL#"))
        return [_account_of(item) for item in items]

    async def save(
        self, account: SocialAccount, *, tokens: SocialTokens | None = None, ask: Sequence[Ask] = ()
    ) -> SocialAccount:
        now = self._now()
        saved = replace(account, updated_at=now, version=account.version + 1)
        key = keys.social_account(account.user_id, account.platform, account.remote_id)
        expected: Condition = Equals("version", account.version) if account.version else Absent()
        item: Item = {
            **stamped(key, "SocialAccount", created=account.linked_at, now=now, version=saved.version),
            **key_indexes.social_account_indexes(account),
            "Data": _ACCOUNT.encode(saved),
        }
        writes: list[Write] = [Put(item, when=(expected,))]
        if tokens is not None:
            writes.append(Put(self._sealed(saved, tokens, now)))
        await commit(self._table, self._now, writes, ask=ask)
        return saved

    async def tokens(self, user_id: str, account_id: str) -> SocialTokens:
        item = await self._table.get(_tokens_key(user_id, account_id))
        if item is None:
            raise NotFound("There is no such account.")
        return _TOKENS.decode(
            self._vault.open(str(item["Data"]), owner=user_id, thing=account_id, field=_FIELD)
        )

    async def of_login(self, platform: str, login_id: str) -> list[SocialAccount]:
        found = await read_all(self._table, Query(GSI2, keys.login(platform, login_id)))
        items = await get_all(self._table, [key_of(item) for item in found])
        accounts = [_account_of(item) for item in items if item is not None]
        return [account for account in accounts if account.login_id == login_id]

    async def delete(self, account: SocialAccount, *, ask: Sequence[Ask] = ()) -> None:
        """An account that is gone already is no error, and nothing is asked for."""
        key = keys.social_account(account.user_id, account.platform, account.remote_id)
        if await self._table.get(key) is None:
            return
        sealed = keys.social_tokens(account.user_id, account.platform, account.remote_id)
        writes = [Delete(key, when=(Equals("version", account.version),)), Delete(sealed)]
        await commit(self._table, self._now, writes, ask=ask)

    async def begin_link(self, state: LinkState) -> None:
        now = self._now()
        key = keys.link_state(state.user_id, state.state)
        item: Item = {
            **stamped(key, "LinkState", created=now, now=now, version=1),
            "Data": self._vault.seal(
                _LINK.encode(state), owner=state.user_id, thing=state.state, field=_LINK_FIELD
            ),
            EXPIRES_AT: keys.seconds(state.expires_at),
        }
        await commit(self._table, self._now, [Put(item, when=(free(now),))])

    async def finish_link(self, user_id: str, state: str) -> LinkState | None:
        key = keys.link_state(user_id, state)
        item = await self._table.get(key)
        if item is None:
            return None
        try:
            await transact(self._table, [Delete(key, when=(Present(),))])
        except Refused:
            return None
        plain = self._vault.open(str(item["Data"]), owner=user_id, thing=state, field=_LINK_FIELD)
        found = _LINK.decode(plain)
        return found if found.expires_at > self._now() else None

    def _sealed(self, account: SocialAccount, tokens: SocialTokens, now: datetime) -> Item:
        key = keys.social_tokens(account.user_id, account.platform, account.remote_id)
        plain = _TOKENS.encode(tokens)
        return {
            **stamped(key, "SocialTokens", created=now, now=now, version=account.version),
            "Data": self._vault.seal(plain, owner=account.user_id, thing=account.id, field=_FIELD),
        }


def _account_of(item: Item) -> SocialAccount:
    return _ACCOUNT.decode(str(item["Data"]), version=version_of(item))


def _key(user_id: str, account_id: str) -> Key:
    """Keys hold the platform in capitals: what lies there may still have another id."""
    platform, _, remote_id = account_id.partition(":")
    return keys.social_account(user_id, platform, remote_id)


def _tokens_key(user_id: str, account_id: str) -> Key:
    platform, _, remote_id = account_id.partition(":")
    return keys.social_tokens(user_id, platform, remote_id)
