"""GetObject of the sandbox RETS server: photos one by one and many at once, as bytes and as addresses."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.sandbox.rets_client import Client, parts, reply, running

JPEG = b"\xff\xd8\xff"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("rets"), homes=4) as client:
        yield client


@pytest.fixture
def client(served: Client) -> Client:
    served.control("reset")
    served.login()
    return served


def photographed(client: Client, count: int = 3) -> str:
    """The key of a home with so many photos, the second of them without a caption."""
    key: str = client.homes()[0]["key"]
    media = client.http.get(f"/_control/homes/{key}").json()["Media"]
    client.control(
        f"homes/{key}",
        {"photos": {"remove": [int(row["MediaKey"].rpartition("-")[2]) for row in media], "add": count}},
    )
    number = int(client.http.get(f"/_control/homes/{key}").json()["Media"][1]["MediaKey"].rpartition("-")[2])
    client.control(f"homes/{key}", {"photos": {"captions": {str(number): None}}})
    return key


class TestOne:
    def test_it_is_the_plain_image(self, client: Client) -> None:
        key = photographed(client)
        answer = client.objects(f"{key}:2")
        assert answer.headers["content-type"] == "image/jpeg"
        assert (answer.headers["content-id"], answer.headers["object-id"]) == (key, "2")
        assert "preferred" not in answer.headers
        assert "content-description" not in answer.headers
        assert Image.open(BytesIO(answer.content)).format == "JPEG"

    def test_0_or_no_number_is_the_preferred_one(self, client: Client) -> None:
        key = photographed(client)
        for id_ in (f"{key}:0", key):
            answer = client.objects(id_)
            assert (answer.headers["object-id"], answer.headers["preferred"]) == ("1", "1")
            assert answer.headers["content-description"]

    def test_the_bytes_are_those_behind_its_address(self, client: Client) -> None:
        key = photographed(client)
        located = client.objects(f"{key}:2", Location="1")
        assert located.content == b""
        assert located.headers["object-id"] == "2"
        address = located.headers["location"]
        assert address.startswith(f"{client.http.base_url}/photos/")
        assert client.http.get(address).content == client.objects(f"{key}:2").content

    @pytest.mark.parametrize("id_", ["{key}:9", "nobody:1", "nobody:*", "{key}:"])
    def test_none_is_a_reply(self, client: Client, id_: str) -> None:
        answer = client.objects(id_.format(key=photographed(client)))
        reply(answer, 20402 if id_.endswith(":") else 20403)


class TestMany:
    def test_they_come_in_parts(self, client: Client) -> None:
        key = photographed(client)
        answer = client.objects(f"{key}:*")
        assert answer.headers["content-type"].startswith("multipart/parallel; boundary=")
        found = parts(answer)
        assert [headers["object-id"] for headers, _ in found] == ["1", "2", "3"]
        assert [headers.get("preferred") for headers, _ in found] == ["1", None, None]
        assert all(body.startswith(JPEG) for _, body in found)
        assert [body for _, body in found] == [client.objects(f"{key}:{n}").content for n in (1, 2, 3)]

    def test_so_does_a_single_photo_where_all_were_asked_for(self, client: Client) -> None:
        key = photographed(client, count=2)
        media = client.http.get(f"/_control/homes/{key}").json()["Media"]
        last = int(media[1]["MediaKey"].rpartition("-")[2])
        client.control(f"homes/{key}", {"photos": {"remove": [last]}})
        assert len(parts(client.objects(f"{key}:*"))) == 1

    def test_no_photo_among_them_is_a_part_of_its_own(self, client: Client) -> None:
        key = photographed(client)
        found = parts(client.objects(f"{key}:1:7:2"))
        assert [headers["content-type"] for headers, _ in found] == ["image/jpeg", "text/xml", "image/jpeg"]
        assert b'ReplyCode="20403"' in found[1][1]
        assert found[1][0]["object-id"] == "7"

    def test_several_homes_can_be_asked_for(self, client: Client) -> None:
        key = photographed(client)
        other = client.homes()[1]["key"]
        found = parts(client.objects(f"{key}:*,{other}:1,nobody:1"))
        named = [(headers["content-id"], headers["object-id"]) for headers, _ in found]
        assert named == [(key, "1"), (key, "2"), (key, "3"), (other, "1"), ("nobody", "1")]

    def test_addresses_come_without_bytes(self, client: Client) -> None:
        key = photographed(client)
        found = parts(client.objects(f"{key}:*", Location="1"))
        assert [len(body.strip()) for _, body in found] == [0, 0, 0]
        for place, (headers, _) in enumerate(found, start=1):
            assert client.http.get(headers["location"]).content == client.objects(f"{key}:{place}").content

    def test_a_number_is_a_place_and_moves_with_the_order(self, client: Client) -> None:
        key = photographed(client)
        media = client.http.get(f"/_control/homes/{key}").json()["Media"]
        order = [int(row["MediaKey"].rpartition("-")[2]) for row in media]
        last = client.objects(f"{key}:3").content
        client.control(f"homes/{key}", {"photos": {"order": order[::-1]}})
        assert client.objects(f"{key}:1").content == last

    def test_private_ones_are_not_shown(self, client: Client) -> None:
        key = photographed(client)
        media = client.http.get(f"/_control/homes/{key}").json()["Media"]
        media[1]["Permission"] = ["Private"]
        client.control(f"homes/{key}", {"Media": media})
        assert len(parts(client.objects(f"{key}:*"))) == 2

    def test_what_lies_elsewhere_has_an_address_but_no_bytes(self, client: Client) -> None:
        key = photographed(client)
        media = client.http.get(f"/_control/homes/{key}").json()["Media"]
        media[0]["MediaURL"] = "https://cdn.example/1.jpg"
        client.control(f"homes/{key}", {"Media": media})
        assert (
            parts(client.objects(f"{key}:*", Location="1"))[0][0]["location"] == "https://cdn.example/1.jpg"
        )
        assert b"20403" in parts(client.objects(f"{key}:*"))[0][1]


class TestHabits:
    def test_location_may_be_ignored(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=4, location=False) as client:
            client.login()
            key = photographed(client)
            assert "location" not in client.objects(f"{key}:1", Location="1").headers
            for headers, body in parts(client.objects(f"{key}:*", Location="1")):
                assert "location" not in headers
                assert body.startswith(JPEG)

    def test_boundaries_may_be_malformed(self, tmp_path: Path) -> None:
        bodies = {}
        for kind in ("unclosed", "bare LF", "dashes"):
            with running(tmp_path / kind, homes=4, boundaries=kind) as client:
                client.login()
                answer = client.objects(f"{photographed(client)}:*")
                boundary = answer.headers["content-type"].split('"')[1].encode()
                bodies[kind] = answer.content, boundary
        body, boundary = bodies["unclosed"]
        assert (body.count(b"--" + boundary), b"--" + boundary + b"--" in body) == (3, False)
        body, boundary = bodies["bare LF"]
        assert body.count(b"\n--" + boundary) == 4
        assert b"\r\n--" + boundary not in body
        body, boundary = bodies["dashes"]
        assert boundary.startswith(b"--RETS")
        assert b"--" + boundary not in body
        assert body.count(b"\r\n" + boundary) == 4


@pytest.mark.parametrize(
    ("wrong", "code"), [({"Resource": "Agent"}, 20400), ({"Type": "Video"}, 20401), ({"ID": ""}, 20402)]
)
def test_what_there_is_not_is_an_error(client: Client, wrong: dict[str, str], code: int) -> None:
    reply(client.objects("nobody:1", **wrong), code)
