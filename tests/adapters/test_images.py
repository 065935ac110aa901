"""Strangers' pictures: the forms made of them, and what is refused."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from PIL import Image, ImageCms

from adapters.images import PillowImages
from domain.entities.photo_forms import PLAIN, VARIANTS
from domain.errors import Rejected
from domain.ports import Rendered
from tests.adapters.pictures import check_bare, corners, house, is_about, opened, png, saved

NO_PICTURES = [
    b"",
    b"\xff\xd8",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"%PDF-1.7",
    bytes(1000),
]
NO_PICTURES += [b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"This is photo.jpg, said the MLS.", b"BM" + bytes(100)]


@pytest.fixture
async def images() -> AsyncIterator[PillowImages]:
    images = PillowImages()
    yield images
    await images.close()


def check_forms(rendered: Rendered) -> tuple[Image.Image, Image.Image]:
    """What holds of every rendering; answers its large and its small form."""
    assert rendered.variants.keys() == VARIANTS.keys()
    forms = {name: opened(data) for name, data in rendered.variants.items()}
    for name, image in forms.items():
        assert (image.format, image.mode) == ("WEBP", "RGB")
        assert image.width <= min(VARIANTS[name][0], rendered.width)
        assert image.height <= min(VARIANTS[name][1], rendered.height)
        check_bare(image)
    assert len(rendered.blurhash) == 28
    return forms["large"], forms["thumbnail"]


async def test_a_large_jpeg(images: PillowImages) -> None:
    rendered = await images.render(saved(house(4000, 3000), "JPEG"))
    assert (rendered.extension, rendered.content_type) == ("jpg", "image/jpeg")
    assert (rendered.width, rendered.height) == (4000, 3000)
    large, thumbnail = check_forms(rendered)
    medium = opened(rendered.variants["medium"])
    assert (large.size, medium.size, thumbnail.size) == ((1920, 1440), (800, 600), (200, 150))
    assert corners(large) == corners(medium) == corners(thumbnail) == ["red", "lime", "blue", "white"]


async def test_a_portrait_keeps_its_ratio(images: PillowImages) -> None:
    rendered = await images.render(saved(house(3000, 4000), "JPEG"))
    large, thumbnail = check_forms(rendered)
    medium = opened(rendered.variants["medium"])
    assert (large.size, medium.size, thumbnail.size) == ((1080, 1440), (450, 600), (112, 150))


async def test_a_small_picture_is_not_enlarged(images: PillowImages) -> None:
    rendered = await images.render(saved(house(120, 90), "JPEG"))
    large, thumbnail = check_forms(rendered)
    assert large.size == thumbnail.size == (120, 90)
    assert len(set(rendered.variants.values())) == 1


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (1, 70_000)])
async def test_odd_shapes(images: PillowImages, size: tuple[int, int]) -> None:
    rendered = await images.render(saved(Image.new("RGB", size), "PNG"))
    assert (rendered.width, rendered.height) == size
    check_forms(rendered)


@pytest.mark.parametrize(("form", "extension"), [("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")])
async def test_the_other_formats(images: PillowImages, form: str, extension: str) -> None:
    rendered = await images.render(saved(house(), form))
    assert (rendered.extension, rendered.content_type) == (extension, f"image/{extension}")
    large, thumbnail = check_forms(rendered)
    assert corners(large) == corners(thumbnail) == ["red", "lime", "blue", "white"]


async def test_the_format_is_told_from_the_content_of_a_phones_jpeg(images: PillowImages) -> None:
    several = saved(house(), "MPO", save_all=True, append_images=[house()])
    assert opened(several).format == "MPO"
    rendered = await images.render(several)
    assert (rendered.extension, rendered.content_type) == ("jpg", "image/jpeg")


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_orientation_is_applied_and_metadata_is_gone(images: PillowImages, orientation: int) -> None:
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of somebody"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 8.0)  # the latitude of a home
    image = house(1600, 1200)
    lying = image.transpose(turned[orientation]) if orientation in turned else image
    data = saved(lying, "JPEG", exif=exif, comment=b"secret")
    assert opened(data).getexif().get_ifd(0x8825)
    rendered = await images.render(data)
    assert (rendered.width, rendered.height) == (1600, 1200)
    large, thumbnail = check_forms(rendered)
    assert large.size == (1600, 1200)
    assert corners(large) == corners(thumbnail) == ["red", "lime", "blue", "white"]
    for form in (*rendered.variants.values(), await images.rendition(data, PLAIN)):
        assert b"Camera" not in form
        assert b"secret" not in form


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
async def test_damaged_exif_is_passed_over(images: PillowImages) -> None:
    data = saved(house(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x7fgarbage")
    check_forms(await images.render(data))


async def test_cmyk(images: PillowImages) -> None:
    data = saved(house().convert("CMYK"), "JPEG")
    assert opened(data).mode == "CMYK"
    large, _ = check_forms(await images.render(data))
    assert corners(large) == ["red", "lime", "blue", "white"]


async def test_a_16_bit_png_keeps_its_shades(images: PillowImages) -> None:
    image = Image.new("I;16", (100, 100), 32_768)
    data = saved(image, "PNG")
    assert opened(data).mode == "I;16"
    large, _ = check_forms(await images.render(data))
    assert is_about(large.getpixel((50, 50)), (128, 128, 128))


async def test_a_16_bit_png_in_colour_keeps_its_colours(images: PillowImages) -> None:
    data = png(100, 100, rows=100, depth=16, colour=2, pixel=bytes.fromhex("ffff80000000"))
    large, _ = check_forms(await images.render(data))
    assert is_about(large.getpixel((50, 50)), (255, 128, 0))


@pytest.mark.parametrize("mode", ["1", "L", "P"])
async def test_other_modes(images: PillowImages, mode: str) -> None:
    check_forms(await images.render(saved(house().convert(mode), "PNG")))


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA"), ("GIF", "P")])
async def test_transparent_parts_are_white(images: PillowImages, form: str, mode: str) -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    data = saved(image.convert(mode) if mode != "P" else image, form)
    large, thumbnail = check_forms(await images.render(data))
    assert corners(large) == corners(thumbnail) == ["white"] * 4


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
async def test_of_an_animation_the_first_frame(images: PillowImages, form: str) -> None:
    first, *others = house(400, 300), Image.new("RGB", (400, 300), "black"), Image.new("RGB", (400, 300))
    data = saved(first, form, save_all=True, append_images=others, duration=50)
    assert getattr(opened(data), "n_frames", 1) > 1
    large, thumbnail = check_forms(await images.render(data))
    assert corners(large) == ["red", "lime", "blue", "white"]
    assert getattr(thumbnail, "n_frames", 1) == 1


async def test_colours_are_converted_by_the_profile(images: PillowImages) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = srgb.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    same, _ = check_forms(await images.render(saved(house(), "JPEG", icc_profile=srgb)))
    assert corners(same) == ["red", "lime", "blue", "white"]
    for form in ("JPEG", "PNG", "WEBP"):
        other, _ = check_forms(await images.render(saved(house(), form, icc_profile=exchanged)))
        assert corners(other) == ["blue", "lime", "red", "white"]


async def test_a_damaged_or_unfit_profile_is_left_aside(images: PillowImages) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (b"no profile at all", lab):
        large, _ = check_forms(await images.render(saved(house(), "JPEG", icc_profile=profile)))
        assert corners(large) == ["red", "lime", "blue", "white"]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [6_400, 10_000, 13_000, 50_000])
async def test_a_photo_bomb_is_refused_by_its_header(images: PillowImages, side: int) -> None:
    """Below Pillow's own limit, between once and twice, and beyond."""
    bomb = png(side, side, rows=200)
    assert len(bomb) < 12_000
    with pytest.raises(Rejected, match="40 megapixels"):
        await images.render(bomb)


async def test_a_bomb_of_12_kb_that_holds_what_it_claims_is_not_decoded(images: PillowImages) -> None:
    bomb = png(9_900, 9_900, rows=9_900)
    assert len(bomb) < 13_000
    with pytest.warns(Image.DecompressionBombWarning), pytest.raises(Rejected, match="40 megapixels"):
        await images.render(bomb)


async def test_forty_megapixels_are_taken(images: PillowImages) -> None:
    rendered = await images.render(png(8_000, 5_000, rows=5_000))
    assert (rendered.width, rendered.height) == (8_000, 5_000)
    check_forms(rendered)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
async def test_a_truncated_picture_is_refused(images: PillowImages, form: str, part: float) -> None:
    data = saved(Image.effect_noise((400, 300), 90).convert("RGB"), form)
    with pytest.raises(Rejected):
        await images.render(data[: int(len(data) * part)])


async def test_a_truncated_jpeg_is_refused_when_shrunk_on_load(images: PillowImages) -> None:
    data = saved(Image.effect_noise((4000, 3000), 90), "JPEG")
    with pytest.raises(Rejected, match="damaged or incomplete"):
        await images.render(data[: len(data) // 2])


async def test_a_corrupt_png_is_refused(images: PillowImages) -> None:
    data = bytearray(saved(Image.effect_noise((400, 300), 90), "PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(Rejected):
        await images.render(bytes(data))


@pytest.mark.parametrize("data", NO_PICTURES)
async def test_what_is_no_picture_is_refused(images: PillowImages, data: bytes) -> None:
    with pytest.raises(Rejected):
        await images.render(data)


async def test_a_web_page_is_named_as_such(images: PillowImages) -> None:
    with pytest.raises(Rejected, match="web page"):
        await images.render(b"\n<!DOCTYPE html><html><body>Please log in</body></html>")


@pytest.mark.parametrize("form", ["BMP", "TIFF", "ICO", "PPM"])
async def test_formats_we_do_not_take(images: PillowImages, form: str) -> None:
    with pytest.raises(Rejected, match="format we take"):
        await images.render(saved(house(64, 64), form))


async def test_the_loop_goes_on_meanwhile(images: PillowImages) -> None:
    data = saved(house(4000, 3000), "JPEG")
    rendering = asyncio.create_task(images.render(data))
    turns = 0
    while not rendering.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
    check_forms(await rendering)
