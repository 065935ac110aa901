"""Taking a CSV file apart: delimiters, quotation marks, lines, and what is wrong with them."""

import pytest

from adapters.mls.csv_feed_table import Line, read_table
from domain.errors import Rejected


def cells(text: str, delimiter: str | None = None) -> list[list[str]]:
    return [line.cells for line in read_table(text, delimiter).lines]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_ends_are_found(delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(row) for row in (["a", "b", "c"], ["1", "2", "3"], ["4", "", "6"]))
    table = read_table(text)
    assert table.header == ["a", "b", "c"]
    assert [line.cells for line in table.lines] == [["1", "2", "3"], ["4", "", "6"]]


def test_the_delimiter_is_not_taken_from_the_values() -> None:
    assert cells("a;b\n1,5;2,5\n3,5;4,5\n") == [["1,5", "2,5"], ["3,5", "4,5"]]
    assert cells('a,b\n"x;y;z",1\n"p;q;r",2\n') == [["x;y;z", "1"], ["p;q;r", "2"]]


def test_a_setting_goes_before_what_is_found() -> None:
    assert cells("a,b;c\n1,2;3\n", ";") == [["1,2", "3"]]


def test_what_excel_notes_for_itself_is_no_header() -> None:
    table = read_table("sep=;\r\na;b\r\n1;2\r\n")
    assert (table.header, table.lines) == (["a", "b"], [Line(3, ["1", "2"])])


def test_lines_are_counted_as_an_editor_does() -> None:
    table = read_table('\na,b\n"one\ntwo\nthree",1\n\n2,3\n')
    assert [(line.number, line.cells) for line in table.lines] == [
        (3, ["one\ntwo\nthree", "1"]),
        (7, ["2", "3"]),
    ]


def test_quotation_marks_within_values_stay() -> None:
    assert cells('a,b\n"say ""hi""",6\' 2"\n') == [['say "hi"', "6' 2\""]]


def test_a_line_of_another_width_is_faulty_and_its_neighbours_are_not() -> None:
    table = read_table("a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,3,,\n")
    assert [(line.number, line.fault is None) for line in table.lines] == [
        (2, True),
        (3, False),
        (4, False),
        (5, True),
    ]
    assert table.lines[1].fault == "It has 2 cells, and the header 3."


def test_a_quotation_mark_that_is_never_closed_is_told_where_it_opens() -> None:
    table = read_table('a,b\n1,2\n3,"four\n5,6\n7,8\n')
    assert [line.number for line in table.lines] == [2, 3]
    assert table.cut == 3
    assert "never closed" in (table.lines[1].fault or "")
    assert read_table('a,b\n1,2\n3,"four"').cut is None


def test_values_may_be_huge() -> None:
    assert cells(f'a,b\n"{"x" * 2_000_000}",1\n')[0][0] == "x" * 2_000_000


def test_columns_get_names_of_their_own() -> None:
    assert read_table(" a  b ,Photo,,Photo\n1,2,3,4\n").header == [
        "a b",
        "Photo",
        "column 3",
        "Photo (column 4)",
    ]


def test_a_header_alone_is_a_file_without_homes() -> None:
    table = read_table("a,b\n")
    assert (table.header, table.lines) == (["a", "b"], [])


def test_there_must_be_a_header() -> None:
    with pytest.raises(Rejected, match="header"):
        read_table("\n,,\n")
    with pytest.raises(Rejected, match="columns"):
        read_table("a," * 3000)
