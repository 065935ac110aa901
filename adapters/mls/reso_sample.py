"""Looks at an account: which fields its MLS has, one row, and what that is read as."""

import asyncio
from typing import Any

from adapters.mls.answers import Forbidden
from adapters.mls.field_map import propose, propose_status_map, sources
from adapters.mls.odata import OData
from adapters.mls.reso_account import Account
from adapters.mls.reso_mapping import read_row
from adapters.mls.reso_metadata import read_metadata
from adapters.mls.reso_requests import metadata_url
from domain.entities.mls import MlsSample, SourceField
from domain.errors import Rejected


async def read_sample(odata: OData, account: Account, raw: Any) -> MlsSample:
    """What the metadata and the row, or None, tell. Where there is no metadata, the row's names stand for it."""
    fields = await _fields(odata, account)
    row = raw if isinstance(raw, dict) else None
    if row is not None and not fields:
        fields = tuple(SourceField(name=name) for name in row if not name.startswith("@"))
    names = [field.name for field in fields] + [name for name in row or () if not name.startswith("@")]
    proposal = propose(fields, account.field_map)
    return MlsSample(
        fields=fields,
        raw=row,
        row=None if row is None else read_row(account.field_map.apply(row), currency=account.currency),
        sources=sources(account.field_map, names),
        proposal=proposal,
        statuses=propose_status_map(fields, account.field_map, proposal),
    )


async def _fields(odata: OData, account: Account) -> tuple[SourceField, ...]:
    try:
        document = await odata.xml(account, metadata_url(account))
        return await asyncio.to_thread(read_metadata, document)
    except (Rejected, Forbidden):
        return ()
