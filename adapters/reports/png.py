"""A drawing as PNG, at two pixels a point, so that it is sharp on the screens of today."""

from io import BytesIO

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from adapters.reports.shapes import Box, Drawing, Line, Text, ascii_of, font

SCALE = 2
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
_COLOURS = 64


def png(drawing: Drawing) -> bytes:
    """The whole file; takes some tens of milliseconds of a processor.

    All letters become ASCII: the font has no others.
    """
    size = (drawing.width * SCALE, drawing.height * SCALE)
    image = Image.new("RGB", size, drawing.background)
    canvas = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Text):
            _write(canvas, shape)
        else:
            _fill(canvas, shape)
    file = BytesIO()
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(
        file, "PNG", pnginfo=_about(drawing), optimize=True
    )
    return file.getvalue()


def _fill(canvas: ImageDraw.ImageDraw, shape: Box | Line) -> None:
    height = shape.height if isinstance(shape, Box) else 1 / SCALE
    left, top = round(shape.x * SCALE), round(shape.y * SCALE)
    right, bottom = round((shape.x + shape.width) * SCALE), round((shape.y + height) * SCALE)
    # Pillow's last pixel is included, and what was counted is seen however small it is.
    canvas.rectangle((left, min(top, bottom - 1), max(left, right - 1), bottom - 1), fill=shape.colour)


def _write(canvas: ImageDraw.ImageDraw, text: Text) -> None:
    canvas.text(
        (text.x * SCALE, text.y * SCALE),
        ascii_of(text.text),
        fill=text.colour,
        font=font(text.size * SCALE),
        anchor=_ANCHORS[text.anchor],
        stroke_width=0.4 * SCALE if text.bold else 0,
    )


def _about(drawing: Drawing) -> PngInfo:
    """By the keywords of PNG, section 11.3.3."""
    info = PngInfo()
    info.add_text("Title", ascii_of(drawing.title))
    info.add_text("Description", ascii_of(drawing.description))
    return info
