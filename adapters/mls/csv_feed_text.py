"""Tells whether bytes are the text of a CSV file, and in which encoding."""

from domain.errors import Rejected

_UTF8, _UTF16_LE, _UTF16_BE = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"

_OTHERS = (
    (b"PK\x03\x04", "an Excel workbook or another archive. Save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook. Save it as CSV"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file. Send it unpacked"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)

_SAMPLE = 1_000_000
_MOST_CONTROLS = 0.005
"""More of the sample than this is no text."""


class Damaged(Rejected):
    """The bytes are neither text nor any kind of file that is known."""


def read_text(data: bytes) -> str:
    """The text, without byte order mark and NULs.

    Raises:
        Rejected: the file is empty or of another kind; `Damaged` if it is no text at all.
    """
    for magic, kind in _OTHERS:
        if data.startswith(magic):
            raise Rejected(f"This is no CSV file but {kind}.")
    text = _decoded(data).replace("\0", "")
    start = text[:200].lstrip().lower()
    if not text.strip():
        raise Rejected("The CSV file is empty.")
    if start.startswith(("<!doctype html", "<html")):
        raise Rejected("This is no CSV file but a web page (HTML).")
    if start.startswith("<"):
        raise Rejected("This is no CSV file but XML.")
    if start.startswith(("{", "[")):
        raise Rejected("This is no CSV file but JSON.")
    sample = text[:_SAMPLE]
    controls = sum(sample.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\v\f")
    if controls > len(sample) * _MOST_CONTROLS:
        raise Damaged("The CSV file is damaged: it holds characters that no text has.")
    return text


def _decoded(data: bytes) -> str:
    """UTF-8 with and without byte order mark, UTF-16 the same, else Windows-1252.

    What other systems save as "CSV" or "ANSI" is Windows-1252, in which nearly any bytes are text. So a file is
    taken for UTF-8 if more of its characters beyond ASCII are right in it than wrong.
    """
    if data.startswith(_UTF8):
        return data[len(_UTF8) :].decode("utf-8", "replace")
    if data.startswith((_UTF16_LE, _UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding, zero in (("utf-16-le", 1), ("utf-16-be", 0)):
        # English text in UTF-16 has a zero in every second byte.
        if len(data) >= 4 and data[zero:1000:2].count(0) > len(data[zero:1000:2]) * 0.7:
            return data.decode(encoding, "replace")
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if wrong and wrong >= sum(character > "\x7f" for character in text) - wrong:
        return data.decode("cp1252", "replace")
    return text
