"""Draws what sandbox photos show: houses, rooms, open land and floor plans, without a letter on them."""

from random import Random

from PIL import Image, ImageDraw
from PIL.ImageDraw import ImageDraw as Draw

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]
WIDTH, HEIGHT = 1024, 768

_SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((96, 158, 214), (214, 232, 246)),
    ((70, 130, 200), (190, 220, 240)),
    ((150, 170, 190), (226, 230, 234)),
    ((240, 160, 110), (250, 220, 180)),
)
_WALLS: tuple[Colour, ...] = (
    (222, 212, 190), (188, 88, 66), (150, 170, 182), (244, 240, 230), (120, 140, 110), (206, 176, 130), (96, 106, 120),
)  # fmt: skip
_ROOFS: tuple[Colour, ...] = ((82, 70, 66), (120, 60, 48), (60, 66, 76), (100, 96, 90))
_DOORS: tuple[Colour, ...] = ((140, 30, 36), (30, 60, 110), (50, 90, 60), (90, 56, 36), (230, 190, 60))
_PAINTS: tuple[Colour, ...] = (
    (236, 230, 218),
    (210, 220, 224),
    (224, 214, 190),
    (198, 210, 190),
    (240, 238, 236),
)
_FLOORS: tuple[Colour, ...] = ((160, 116, 76), (190, 160, 120), (120, 84, 58), (196, 190, 182))
_FABRICS: tuple[Colour, ...] = ((90, 110, 140), (150, 90, 80), (110, 130, 100), (180, 170, 150), (70, 74, 84))
_INDOORS = {"Living Room", "Kitchen", "Bedroom", "Bathroom", "Dining Room", "Office", "Lobby"}


def picture(rng: Random, image_of: str) -> Image.Image:
    """A picture 1024 wide and 768 high of what `image_of` (RESO's ImageOf) names."""
    if image_of == "Floor Plan":
        return _floor_plan(rng)
    image = _room(rng, image_of) if image_of in _INDOORS else _outdoors(rng, house="Structure" in image_of)
    # Grain, so that the file is as large as a photo's and no two are alike.
    grain = Image.frombytes("L", (128, 96), rng.randbytes(128 * 96)).resize((WIDTH, HEIGHT)).convert("RGB")
    return Image.blend(image, grain, 0.06)


def _gradient(top: Colour, bottom: Colour, width: int, height: int) -> Image.Image:
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), top)
    strip.putpixel((0, 1), bottom)
    return strip.resize((width, height), Image.Resampling.BILINEAR)


def _shade(colour: Colour, by: float) -> Colour:
    red, green, blue = (max(0, min(255, int(part * by))) for part in colour)
    return red, green, blue


def _outdoors(rng: Random, *, house: bool) -> Image.Image:
    horizon = rng.randint(400, 500)
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.paste(_gradient(*rng.choice(_SKIES), WIDTH, horizon), (0, 0))
    green = (rng.randint(70, 130), rng.randint(120, 160), rng.randint(50, 80))
    image.paste(_gradient(green, _shade(green, 0.7), WIDTH, HEIGHT - horizon), (0, horizon))
    draw = ImageDraw.Draw(image)
    _clouds(rng, draw)
    _hills(rng, draw, horizon, green)
    for _ in range(rng.randint(1, 3)):
        _tree(rng, draw, rng.randint(20, WIDTH - 20), horizon + rng.randint(0, 40), rng.randint(50, 110))
    if house:
        _house(rng, draw, horizon)
    else:
        _lane(rng, draw, horizon)
    return image


def _clouds(rng: Random, draw: Draw) -> None:
    for _ in range(rng.randint(0, 4)):
        x, y, size = rng.randint(0, WIDTH), rng.randint(30, 200), rng.randint(40, 90)
        for step in range(4):
            draw.ellipse(
                (
                    x + step * size * 0.6,
                    y - size * 0.2 * (step % 2),
                    x + step * size * 0.6 + size,
                    y + size * 0.6,
                ),
                (240, 244, 248),
            )


def _hills(rng: Random, draw: Draw, horizon: int, green: Colour) -> None:
    for shade in (0.55, 0.65):
        middle, width, height = rng.randint(0, WIDTH), rng.randint(500, 1000), rng.randint(30, 110)
        draw.chord(
            (middle - width, horizon - height, middle + width, horizon + height),
            180,
            360,
            _shade(green, shade),
        )


def _tree(rng: Random, draw: Draw, x: int, y: int, size: int) -> None:
    draw.rectangle((x - size * 0.08, y - size, x + size * 0.08, y), (88, 66, 46))
    leaf = (rng.randint(40, 90), rng.randint(90, 140), rng.randint(40, 70))
    for _ in range(5):
        left, top = x - size * rng.uniform(0.3, 0.8), y - size * rng.uniform(1.2, 2.0)
        draw.ellipse((left, top, left + size, top + size), _shade(leaf, rng.uniform(0.85, 1.1)))


def _lane(rng: Random, draw: Draw, horizon: int) -> None:
    bend, foot = rng.randint(300, 720), rng.randint(200, 820)
    draw.polygon(
        [(bend - 8, horizon), (bend + 8, horizon), (foot + 110, HEIGHT), (foot - 110, HEIGHT)],
        (176, 156, 124),
    )
    for x in range(0, WIDTH, 90):
        draw.rectangle((x, horizon + 30, x + 8, horizon + 70), (120, 100, 80))
    draw.line((0, horizon + 42, WIDTH, horizon + 42), (120, 100, 80), 5)


def _house(rng: Random, draw: Draw, horizon: int) -> None:
    wall, roof = rng.choice(_WALLS), rng.choice(_ROOFS)
    floors = rng.choice((1, 1, 2))
    width, storey = rng.randint(380, 560), rng.randint(120, 150)
    left, foot = rng.randint(120, WIDTH - width - 180), horizon + rng.randint(60, 110)
    top = foot - floors * storey
    draw.rectangle((left, top, left + width, foot), wall)
    _roof(rng, draw, left, top, width, roof)
    door_at = rng.randint(1, 3)
    for floor in range(floors):
        for place in range(5):
            x, y = left + width * (place + 0.5) / 5 - 26, top + floor * storey + 34
            if floor == floors - 1 and place == door_at:
                draw.rectangle((x, foot - 96, x + 52, foot), rng.choice(_DOORS))
                draw.ellipse((x + 40, foot - 50, x + 46, foot - 44), (230, 210, 120))
            else:
                _window(draw, (x, y, x + 52, y + 58))
    if rng.random() < 0.6:
        _garage(draw, left + width, foot, storey, wall, roof)
    path = left + width * (door_at + 0.5) / 5
    draw.polygon(
        [(path - 26, foot), (path + 26, foot), (path + 90, HEIGHT), (path - 60, HEIGHT)], (190, 184, 174)
    )


def _roof(rng: Random, draw: Draw, left: float, top: float, width: float, colour: Colour) -> None:
    rise, inset = rng.randint(60, 130), rng.choice((0.5, 0.25, 0.12))
    if rng.random() < 0.4:
        draw.rectangle((left + width * 0.7, top - rise - 10, left + width * 0.7 + 34, top), (130, 76, 62))
    ridge = [(left + width * inset, top - rise), (left + width * (1 - inset), top - rise)]
    draw.polygon([(left - 26, top), *ridge, (left + width + 26, top)], colour)


def _window(draw: Draw, box: Box) -> None:
    left, top, right, bottom = box
    draw.rectangle(box, (168, 200, 220), (246, 246, 242), 4)
    draw.line(((left + right) / 2, top, (left + right) / 2, bottom), (246, 246, 242), 3)
    draw.line((left, (top + bottom) / 2, right, (top + bottom) / 2), (246, 246, 242), 3)


def _garage(draw: Draw, left: float, foot: float, storey: float, wall: Colour, roof: Colour) -> None:
    top = foot - storey * 0.8
    draw.rectangle((left, top, left + 150, foot), _shade(wall, 0.92))
    draw.polygon([(left - 4, top), (left + 60, top - 44), (left + 172, top)], roof)
    draw.rectangle((left + 20, top + 24, left + 130, foot), (232, 230, 226))
    for line in range(1, 4):
        y = top + 24 + (foot - top - 24) * line / 4
        draw.line((left + 20, y, left + 130, y), (190, 188, 184), 2)


def _room(rng: Random, image_of: str) -> Image.Image:
    paint, floor = rng.choice(_PAINTS), rng.choice(_FLOORS)
    corner = rng.randint(500, 560)
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.paste(_gradient(_shade(paint, 1.04), _shade(paint, 0.88), WIDTH, corner), (0, 0))
    image.paste(_gradient(_shade(floor, 0.8), floor, WIDTH, HEIGHT - corner), (0, corner))
    draw = ImageDraw.Draw(image)
    for board in range(-6, 18):
        draw.line(
            (WIDTH / 2 + (board - 6) * 60, corner, WIDTH / 2 + (board - 6) * 190, HEIGHT),
            _shade(floor, 0.72),
            2,
        )
    left = rng.randint(80, 620)
    _window(draw, (left, 110, left + rng.randint(180, 300), 330))
    _furniture(rng, draw, image_of, corner)
    if rng.random() < 0.6:
        x = left + 350 if left < 480 else left - 150
        draw.rectangle((x, 170, x + 90, 250), rng.choice(_FABRICS), (70, 56, 44), 6)
    return image


def _furniture(rng: Random, draw: Draw, image_of: str, corner: int) -> None:
    fabric, wood = rng.choice(_FABRICS), _shade(rng.choice(_FLOORS), 0.8)
    x, foot = rng.randint(120, 460), corner + rng.randint(60, 120)
    match image_of:
        case "Kitchen":
            draw.rectangle((60, corner - 150, 960, corner + 50), _shade(fabric, 1.2))
            draw.rectangle((50, corner - 170, 970, corner - 146), (210, 206, 200))
            for door in range(60, 960, 112):
                draw.rectangle(
                    (door + 8, corner - 130, door + 104, corner + 36), None, _shade(fabric, 0.9), 3
                )
            draw.rectangle((x + 200, corner - 150, x + 330, corner + 50), (60, 62, 66))
        case "Bathroom":
            draw.rounded_rectangle((x, foot - 150, x + 430, foot), 50, (250, 250, 248), (200, 200, 200), 4)
            draw.ellipse((x + 30, foot - 160, x + 400, foot - 110), (196, 224, 236))
        case "Bedroom":
            draw.rectangle((x, corner - 170, x + 420, foot), wood)
            draw.rounded_rectangle((x + 10, corner - 60, x + 410, foot + 60), 24, fabric)
            for pillow in (40, 230):
                draw.rounded_rectangle(
                    (x + pillow, corner - 80, x + pillow + 150, corner - 20), 20, (246, 244, 240)
                )
        case "Dining Room" | "Office":
            draw.polygon(
                [(x, foot - 120), (x + 460, foot - 120), (x + 520, foot - 70), (x - 60, foot - 70)], wood
            )
            for leg in (x - 40, x + 490):
                draw.rectangle((leg, foot - 70, leg + 18, foot + 60), _shade(wood, 0.8))
            draw.ellipse((x + 200, foot - 220, x + 270, foot - 100), fabric)
        case _:
            draw.rounded_rectangle((x, foot - 190, x + 440, foot - 60), 30, _shade(fabric, 0.9))
            draw.rounded_rectangle((x - 30, foot - 110, x + 470, foot), 26, fabric)
            draw.ellipse((x + 90, foot + 20, x + 350, foot + 90), wood)


def _floor_plan(rng: Random) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), (252, 252, 250))
    draw = ImageDraw.Draw(image)
    draw.rectangle((120, 90, 904, 678), None, (30, 30, 30), 12)
    across, down = rng.randint(380, 640), rng.randint(280, 460)
    draw.line((across, 90, across, 678), (30, 30, 30), 8)
    draw.line((120, down, across, down), (30, 30, 30), 8)
    draw.line((across, HEIGHT - down, 904, HEIGHT - down), (30, 30, 30), 8)
    for x, y in ((across - 70, down), (across, HEIGHT - down - 80)):
        draw.pieslice((x - 60, y - 60, x + 60, y + 60), 0, 90, (252, 252, 250), (90, 90, 90), 3)
    return image
