"""BlurHashes are those that the reference makes (https://github.com/woltapp/blurhash, its C)."""

from PIL import Image

from adapters.images_blurhash import blurhash
from tests.adapters.pictures import house


def test_a_landscape() -> None:
    assert blurhash(house(32, 24)) == "L~Lqe9l}eqpYs_[qsBJ%fMsTjtWo"


def test_a_portrait_of_ramps() -> None:
    linear, radial = (getter("L") for getter in (Image.linear_gradient, Image.radial_gradient))
    ramps = [linear.resize((24, 32)), radial.resize((24, 32)), linear.rotate(90).resize((24, 32))]
    assert blurhash(Image.merge("RGB", ramps)) == "T#HekAoUgz2sWnfky7j@fjXRfhfk"


def test_a_single_pixel() -> None:
    assert blurhash(Image.new("RGB", (1, 1), "red")) == "L~TI:j|c|c|c|c|c|c|c|c|c|c|c"


def test_a_larger_picture_is_looked_at_small_and_left_as_it_is() -> None:
    picture = house(320, 240)
    assert blurhash(picture)[:6] == blurhash(house(32, 24))[:6]
    assert picture.size == (320, 240)
