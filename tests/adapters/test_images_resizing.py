"""Both ways of making pictures smaller give the same pictures."""

import pytest
from PIL import Image, ImageChops, ImageFilter

from adapters import images_resizing
from adapters.images_resizing import resized, resized_by_pillow, resized_by_vectors
from domain.entities.photo_forms import Box

by_vectors = pytest.mark.skipif(not images_resizing.BY_VECTORS, reason="cykooz-resizer is not installed")
SIZES = [((200, 150), (192, 144)), ((301, 199), (97, 64)), ((40, 3_000), (2, 144)), ((9, 9), (1, 1))]


def photo(mode: str, size: Box) -> Image.Image:
    """Soft noise whose channels differ, with a dark corner."""
    channels = [Image.effect_noise(size, 60).filter(ImageFilter.GaussianBlur(2)) for _ in "RGB"]
    picture = Image.merge("RGB", channels)
    picture.paste("navy", (0, 0, size[0] // 3, size[1] // 3))
    return picture.convert(mode)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean over all pixels and channels."""
    assert (one.mode, one.size) == (other.mode, other.size)
    apart = ImageChops.difference(one, other).tobytes()
    return sum(apart) / len(apart)


@by_vectors
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_vectors_give_what_pillow_gives_by_the_same_filter(mode: str, before: Box, after: Box) -> None:
    picture = photo(mode, before)
    made = resized_by_vectors(picture, after)
    assert difference(made, picture.resize(after, Image.Resampling.BICUBIC)) < 1
    assert picture.size == before


@by_vectors
def test_rows_that_lie_apart_in_memory_are_found() -> None:
    """A crop of a picture, and one that was turned; and the result can be worked on like any other."""
    picture = photo("RGB", (640, 480)).crop((13, 7, 613, 457)).transpose(Image.Transpose.ROTATE_90)
    made = resized_by_vectors(picture, (300, 400))
    wanted = picture.resize((300, 400), Image.Resampling.BICUBIC)
    assert difference(made.rotate(90, expand=True), wanted.rotate(90, expand=True)) < 1


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_without_vectors_the_picture_is_nearly_the_same(mode: str, before: Box, after: Box) -> None:
    picture = photo(mode, before)
    assert difference(resized_by_pillow(picture, after), resized(picture, after)) < 6
