"""A look at an account: its metadata, one row, what is read from what, and what is proposed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from domain.entities.mls import MlsDefect, MlsQuery, MlsRecord, SourceField
from domain.errors import ActionRequired, Unavailable
from domain.ports import Mls
from tests.contracts.mls.cases import Clock
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.scripted import Answer, Scripted, body, error, raw
from tests.contracts.mls.vendors import reso_web_api, vendor_of

METADATA = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="mls.enums" Alias="e">
  <EnumType Name="Status"><Member Name="Active"/>
    <Member Name="UnderContract"><Annotation Term="RESO.OData.Metadata.StandardName" String="Active Under Contract"/>
    </Member></EnumType>
</Schema>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="mls">
  <EntityType Name="Row"><Key><PropertyRef Name="ListingKey"/></Key>
    <Property Name="ListingKey" Type="Edm.String"/></EntityType>
  <EntityType Name="Home" BaseType="mls.Row">
    <Property Name="L_AskingPrice" Type="Edm.Decimal">
      <Annotation Term="Some.DisplayName" String="Asking price"/>
      <Annotation Term="RESO.OData.Metadata.StandardName" String="List Price"/></Property>
    <Property Name="StandardStatus" Type="e.Status"/>
    <Property Name="Looks" Type="Collection(mls.enums.Status)"/>
    <NavigationProperty Name="Media" Type="Collection(mls.Media)"/></EntityType>
  <EntityType Name="Media"><Property Name="MediaKey" Type="Edm.String"/></EntityType>
  <EntityContainer Name="Default"><EntitySet Name="Property" EntityType="mls.Home"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
async def mls(clock: Clock, tmp_path: Path) -> AsyncIterator[Mls]:
    async with reso_web_api(clock, ClockBudgets(clock), tmp_path / "files") as protocol:
        yield protocol


def described(metadata: Response, *rows: object) -> Answer:
    def answer(request: Request) -> Response:
        return metadata if request.url.path.endswith("/$metadata") else body(*rows)

    return answer


class TestMetadata:
    async def test_fields_types_and_values_are_told(self, mls: Mls, server: Scripted) -> None:
        server.answer = described(raw(METADATA, kind="application/xml"))
        sample = await mls.sample(server.source())
        assert sample.fields == (
            SourceField(name="ListingKey", type="Edm.String"),
            SourceField(
                name="L_AskingPrice", title="Asking price", type="Edm.Decimal", standard_name="List Price"
            ),
            SourceField(name="StandardStatus", type="e.Status", values=("Active", "Active Under Contract")),
            SourceField(
                name="Looks",
                type="Collection(mls.enums.Status)",
                values=("Active", "Active Under Contract"),
            ),
        )
        assert (sample.raw, sample.row) == (None, None)

    @pytest.mark.parametrize(
        "metadata",
        [
            error(404, "404", "none"),
            error(403, "403", "not for you"),
            raw("<edmx:Edmx", kind="application/xml"),
            raw('{"$Version": "4.01"}'),
            raw("<html>hello</html>", kind="text/html"),
            raw('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>', kind="application/xml"),
            raw('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', kind="application/xml"),
            raw("<x/>", kind="application/xml"),
        ],
    )
    async def test_without_any_that_can_be_read_the_row_tells_the_names(
        self, mls: Mls, server: Scripted, metadata: Response
    ) -> None:
        server.answer = described(metadata, {"@odata.id": "x", "ListingKey": "K1", "ListPrice": 5})
        sample = await mls.sample(server.source())
        assert [field.name for field in sample.fields] == ["ListingKey", "ListPrice"]

    async def test_a_server_in_trouble_is_tried_later(self, mls: Mls, server: Scripted) -> None:
        server.answer = described(raw("", 503))
        with pytest.raises(Unavailable):
            await mls.sample(server.source())

    async def test_mls_grid_is_told_the_system(self, mls: Mls, clock: Clock, tmp_path: Path) -> None:
        with vendor_of("mls-grid", tmp_path, clock) as grid:
            await mls.sample(grid.account())
            assert all("OriginatingSystemName%20eq" in query for query in grid.asked())


class TestRow:
    async def test_it_is_shown_raw_and_as_it_is_read(self, mls: Mls, server: Scripted) -> None:
        row = {"ListingKey": "K1", "L_AskingPrice": "525,000.00", "StandardStatus": "Active"}
        server.answer = described(raw(METADATA, kind="application/xml"), row)
        sample = await mls.sample(server.source())
        assert sample.raw == row
        assert isinstance(sample.row, MlsRecord)
        assert sample.row.facts.price is None
        assert "price" not in sample.sources
        assert sample.proposal["L_AskingPrice"] == "price"

    async def test_what_is_proposed_reads_it(self, mls: Mls, server: Scripted) -> None:
        row = {"ListingKey": "K1", "L_AskingPrice": "525,000.00", "StandardStatus": "Active"}
        server.answer = described(raw(METADATA, kind="application/xml"), row)
        source = server.source(fieldMap={"L_AskingPrice": "price"})
        sample = await mls.sample(source)
        assert isinstance(sample.row, MlsRecord)
        assert str(sample.row.facts.price) == "525000.00"
        assert sample.sources["price"] == "L_AskingPrice"
        page = await mls.fetch(source, MlsQuery(keys=("K1",)), None)
        assert page.rows == (sample.row,)

    async def test_one_that_cannot_be_read_is_shown_as_such(self, mls: Mls, server: Scripted) -> None:
        server.answer = described(error(404, "404", "none"), {"ListPrice": 5})
        sample = await mls.sample(server.source())
        assert isinstance(sample.row, MlsDefect)

    async def test_it_comes_without_photos_where_rows_do(self, mls: Mls, server: Scripted) -> None:
        def plain(request: Request) -> Response:
            return (
                error(400, "400", "no") if "$expand" in request.query_params else body({"ListingKey": "K1"})
            )

        server.answer = plain
        sample = await mls.sample(server.source())
        assert sample.raw == {"ListingKey": "K1"}

    async def test_a_map_that_makes_no_sense_needs_the_user(self, mls: Mls, server: Scripted) -> None:
        with pytest.raises(ActionRequired, match="fieldMap"):
            await mls.fetch(server.source(fieldMap={"L_AskingPrice": "no such field"}), MlsQuery(), None)
        assert server.asked == []
