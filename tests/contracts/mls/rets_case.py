"""RETS beside its sandbox, for the contract."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.entities.mls_connection import MlsCredentials, MlsSource
from sandbox.rets.server import PASSWORD, USER, create_app
from sandbox.serving import serve
from tests.contracts.mls.controlled import Controlled

FIELD_MAP = {
    "L_ListingID": "listingKey",
    "L_DisplayId": "mlsNumber",
    "L_Class": "propertyType",
    "L_Type_": "propertySubType",
    "L_Status": "mlsStatus",
    "L_AskingPrice": "price",
    "L_OriginalPrice": "originalPrice",
    "L_SoldPrice": "closePrice",
    "L_ClosingDate": "closeDate",
    "L_ListingDate": "listDate",
    "L_AddressNumber": "StreetNumber",
    "L_AddressDirection": "StreetDirPrefix",
    "L_AddressStreet": "StreetName",
    "L_AddressSuffix": "StreetSuffix",
    "L_AddressUnit": "address.unit",
    "L_City": "address.city",
    "L_State": "address.state",
    "L_Zip": "address.zipCode",
    "LMD_MP_Latitude": "latitude",
    "LMD_MP_Longitude": "longitude",
    "L_Keyword1": "bedrooms",
    "L_Keyword2": "bathrooms",
    "L_SquareFeet": "squareFeet",
    "LR_remarks11": "description",
    "L_UpdateDate": "modifiedInMlsAt",
    "L_Last_Photo_updt": "PhotosChangeTimestamp",
    "L_PictureCount": "PhotosCount",
}
STATUS_MAP = {
    "Active": "Active",
    "Active-Contingent": "Active Under Contract",
    "Pending": "Pending",
    "Sold": "Closed",
    "Leased": "Closed",
    "Coming Soon-No Showings": "Coming Soon",
    "Expired": "Expired",
    "Withdrawn": "Withdrawn",
    "Cancelled": "Canceled",
    "Temporarily Off Market": "Hold",
    "Draft": "Incomplete",
    "Deleted": "Delete",
}
ZONE = "America/Chicago"
RESTLESS: dict[str, Any] = {
    "version": "RETS/1.8",
    "order": "modified",
    "max_rows": 25,
    "over_limit": "20208",
    "empty": "status",
    "auth": "basic",
}
"""A server whose homes change places when they are touched, and which tells limits and nothing by codes."""

BEYOND_BYTES = {
    "test_photos_come_in_order_with_web_addresses": "The server hands photos out itself, under no address."
}
"""Tests of the contract whose promise cannot be kept where a server gives bytes alone, and why."""


def rets_source(base_url: str, **settings: Any) -> MlsSource:
    """An account at a sandbox RETS server that spreads its homes over classes."""
    return MlsSource(
        connection_id="C1",
        url=f"{base_url}/rets/login",
        vendor="generic",
        settings={
            "classes": "RES,CND,RNT,MUL,LND,COM,FRM,MFG",
            "timeZone": ZONE,
            "fieldMap": FIELD_MAP,
            "statusMap": STATUS_MAP,
            **settings,
        },
        credentials=MlsCredentials(username=USER, password=PASSWORD),
    )


class RetsSandbox(Controlled):
    """A RETS server with one class for all homes and StandardStatus in its rows, as the contract needs them."""

    data = "/rets/search"
    secrets: tuple[str, ...] = (PASSWORD,)

    def source(self, *, page_size: int | None = None) -> MlsSource:
        # One class, or each class would begin a page of its own.
        settings = {"classes": "LISTING", "fieldMap": FIELD_MAP | {"L_StandardStatus": "standardStatus"}}
        return rets_source(
            self.base_url, **settings, **({} if page_size is None else {"pageSize": page_size})
        )

    def stranger(self) -> MlsSource:
        return replace(self.source(), credentials=MlsCredentials(username=USER, password="guessed"))

    def requests(self) -> int:
        """Searches and refused logins: sessions outlive a test, so that other logins tell nothing."""
        entries = self.control.get("/log", params={"kind": "rets"}).raise_for_status().json()["requests"]
        return sum(
            entry["path"] == self.data or (entry["status"] == 401 and entry["authorization"] is not None)
            for entry in entries
        )


@contextmanager
def rets_sandbox(folder: Path, **options: Any) -> Iterator[RetsSandbox]:
    """The server while the block runs; `options` are those of `create_app`."""
    habits = {"one_class": True, "standard_status": True, **options}
    with serve(create_app(folder, **habits)) as base_url:
        sandbox = RetsSandbox(base_url)
        with sandbox.control:
            yield sandbox
