"""What every vendor's server of the RESO Web API is asked for, and what comes of it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.mls.reso_profiles import Login
from adapters.mls.reso_vendors import PROFILES
from domain.entities.mls import MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsCredentials
from domain.errors import ActionRequired
from domain.ports import Mls
from tests.contracts.mls.cases import HOMES, Clock
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.vendors import Vendor, all_keys, removed, reso_web_api, run, vendor_of

_CREDENTIALS = {
    Login.BEARER: {"token"},
    Login.BASIC: {"username", "password"},
    Login.PASSWORD: {"username", "password", "tokenUrl"},
    Login.CLIENT_CREDENTIALS: {"clientId", "clientSecret", "tokenUrl"},
}
_SECRET = {"token", "clientSecret", "password", "webhookSecret"}


@pytest.fixture
def budgets(clock: Clock) -> ClockBudgets:
    return ClockBudgets(clock)


@pytest.fixture
async def mls(clock: Clock, budgets: ClockBudgets, tmp_path: Path) -> AsyncIterator[Mls]:
    async with reso_web_api(clock, budgets, tmp_path / "files") as protocol:
        yield protocol


@pytest.fixture(params=sorted(PROFILES))
def vendor(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Vendor]:
    with vendor_of(request.param, tmp_path, clock) as vendor:
        yield vendor


async def test_the_form_of_a_vendor_is_on_offer(mls: Mls) -> None:
    assert {vendor.name for vendor in mls.vendors} == PROFILES.keys()


class TestEveryVendor:
    async def test_an_account_passes_the_check(self, mls: Mls, vendor: Vendor) -> None:
        await mls.check(vendor.account())
        assert vendor.statuses() == {200}

    async def test_every_home_comes_once_with_its_photos_and_within_the_limits(
        self, mls: Mls, vendor: Vendor
    ) -> None:
        rows, _ = await run(mls, vendor.account(pageSize=25), MlsQuery())
        assert sorted(row.key or "" for row in rows) == sorted(home["key"] for home in vendor.homes())
        assert all(isinstance(row, MlsRecord) and row.media for row in rows)
        assert vendor.statuses() == {200}

    async def test_the_sweep_has_every_key(self, mls: Mls, vendor: Vendor) -> None:
        assert sorted(await all_keys(mls, vendor.account())) == sorted(home["key"] for home in vendor.homes())
        assert await all_keys(mls, vendor.account(pageSize=7)) == await all_keys(mls, vendor.account())
        assert vendor.statuses() == {200}

    async def test_a_sale_comes_with_the_next_delta_and_nothing_else(
        self, mls: Mls, vendor: Vendor, clock: Clock
    ) -> None:
        _, cursors = await run(mls, vendor.account(), MlsQuery())
        key = vendor.homes()[5]["key"]
        clock.time += timedelta(hours=1)
        since = clock.time
        vendor.change(key, StandardStatus="Closed")
        rows, _ = await run(mls, vendor.account(), MlsQuery(since=since, cursors=cursors))
        [record] = rows
        assert isinstance(record, MlsRecord)
        assert (record.key, record.facts.standard_status) == (key, "Closed")

    async def test_nothing_changed_is_one_request_for_rows(
        self, mls: Mls, vendor: Vendor, clock: Clock
    ) -> None:
        _, cursors = await run(mls, vendor.account(), MlsQuery())
        clock.time += timedelta(hours=1)
        before = len(vendor.asked())
        rows, _ = await run(mls, vendor.account(), MlsQuery(since=clock.time, cursors=cursors))
        assert rows == []
        asked = vendor.asked()[before:]
        assert len([query for query in asked if "ModificationTimestamp" in query]) == 1
        assert len(asked) == 1 or vendor.name == "utah-real-estate"

    async def test_rows_are_found_by_key_and_by_number(self, mls: Mls, vendor: Vendor) -> None:
        wanted = vendor.homes()[:12]
        keys = MlsQuery(keys=(*(home["key"] for home in wanted), "no-such-key"))
        numbers = MlsQuery(numbers=(*(home["number"] for home in wanted), "no-such-number"))
        for query in (keys, numbers):
            rows, _ = await run(mls, vendor.account(), query)
            assert sorted(row.key or "" for row in rows) == sorted(home["key"] for home in wanted)

    async def test_a_home_taken_out_is_told_by_the_delta_or_by_the_sweep(
        self, mls: Mls, vendor: Vendor, clock: Clock
    ) -> None:
        _, cursors = await run(mls, vendor.account(), MlsQuery())
        key = vendor.homes()[9]["key"]
        clock.time += timedelta(hours=1)
        since = clock.time
        vendor.remove(key)
        rows, _ = await run(mls, vendor.account(), MlsQuery(since=since, cursors=cursors))
        tells = vendor.name in ("mls-grid", "utah-real-estate")
        assert removed(rows) == ({key} if tells else set())
        assert key not in await all_keys(mls, vendor.account())

    async def test_photos_are_fetched(self, mls: Mls, vendor: Vendor) -> None:
        rows, _ = await run(mls, vendor.account(), MlsQuery(keys=(vendor.homes()[0]["key"],)))
        assert isinstance(rows[0], MlsRecord)
        assert rows[0].media
        assert (await mls.photo(vendor.account(), rows[0].media[0])).startswith(b"\xff\xd8")

    async def test_a_look_shows_the_fields_and_what_they_are_read_as(self, mls: Mls, vendor: Vendor) -> None:
        sample = await mls.sample(vendor.account())
        types = {field.name: field.type for field in sample.fields}
        assert types["ListPrice"] == "Edm.Decimal"
        assert sample.raw is not None
        assert isinstance(sample.row, MlsRecord)
        assert sample.row.key == sample.raw["ListingKey"]
        assert sample.sources["price"] == "ListPrice"

    async def test_a_stranger_needs_to_log_in_again(self, mls: Mls, vendor: Vendor) -> None:
        nobody = replace(vendor.account(), credentials=MlsCredentials())
        with pytest.raises(ActionRequired, match="needs"):
            await mls.check(nobody)
        stranger = MlsCredentials(token="unknown", client_id="unknown", client_secret="unknown")
        with pytest.raises(ActionRequired):
            await mls.check(replace(vendor.account(), credentials=stranger))


class TestForms:
    @pytest.mark.parametrize("name", sorted(PROFILES))
    def test_what_is_asked_is_what_is_read(self, name: str) -> None:
        profile = PROFILES[name]
        settings = {field.name: field for field in profile.vendor.settings}
        # Where tokens are exchanged, and for what, the profile may know by itself.
        needed = {field for login in profile.logins for field in _CREDENTIALS[login]}
        needed -= {"tokenUrl"} if profile.token_path else set()
        assert needed <= settings.keys()
        assert {field for field in settings if settings[field].secret} == settings.keys() & _SECRET
        required = {field for field in settings if settings[field].required}
        if len(profile.logins) == 1:
            required -= needed
        assert required == ({"originatingSystemName"} if profile.one_system else set())

    def test_the_secret_of_a_webhook_is_asked_for(self) -> None:
        assert "webhookSecret" in {field.name for field in PROFILES["generic"].vendor.settings}

    def test_five_vendors_have_an_address_of_their_own(self) -> None:
        urls = {name: profile.vendor.url for name, profile in PROFILES.items()}
        assert urls.pop("generic") is None
        assert len({url for url in urls.values() if url and url.startswith("https://")}) == 5

    async def test_an_address_that_still_has_a_blank_needs_the_user(self, mls: Mls, vendor: Vendor) -> None:
        source = replace(vendor.account(), url="https://api.bridgedataoutput.com/api/v2/OData/{dataset}")
        with pytest.raises(ActionRequired, match="braces"):
            await mls.check(source)


class TestHomesShareAMoment:
    async def test_rows_of_one_moment_over_the_edge_of_a_page_all_come(
        self, mls: Mls, vendor: Vendor, clock: Clock
    ) -> None:
        clock.time += timedelta(hours=1)
        stamp = clock.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        wanted = [home["key"] for home in vendor.homes()[:20]]
        for key in wanted:
            vendor.change(key, ModificationTimestamp=stamp)
        since = datetime.fromisoformat(stamp)
        rows, _ = await run(mls, vendor.account(pageSize=3), MlsQuery(since=since))
        assert {row.key for row in rows} == set(wanted)
        assert len(vendor.homes()) == HOMES
