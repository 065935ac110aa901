"""What GetObject answers: single objects and multiparts, sound and malformed."""

import httpx
import pytest

from adapters.http import Reply
from adapters.mls.rets_objects import Object, read_objects
from domain.errors import ActionRequired, Rejected, Unavailable

SOUND = 'multipart/parallel; boundary="simple"; charset=utf-8'
JPEG = b"\xff\xd8\xff\xe0\r\n\r\n--not-a-boundary\r\n\x00\xff\xd9"
GONE = b'<RETS ReplyCode="20403" ReplyText="No Object Found"/>'


def reply(body: bytes, kind: str, **headers: str) -> Reply:
    given = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Reply(200, httpx.Headers(given), body, "https://mls.example/rets/getobject?ID=1")


def part(number: int | str, body: bytes = JPEG, end: bytes = b"\r\n", **headers: str) -> bytes:
    given = {"Content-Type": "image/jpeg", "Content-ID": "K1", "Object-ID": str(number), **headers}
    lines = [f"{name.replace('_', '-')}: {value}".encode() for name, value in given.items()]
    return end.join([*lines, b"", body, b""])


def many(*parts: bytes, boundary: bytes = b"--simple", end: bytes = b"\r\n", close: bool = True) -> bytes:
    body = end + b"".join(boundary + end + item for item in parts)
    return body + (boundary + b"--" + end if close else b"")


def objects(body: bytes, kind: str = SOUND, **headers: str) -> list[Object]:
    return list(read_objects(reply(body, kind, **headers), ()))


class TestMultipart:
    def test_parts_with_bytes(self) -> None:
        first, second = objects(
            many(part(1, Content_Description="Front: the door", Preferred="1"), part(2, b"\n"))
        )
        assert (first.key, first.number, first.caption, first.preferred) == ("K1", 1, "Front: the door", True)
        assert first.data == JPEG
        assert (second.number, second.caption, second.preferred) == (2, None, False)

    def test_parts_with_addresses(self) -> None:
        found = objects(
            many(part(1, b"", Location="http://cdn.example/1.jpg"), part(2, b"", Location="/2.jpg"))
        )
        assert [item.url for item in found] == ["http://cdn.example/1.jpg", "https://mls.example/2.jpg"]
        assert [item.code for item in found] == [0, 0]

    @pytest.mark.parametrize(
        "address", ["javascript:x", "http://[x", "http://user:word@cdn.example/1", "ftp://x/1"]
    )
    def test_an_address_that_is_none_is_left_out(self, address: str) -> None:
        [found] = objects(many(part(1, b"", Location=address)))
        assert found.url is None

    def test_a_part_that_is_an_error_is_no_object(self) -> None:
        found = objects(many(part(1), part(2, GONE, Content_Type="text/xml"), part("*", GONE)))
        assert [item.code for item in found] == [0, 20403, 20403]
        assert [item.data for item in found] == [JPEG, b"", b""]

    def test_success_in_xml_beside_an_address_is_an_object(self) -> None:
        body = b'<RETS ReplyCode="0" ReplyText="Success"></RETS>'
        [found] = objects(many(part(1, body, Content_Type="text/xml", Location="http://someurl")))
        assert (found.url, found.code) == ("http://someurl", 0)

    def test_a_part_with_nothing_in_it_is_no_object(self) -> None:
        [found] = objects(many(part(1, b"")))
        assert found.code == 20403

    @pytest.mark.parametrize(
        "body",
        [
            many(part(1), part(2), close=False),
            many(part(1, end=b"\n"), part(2, end=b"\n"), end=b"\n"),
            many(part(1), part(2)).lstrip(),
            b"This is a preamble." + many(part(1), part(2)) + b"and this an epilogue",
            many(part(1), part(2)).replace(b"simple\r\n", b"simple  \r\n"),
        ],
    )
    def test_malformed_bodies_are_read(self, body: bytes) -> None:
        found = objects(body)
        assert [(item.number, item.data) for item in found] == [(1, JPEG), (2, JPEG)]

    @pytest.mark.parametrize(
        "kind",
        [
            "multipart/parallel; boundary=simple",
            "multipart/parallel; boundary=--simple",
            'multipart/parallel;boundary="--simple";charset=US-ASCII',
            "Multipart/Parallel; Boundary = simple;x=y",
            'multipart/mixed; boundary="another"',
            "multipart/parallel",
        ],
    )
    def test_malformed_boundaries_are_found(self, kind: str) -> None:
        assert [item.data for item in objects(many(part(1), part(2)), kind)] == [JPEG, JPEG]

    def test_captions_of_another_encoding_are_read(self) -> None:
        body = many(part(1)).replace(b"Object-ID", b"Content-Description: caf\xe9\r\nObject-ID")
        assert objects(body)[0].caption == "café"

    def test_keys_may_stand_in_brackets_and_lines_may_go_on(self) -> None:
        body = many(part(1)).replace(
            b"Content-ID: K1", b"Content-ID: <K1>\r\nContent-Description: one\r\n two"
        )
        assert (objects(body)[0].key, objects(body)[0].caption) == ("K1", "one two")

    def test_no_parts_are_no_objects(self) -> None:
        assert objects(b"") == []
        assert objects(b"--simple--\r\n") == []

    def test_a_body_without_any_boundary_is_damaged(self) -> None:
        with pytest.raises(Unavailable):
            objects(JPEG.replace(b"--", b""))


class TestOne:
    def test_bytes(self) -> None:
        [found] = objects(JPEG, "image/jpeg", content_id="K1", object_id="3", content_description="Hall")
        assert (found.key, found.number, found.data, found.caption) == ("K1", 3, JPEG, "Hall")

    def test_an_address(self) -> None:
        [found] = objects(
            b"", "image/jpeg", content_id="K1", object_id="1", location="http://cdn.example/1.jpg"
        )
        assert (found.url, found.code) == ("http://cdn.example/1.jpg", 0)

    def test_no_object_found(self) -> None:
        assert objects(GONE, "text/xml") == []

    def test_other_errors_are_raised(self) -> None:
        with pytest.raises(Rejected):
            objects(b'<RETS ReplyCode="20401" ReplyText="Invalid Type"/>', "text/xml")
        with pytest.raises(ActionRequired):
            objects(b'<RETS ReplyCode="20407" ReplyText="Unauthorized"/>', "application/xml")
        with pytest.raises(Rejected, match="HTML"):
            objects(b"<html>Back soon</html>", "text/html; charset=utf-8")
