"""The photos of the sandbox MLS."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from sandbox.mls.photos import Scene, photo
from tests.sandbox.mls_client import rows, running

ORIENTATION = 0x0112


def test_photos_are_jpegs_of_the_size_media_says_each_its_own(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        media = [m for row in rows(mls, expand="Media", top="4") for m in row["Media"]]
        media = [m for m in media if m["MimeType"] == "image/jpeg"]
        files = []
        for row in media:
            answer = mls.get(row["MediaURL"], headers={"Authorization": ""})
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert int(answer.headers["Content-Length"]) == len(answer.content)
            image = ImageOps.exif_transpose(Image.open(BytesIO(answer.content)))
            assert image.size == (row["ImageWidth"], row["ImageHeight"])
            files.append(answer.content)
    assert len(set(files)) == len(files)


def test_an_etag_saves_the_second_fetch(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        url = rows(mls, expand="Media")[0]["Media"][0]["MediaURL"]
        first = mls.get(url)
        again = mls.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert mls.head(url).headers["ETag"] == first.headers["ETag"]
        assert mls.get(url.replace("1.jpg", "77.jpg")).status_code == 404
        assert mls.get("/photos/nowhere/1.jpg").status_code == 404


def test_a_scene_is_always_the_same_file_and_no_two_are_one() -> None:
    scenes = [Scene(7, "key", number, 0, "Kitchen") for number in range(1, 6)]
    files = [photo(scene).data for scene in scenes]
    photo.cache_clear()
    assert [photo(scene).data for scene in scenes] == files
    assert len(set(files)) == len(files)
    assert photo(Scene(7, "key", 1, 1, "Kitchen")).data not in files
    assert photo(Scene(8, "key", 1, 0, "Kitchen")).data not in files


def test_photos_for_load_share_drawings_but_no_bytes() -> None:
    files = [photo(Scene(7, "key", number, 0, "Kitchen", pooled=True)).data for number in range(1, 40)]
    assert len(set(files)) == len(files)
    pixels = {Image.open(BytesIO(file)).tobytes() for file in files}
    assert len(pixels) < 10


def test_some_photos_lie_on_their_side_and_say_so() -> None:
    turned = 0
    for number in range(1, 40):
        image = Image.open(BytesIO(photo(Scene(7, "key", number, 0, "Bedroom")).data))
        sideways = image.getexif().get(ORIENTATION) == 6
        assert image.size == ((768, 1024) if sideways else (1024, 768))
        turned += sideways
    assert 0 < turned < 20
