"""Reads the size of a JPEG without decoding it."""

_START = b"\xff\xd8"
# The frame headers of ITU-T T.81, table B.1: 0xC0 to 0xCF without the tables 0xC4, 0xC8 and 0xCC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN = 0xDA


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None if it is no JPEG."""
    if not data.startswith(_START):
        return None
    place = len(_START)
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # may be filled up
            place += 1
        elif marker in _FRAMES:
            height = int.from_bytes(data[place + 5 : place + 7])
            width = int.from_bytes(data[place + 7 : place + 9])
            return (width, height) if width and height else None
        elif marker == _SCAN:
            return None
        elif marker in _NO_LENGTH:
            place += 2
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4]))
    return None
