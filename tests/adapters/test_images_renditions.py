"""What platforms are given of a photo."""

from collections.abc import AsyncIterator

import pytest
from PIL import Image

from adapters.images import PillowImages
from domain.entities.photo_forms import INSTAGRAM, PLAIN, RENDITIONS, RenditionSpec, rendition_for
from domain.errors import Rejected
from tests.adapters.pictures import check_bare, corners, house, is_about, opened, saved


@pytest.fixture
async def images() -> AsyncIterator[PillowImages]:
    images = PillowImages()
    yield images
    await images.close()


async def made(images: PillowImages, picture: Image.Image, spec: RenditionSpec) -> Image.Image:
    """The rendition, checked for what holds of all."""
    data = await images.rendition(saved(picture, "PNG"), spec)
    rendition = opened(data)
    assert (rendition.format, rendition.mode) == ("JPEG", "RGB")
    assert len(data) <= 8_000_000
    check_bare(rendition)
    return rendition


def test_platforms_share_what_they_can() -> None:
    assert rendition_for("instagram") is INSTAGRAM
    assert {rendition_for(platform) for platform in ("facebook", "linkedin", "another")} == {PLAIN}
    assert len({spec.name for spec in RENDITIONS}) == len(RENDITIONS)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((4000, 3000), (2048, 1536)),
        ((3000, 4000), (1536, 2048)),
        ((640, 480), (640, 480)),
        ((3000, 1), (2048, 1)),
    ],
)
async def test_the_plain_one_keeps_the_ratio(
    images: PillowImages, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    assert (await made(images, Image.new("RGB", size), PLAIN)).size == wanted


@pytest.mark.parametrize(
    "size",
    [
        (4000, 3000),
        (3000, 4000),
        (3000, 1000),
        (1000, 3000),
        (1917, 1001),
        (1, 1),
        (1, 5000),
        (5000, 1),
        (333, 777),
    ],
)
async def test_instagram_takes_every_ratio(images: PillowImages, size: tuple[int, int]) -> None:
    rendition = await made(images, Image.new("RGB", size), INSTAGRAM)
    assert rendition.width / rendition.height >= 4 / 5
    assert rendition.width / rendition.height <= 1.91 or rendition.size == (1, 1)
    assert rendition.width <= 1440


@pytest.mark.parametrize("size", [(3000, 1000), (1000, 3000)])
async def test_what_is_too_wide_or_too_tall_gets_white_borders_and_loses_nothing(
    images: PillowImages, size: tuple[int, int]
) -> None:
    rendition = await made(images, house(*size), INSTAGRAM)
    assert corners(rendition) == ["white"] * 4
    width, height = rendition.size
    shown = (1440, 480) if size[0] > size[1] else (600, 1800)
    left, top = (width - shown[0]) // 2, (height - shown[1]) // 2
    home = rendition.crop((left, top, left + shown[0], top + shown[1]))
    assert corners(home) == ["red", "lime", "blue", "white"]


async def test_what_fits_has_no_borders(images: PillowImages) -> None:
    rendition = await made(images, house(4000, 3000), INSTAGRAM)
    assert rendition.size == (1440, 1080)
    assert corners(rendition) == ["red", "lime", "blue", "white"]


async def test_quality_goes_down_before_the_size_until_it_fits(images: PillowImages) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((700, 700), 255) for _ in range(3)])
    data = saved(noise, "PNG")
    sizes = {}
    for most in (8_000_000, 450_000, 50_000):
        rendition = await images.rendition(data, RenditionSpec("tight", (2048, 2048), most_bytes=most))
        assert len(rendition) <= most
        sizes[most] = opened(rendition).size
    assert sizes[8_000_000] == sizes[450_000] == (700, 700)
    assert sizes[50_000] < (700, 700)


async def test_the_same_bytes_give_the_same_rendition(images: PillowImages) -> None:
    data = saved(house(), "JPEG")
    assert await images.rendition(data, INSTAGRAM) == await images.rendition(data, INSTAGRAM)


async def test_borders_of_a_grey_picture_are_white_too(images: PillowImages) -> None:
    rendition = await made(images, Image.new("L", (900, 300), 80), INSTAGRAM)
    assert is_about(rendition.getpixel((5, 5)), (255, 255, 255))
    assert is_about(rendition.getpixel((450, rendition.height // 2)), (80, 80, 80))


async def test_what_is_no_picture_is_refused(images: PillowImages) -> None:
    with pytest.raises(Rejected):
        await images.rendition(b"no picture", PLAIN)
