"""Which bytes are the text of a CSV file, and in which encoding."""

import pytest

from adapters.mls.csv_feed_text import Damaged, read_text
from domain.errors import Rejected

TEXT = "MLS #,City,Remarks\r\n1,Montréal,“A – B” €5\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_usual_encodings_are_told_from_the_bytes(encoding: str) -> None:
    assert read_text(TEXT.encode(encoding)) == TEXT


def test_a_few_wrong_bytes_do_not_make_another_encoding_of_a_file() -> None:
    data = "a,é\nb,ü\nc,ß\nd,".encode() + b"\xff\n"
    assert read_text(data) == "a,é\nb,ü\nc,ß\nd,\ufffd\n"


def test_nuls_are_left_out() -> None:
    assert read_text(b"a,b\n1\x00,\x002\n") == "a,b\n1,2\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b" \r\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n<!DOCTYPE html><html></html>", "HTML"),
        (b"<html><body>Log in</body></html>", "HTML"),
        (b"<?xml version='1.0'?><rows/>", "XML"),
        (b'{"error": "no"}', "JSON"),
        (b"[1]", "JSON"),
        (b"PK\x03\x04rest of a workbook", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
    ],
)
def test_what_is_no_csv_is_called_by_its_name(data: bytes, told: str) -> None:
    with pytest.raises(Rejected, match=told) as caught:
        read_text(data)
    assert not isinstance(caught.value, Damaged)


def test_noise_is_damage() -> None:
    with pytest.raises(Damaged):
        read_text(bytes(range(1, 256)) * 20)
