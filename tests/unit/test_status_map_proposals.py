"""A status map is proposed where the MLS has its own words and no standard ones."""

from adapters.mls.field_map import FieldMap, propose_status_map, read_field_map
from domain.entities.mls import SourceField

OWN = SourceField(name="L_Status", values=("A", "Sold", "Q17", "Withdrawn"))
PROPOSAL = {"L_Status": "status"}


def test_the_lookup_of_the_field_that_is_proposed_for_the_status() -> None:
    found = propose_status_map([OWN, SourceField(name="L_Beds", values=("A",))], FieldMap(), PROPOSAL)
    assert found == {"A": "Active", "Sold": "Closed", "Withdrawn": "Withdrawn"}


def test_the_lookup_of_the_field_that_the_status_is_read_from() -> None:
    mapped = read_field_map({"fieldMap": {"L_Status": "mlsStatus"}, "statusMap": {"a": "Pending"}})
    assert propose_status_map([OWN], mapped, {}) == {"Sold": "Closed", "Withdrawn": "Withdrawn"}


def test_none_beside_a_standard_status_and_none_without_a_field() -> None:
    standard = SourceField(name="StandardStatus", values=("Active",))
    own = SourceField(name="MlsStatus", values=("A",))
    assert propose_status_map([standard, own], FieldMap(), {}) == {}
    assert propose_status_map([own], FieldMap(), {}) == {"A": "Active"}
    assert propose_status_map([OWN], FieldMap(), {}) == {}
