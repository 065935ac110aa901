"""What is CSV files' own: their kinds, one file over many pages, unchanged ones, sent ones, bad lines."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from adapters.files.local import LocalFiles
from domain.entities.mls import UPLOADED, MlsDefect, MlsPage, MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired, Rejected
from domain.ports import Files, Mls
from domain.rules.identity import upload_key
from sandbox.csv_feed.server import TOKEN
from tests.contracts.mls.cases import HOMES, Clock, keys, pages, records, rows
from tests.contracts.mls.csv_case import CsvSandbox, csv_sandbox
from tests.contracts.mls.scripted import Answer, Scripted, raw, scripted

pytestmark = pytest.mark.parametrize("running", ["csv"], indirect=True)
FILE = b"MLS #,Status,Price\n1,Active,100\n2,Sold,200\n3,Pending,300\n"


def serving(data: bytes, **headers: str) -> Answer:
    return lambda _request: Response(data, headers=headers, media_type="text/csv")


def source_of(server: Scripted, **settings: Any) -> MlsSource:
    return replace(
        server.source(), url=f"{server.base_url}/f.csv", settings=settings, credentials=MlsCredentials()
    )


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> Files:
    """The store that the protocol uses."""
    return LocalFiles(tmp_path / "files", base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=clock.now)


async def names(files: Files) -> list[str]:
    return [key async for key in files.list("feeds/")]


def defects(page: MlsPage) -> list[str]:
    return [row.message for row in page.rows if isinstance(row, MlsDefect)]


class TestKinds:
    @pytest.mark.parametrize("delimiter", ["comma", "semicolon", "tab", "pipe"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    async def test_whatever_the_delimiter_and_encoding_the_homes_are_the_same(
        self, mls: Mls, sandbox: CsvSandbox, delimiter: str, encoding: str
    ) -> None:
        sandbox.change(sandbox.homes()[0]["key"], PublicRemarks='Café “X”;\t|, "quoted"\r\nand more €')
        query = f"?delimiter={delimiter}&encoding={encoding}"
        found = await records(mls, sandbox.source(query=query))
        assert found == await records(mls, sandbox.source())
        assert len(found) == HOMES

    async def test_an_office_s_own_columns_say_the_same(self, mls: Mls, sandbox: CsvSandbox) -> None:
        homes = {home["number"]: home for home in sandbox.homes()}
        found = await records(mls, sandbox.source(query="?header=plain"))
        assert {row.key for row in found} == homes.keys()
        for row in found:
            home = homes[row.key]
            assert (row.facts.standard_status, row.facts.price) == (home["status"], home["price"])
            assert len(row.media or ()) == home["photos"]

    @pytest.mark.parametrize("between", ["|", "\n", " ", ";", ","])
    async def test_photos_stand_in_one_cell(self, mls: Mls, sandbox: CsvSandbox, between: str) -> None:
        found = await records(
            mls, sandbox.source(query=f"?photos={'%0A' if between == chr(10) else between}")
        )
        counts = {home["key"]: home["photos"] for home in sandbox.homes()}
        assert {row.key: len(row.media or ()) for row in found} == counts

    async def test_rows_need_no_stamp(self, mls: Mls, sandbox: CsvSandbox) -> None:
        found = await records(mls, sandbox.source(query="?header=plain"))
        assert {row.facts.modified_in_mls_at for row in found} == {None}


class TestAddresses:
    async def test_a_token_opens_it_too(self, mls: Mls, sandbox: CsvSandbox) -> None:
        source = replace(sandbox.source(), credentials=MlsCredentials(token=f" {TOKEN}\n"))
        assert len(await keys(mls, source)) == HOMES
        assert sandbox.log()[-1]["authorization"] == "Bearer"

    async def test_an_open_file_needs_no_login(self, mls: Mls, sandbox: CsvSandbox) -> None:
        source = replace(sandbox.source(path="open"), credentials=MlsCredentials())
        assert len(await keys(mls, source)) == HOMES

    async def test_links_that_lead_on_are_followed(self, mls: Mls, sandbox: CsvSandbox) -> None:
        assert len(await keys(mls, sandbox.source(path="moved"))) == HOMES

    async def test_but_not_with_the_credentials_to_strangers(self, mls: Mls, server: Scripted) -> None:
        with scripted() as canary:
            canary.answer = serving(FILE)
            server.answer = lambda _request: raw("", 302, Location=f"{canary.base_url}/f.csv")
            credentials = MlsCredentials(username="me", password="hush")
            source = replace(source_of(server), credentials=credentials)
            assert await keys(mls, source) == ["1", "2", "3"]
            assert (canary.authorizations, server.authorizations) == ([None], ["Basic bWU6aHVzaA=="])

    async def test_a_token_that_no_header_takes_needs_the_user(self, mls: Mls, server: Scripted) -> None:
        source = replace(source_of(server), credentials=MlsCredentials(token="to\nken"))
        with pytest.raises(ActionRequired, match="copied"):
            await mls.check(source)

    @pytest.mark.parametrize(
        "settings", [{"delimiter": "space"}, {"delimiter": 7}, {"pageSize": 0}, {"currency": "dollars"}]
    )
    async def test_impossible_settings_need_the_user(
        self, mls: Mls, server: Scripted, settings: dict[str, Any]
    ) -> None:
        with pytest.raises(ActionRequired, match=f"setting {next(iter(settings))}"):
            await mls.check(source_of(server, **settings))
        assert server.asked == []

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"", "empty"),
            (b"<html>Log in</html>", "HTML"),
            (b'{"rows": []}', "JSON"),
            (b"PK\x03\x04", "Excel"),
            (b"\n\n,,\n", "header"),
            (b"Where,What\nhere,that\n", "fieldMap|field map"),
        ],
    )
    async def test_what_is_no_list_of_homes_is_called_by_its_name(
        self, mls: Mls, server: Scripted, data: bytes, told: str
    ) -> None:
        server.answer = serving(data)
        for call in (mls.check, mls.sample, lambda source: mls.keys(source, None)):
            with pytest.raises(Rejected, match=told):
                await call(source_of(server))

    async def test_more_than_50_mb_are_too_much(self, mls: Mls, server: Scripted) -> None:
        server.answer = serving(FILE + b"x" * 50_000_000)
        with pytest.raises(Rejected, match="larger than 50000000"):
            await mls.check(source_of(server))


class TestLines:
    async def test_each_bad_line_is_named_and_harms_no_other(self, mls: Mls, server: Scripted) -> None:
        server.answer = serving(
            b"MLS #,Status,Price\n1,Active,100\n2,Active\n,Active,300\n\n4,Active,400,5\n1,Sold,1\n6,Active,call us\n"
        )
        [page] = await pages(mls, source_of(server))
        assert defects(page) == [
            "Line 3: It has 2 cells, and the header 3.",
            "Line 4: The listing has neither a key nor a number.",
            "Line 6: It has 4 cells, and the header 3.",
            "Line 7: The listing 1 stands in line 2 already, which counts.",
        ]
        good = {row.key: row.facts.price for row in page.rows if isinstance(row, MlsRecord)}
        assert good == {"1": 100, "6": None}

    async def test_a_line_that_cannot_be_used_does_not_mean_that_the_home_is_gone(
        self, mls: Mls, server: Scripted
    ) -> None:
        server.answer = serving(b"MLS #,Status,Price\n1,Active,100\n2,Active\n3,Delete,1\n1,Active,5\n")
        assert (await mls.keys(source_of(server), None)).keys == ("1", "2")
        first, second = await rows(mls, source_of(server), MlsQuery(keys=("1",), numbers=("2",)))
        assert isinstance(first, MlsRecord)
        assert (first.key, str(first.facts.price)) == ("1", "100.00")
        assert isinstance(second, MlsDefect)
        assert (second.key, second.mls_number, second.message[:7]) == ("2", "2", "Line 3:")

    async def test_a_repeated_listing_is_found_across_pages(self, mls: Mls, server: Scripted) -> None:
        lines = b"".join(f"{number},Active,1\n".encode() for number in [*range(10), 0])
        server.answer = serving(b"MLS #,Status,Price\n" + lines)
        found = await pages(mls, source_of(server, pageSize=4))
        assert [defects(page) for page in found] == [
            [],
            [],
            ["Line 12: The listing 0 stands in line 2 already, which counts."],
        ]

    async def test_an_open_quotation_mark_is_told_and_nothing_is_taken_for_gone(
        self, mls: Mls, server: Scripted
    ) -> None:
        server.answer = serving(b'MLS #,Status,Price\n1,Active,100\n2,"Active,200\n3,Active,300\n')
        [page] = await pages(mls, source_of(server))
        assert [message[:7] for message in defects(page)] == ["Line 3:"]
        for asking in (
            mls.keys(source_of(server), None),
            mls.fetch(source_of(server), MlsQuery(keys=("1", "3")), None),
        ):
            with pytest.raises(Rejected, match="line 3"):
                await asking
        assert await keys(mls, source_of(server), MlsQuery(keys=("1",))) == ["1"]

    async def test_a_header_alone_is_a_list_without_homes(self, mls: Mls, server: Scripted) -> None:
        server.answer = serving(b"MLS #,Status,Price\n")
        await mls.check(source_of(server))
        assert await rows(mls, source_of(server)) == []


class TestChanges:
    async def test_a_file_that_is_the_same_gives_no_rows(self, mls: Mls, server: Scripted) -> None:
        server.answer = serving(FILE)
        cursors = (await mls.fetch(source_of(server), MlsQuery(), None)).cursors
        page = await mls.fetch(source_of(server), MlsQuery(cursors=cursors), None)
        assert (page.rows, page.position, page.cursors["file"]) == ((), None, cursors["file"])
        server.answer = serving(FILE.replace(b"100", b"101"))
        page = await mls.fetch(source_of(server), MlsQuery(cursors=cursors), None)
        assert len(page.rows) == 3
        assert page.cursors["file"] != cursors["file"]

    @pytest.mark.parametrize("etags", [True, False])
    async def test_nor_is_it_sent_again_by_a_server_that_knows(
        self, mls: Mls, tmp_path: Path, etags: bool
    ) -> None:
        now = [datetime(2026, 3, 15, tzinfo=UTC)]
        with csv_sandbox(tmp_path, etags=etags, now=lambda: now[0]) as sandbox:
            now[0] += timedelta(minutes=1)
            cursors = (await mls.fetch(sandbox.source(), MlsQuery(), None)).cursors
            again = await mls.fetch(sandbox.source(), MlsQuery(cursors=cursors), None)
            assert [entry["status"] for entry in sandbox.log()] == [200, 304]
            assert (again.rows, again.cursors) == ((), cursors)
            now[0] += timedelta(minutes=1)
            sandbox.change(sandbox.homes()[0]["key"], ListPrice=7)
            assert len((await mls.fetch(sandbox.source(), MlsQuery(cursors=cursors), None)).rows) == HOMES

    async def test_a_date_of_this_very_moment_is_not_trusted(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: Response(
            FILE, headers={"Last-Modified": format_datetime(datetime.now(UTC), usegmt=True)}
        )
        cursors = (await mls.fetch(source_of(server), MlsQuery(), None)).cursors
        await mls.fetch(source_of(server), MlsQuery(cursors=cursors), None)
        assert "if-modified-since" not in server.asked[-1].headers

    async def test_a_full_read_asks_for_the_file_itself(self, mls: Mls, server: Scripted) -> None:
        server.answer = serving(FILE, etag='"1"')
        await mls.fetch(source_of(server), MlsQuery(), None)
        await mls.fetch(source_of(server), MlsQuery(keys=("1",), cursors={"file": "x", "etag": '"1"'}), None)
        assert [request.headers.get("if-none-match") for request in server.asked] == [None, None]

    async def test_the_protocol_s_cursors_are_its_own(self, mls: Mls, server: Scripted) -> None:
        server.answer = lambda _request: Response(status_code=304)
        known = {"file": "a" * 64, "etag": '"1"', "EntityEvent": "7"}
        page = await mls.fetch(source_of(server), MlsQuery(cursors=known), None)
        assert page.cursors == {"file": "a" * 64, "etag": '"1"', "lastModified": ""}


class TestPages:
    """One file from beginning to end, whatever lies at its address meanwhile."""

    @pytest.fixture
    def source(self, server: Scripted) -> MlsSource:
        server.answer = serving(FILE)
        return source_of(server, pageSize=1)

    async def test_all_pages_are_of_the_file_that_was_there_first(
        self, mls: Mls, server: Scripted, source: MlsSource
    ) -> None:
        first = await mls.fetch(source, MlsQuery(), None)
        server.answer = serving(FILE.replace(b"00\n", b"99\n"))
        second = await mls.fetch(source, MlsQuery(), first.position)
        third = await mls.fetch(source, MlsQuery(), second.position)
        read = [row for page in (first, second, third) for row in page.rows]
        found = [row.facts.price for row in read if isinstance(row, MlsRecord)]
        assert found == [100, 200, 300]
        assert third.position is None
        assert len({page.cursors["file"] for page in (first, second, third)}) == 1
        assert len(server.asked) == 1

    async def test_a_page_may_be_asked_for_again_also_when_the_one_behind_it_was_fetched(
        self, mls: Mls, server: Scripted, source: MlsSource
    ) -> None:
        """As by a run that fetches a page ahead of the one that it writes, and dies over that."""
        first = await mls.fetch(source, MlsQuery(), None)
        server.answer = serving(b"another file")
        second = await mls.fetch(source, MlsQuery(), first.position)
        third = await mls.fetch(source, MlsQuery(), second.position)
        for before, page in ((first, second), (second, third)):
            assert await mls.fetch(source, MlsQuery(), before.position) == page

    async def test_what_is_kept_goes_also_what_a_run_left_that_never_ended(
        self, mls: Mls, server: Scripted, source: MlsSource, files: Files
    ) -> None:
        await mls.fetch(source, MlsQuery(), None)
        server.answer = serving(FILE + b"4,Active,400\n5,Active,500\n")
        found = await pages(mls, source)
        assert len(await names(files)) == 2
        await mls.fetch(source, MlsQuery(cursors=found[-1].cursors), None)
        assert await names(files) == []

    async def test_a_file_of_one_page_is_not_kept(self, mls: Mls, server: Scripted, files: Files) -> None:
        server.answer = serving(FILE)
        await pages(mls, source_of(server))
        assert await names(files) == []

    async def test_a_store_that_was_emptied_is_filled_from_the_same_file(
        self, mls: Mls, server: Scripted, source: MlsSource, files: Files
    ) -> None:
        first = await mls.fetch(source, MlsQuery(), None)
        for key in await names(files):
            await files.delete(key)
        second = await mls.fetch(source, MlsQuery(), first.position)
        third = await mls.fetch(source, MlsQuery(), second.position)
        assert [row.key for page in (second, third) for row in page.rows] == ["2", "3"]
        for key in await names(files):
            await files.delete(key)
        server.answer = serving(FILE + b"4,Active,400\n")
        with pytest.raises(Rejected, match="changed while it was read"):
            await mls.fetch(source, MlsQuery(), first.position)


class TestSentFiles:
    @pytest.fixture
    def source(self) -> MlsSource:
        return MlsSource(
            connection_id="C7", url=UPLOADED, vendor="upload", settings={}, credentials=MlsCredentials()
        )

    async def test_a_connection_may_be_made_before_its_file_is_there(
        self, mls: Mls, source: MlsSource
    ) -> None:
        await mls.check(source)
        for call in (mls.sample(source), mls.keys(source, None), mls.fetch(source, MlsQuery(), None)):
            with pytest.raises(ActionRequired, match="send the CSV file"):
                await call

    async def test_it_is_read_like_any_other(self, mls: Mls, source: MlsSource, files: Files) -> None:
        await files.put(upload_key("C7"), FILE, content_type="text/csv")
        await mls.check(source)
        page = await mls.fetch(source, MlsQuery(), None)
        assert [row.key for row in page.rows] == ["1", "2", "3"]
        assert (await mls.fetch(source, MlsQuery(cursors=page.cursors), None)).rows == ()
        assert (await mls.keys(source, None)).keys == ("1", "2", "3")

    async def test_the_next_one_takes_its_place(self, mls: Mls, source: MlsSource, files: Files) -> None:
        await files.put(upload_key("C7"), FILE, content_type="text/csv")
        cursors = (await mls.fetch(source, MlsQuery(), None)).cursors
        await files.put(upload_key("C7"), b"MLS #,Status\n9,Active\n", content_type="text/csv")
        page = await mls.fetch(source, MlsQuery(cursors=cursors), None)
        assert [row.key for row in page.rows] == ["9"]

    async def test_another_connection_s_file_is_not_read(
        self, mls: Mls, source: MlsSource, files: Files
    ) -> None:
        await files.put(upload_key("C8"), FILE, content_type="text/csv")
        with pytest.raises(ActionRequired):
            await mls.fetch(source, MlsQuery(), None)

    async def test_a_bad_one_is_rejected_at_the_door(self, mls: Mls, source: MlsSource, files: Files) -> None:
        await files.put(upload_key("C7"), b"<html>", content_type="text/csv")
        with pytest.raises(Rejected, match="HTML"):
            await mls.check(source)


class TestSample:
    async def test_it_shows_the_columns_and_what_they_are_read_as(self, mls: Mls, server: Scripted) -> None:
        server.answer = serving(
            b"MLS #,Status,Asking,Colour,Photos\n1,Active,100,blue,http://a/1.jpg\n2,Sold,200,red,\n"
        )
        sample = await mls.sample(source_of(server, fieldMap={"Asking": "price"}))
        assert [field.name for field in sample.fields] == ["MLS #", "Status", "Asking", "Colour", "Photos"]
        assert sample.fields[1].values == ("Active", "Sold")
        assert sample.raw == {
            "MLS #": "1",
            "Status": "Active",
            "Asking": "100",
            "Colour": "blue",
            "Photos": "http://a/1.jpg",
        }
        assert isinstance(sample.row, MlsRecord)
        assert sample.row.facts.price == 100
        expected: Mapping[str, str] = {"mlsNumber": "MLS #", "price": "Asking", "photos": "Photos"}
        assert {ours: sample.sources[ours] for ours in expected} == expected
        assert "Colour" not in sample.sources.values()

    async def test_what_the_header_does_not_say_is_proposed_from_the_values(
        self, mls: Mls, server: Scripted
    ) -> None:
        server.answer = serving(b"MLS #,Where it stands\n1,Active\n2,Sold\n3,Pending\n")
        sample = await mls.sample(source_of(server))
        assert sample.proposal == {"Where it stands": "status"}

    async def test_a_file_without_homes_has_columns(self, mls: Mls, server: Scripted) -> None:
        server.answer = serving(b"MLS #,Status\n")
        sample = await mls.sample(source_of(server))
        assert (len(sample.fields), sample.raw, sample.row) == (2, None, None)


async def test_the_file_is_asked_for_as_such(mls: Mls, server: Scripted) -> None:
    asked: list[Request] = server.asked
    server.answer = serving(FILE)
    await mls.check(source_of(server))
    assert [request.headers["accept"].partition(",")[0] for request in asked] == ["text/csv"]
