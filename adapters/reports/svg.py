"""A drawing as SVG: no script, no style, nothing loaded, and told to who cannot see it (SVG 1.1, section 5.4)."""

import re
from xml.sax.saxutils import escape

from adapters.reports.shapes import Box, Drawing, Line, Shape

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(drawing: Drawing) -> bytes:
    """The whole document."""
    size = f'width="{drawing.width}" height="{drawing.height}" viewBox="0 0 {drawing.width} {drawing.height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title description"'
        f' font-family="{_FONTS}">',
        f'<title id="title">{_text(drawing.title)}</title>',
        f'<desc id="description">{_text(drawing.description)}</desc>',
        f'<rect width="{drawing.width}" height="{drawing.height}" fill="{drawing.background}"/>',
        *map(_shape, drawing.shapes),
        "</svg>\n",
    ]
    return "\n".join(parts).encode()


def _shape(shape: Shape) -> str:
    if isinstance(shape, Line):
        place = f'x="{shape.x:g}" y="{shape.y - 0.5:.2f}" width="{shape.width:g}" height="1"'
        return f'<rect {place} fill="{shape.colour}"/>'
    if isinstance(shape, Box):
        return _box(shape)
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    weight = ' font-weight="600"' if shape.bold else ""
    place = f'x="{shape.x:.2f}" y="{shape.y:.2f}" font-size="{shape.size:g}"'
    return f'<text {place} fill="{shape.colour}"{anchor}{weight}>{_text(shape.text)}</text>'


def _box(box: Box) -> str:
    place = f'x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}"'
    start = f'<rect {place} fill="{box.colour}"'
    return f"{start}><title>{_text(box.label)}</title></rect>" if box.label else f"{start}/>"


def _text(text: str) -> str:
    return escape(_NO_XML.sub("", text))
