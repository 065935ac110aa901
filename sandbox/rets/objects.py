"""GetObject of the sandbox RETS server: photos as bytes or as addresses, one by itself or many as multipart."""

import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from sandbox.mls.homes import Home
from sandbox.mls.media import Media
from sandbox.mls.photo_files import photo_file
from sandbox.mls.state import State
from sandbox.rets.habits import Boundaries, Habits
from sandbox.rets.replies import Declined, document
from sandbox.rets.search import Arguments


@dataclass(frozen=True)
class _Part:
    """One object, or what is said instead of it."""

    headers: dict[str, str]
    body: bytes = b""


class Objects:
    """The GetObject transaction."""

    def __init__(self, state: State, habits: Habits, base_url: str | None) -> None:
        self._state = state
        self._habits = habits
        self._base_url = base_url

    def base(self, request: Request) -> str:
        """What URLs of this server begin with, without a trailing slash."""
        return self._base_url or str(request.base_url).rstrip("/")

    def media(self, home: Home, request: Request) -> list[Media]:
        """A home's media with whole URLs."""
        base = self.base(request)
        return [row | {"MediaURL": _whole_url(row, base)} for row in home.media]

    async def answer(self, request: Request, arguments: Arguments) -> Response:
        """The objects asked for. Raises Declined."""
        if arguments.get("resource") != "Property":
            raise Declined(20400)
        if arguments.get("type") not in ("Photo", "HiRes"):
            raise Declined(20401)
        wanted = _identifiers(arguments.get("id", ""))
        located = self._habits.location and arguments.get("location", "0") == "1"
        parts = [
            await self._part(request, key, number, located)
            for key, numbers in wanted
            for number in self._numbers(key, numbers)
        ]
        if len(wanted) == 1 and ((len(wanted[0][1]) == 1 and wanted[0][1] != ["*"]) or not parts):
            return _single(parts)
        return _multipart(parts or [_missing(wanted[0][0], "*")], self._habits.boundaries)

    def _numbers(self, key: str, asked: list[str]) -> list[str]:
        if asked != ["*"]:
            return asked
        home = self._state.get(key)
        return [] if home is None else [str(number) for number in _photos(home)]

    async def _part(self, request: Request, key: str, number: str, located: bool) -> _Part:
        home = self._state.get(key)
        photos = {} if home is None else _photos(home)
        preferred = next((place for place, row in photos.items() if row.get("PreferredPhotoYN") is True), 1)
        place = int(number) or preferred
        if place not in photos:
            return _missing(key, number)
        row = photos[place]
        headers = {"Content-Type": "image/jpeg", "Content-ID": key, "Object-ID": str(place)}
        caption = row.get("ShortDescription")
        if isinstance(caption, str) and caption:
            headers["Content-Description"] = " ".join(caption.split())
        if place == preferred:
            headers["Preferred"] = "1"
        if located:
            return _Part(headers | {"Location": _whole_url(row, self.base(request))})
        file = await photo_file(self._state, key, _file_number(row))
        return _missing(key, number) if file is None else _Part(headers, file.data)


def _photos(home: Home) -> dict[int, Media]:
    """The photos that anybody may see, by their place: an Object-ID is no name, it changes with the order."""
    rows = [
        row
        for row in home.media
        if row.get("MediaCategory") == "Photo" and row.get("Permission") in (None, [], ["Public"])
    ]
    rows.sort(key=lambda row: order if isinstance(order := row.get("Order"), int) else 0)
    return dict(enumerate(rows, start=1))


def _file_number(row: Media) -> int:
    digits = str(row.get("MediaURL")).rpartition("/")[2].removesuffix(".jpg")
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


def _whole_url(row: Media, base: str) -> str:
    url = str(row.get("MediaURL"))
    return base + url if url.startswith("/") else url


def _identifiers(text: str) -> list[tuple[str, list[str]]]:
    """`key:1:2,key:*,key` as keys and numbers; without one the preferred object is meant, as by 0."""
    found = []
    for item in text.split(","):
        key, *numbers = item.strip().split(":")
        if not key or not all(
            number == "*" or (number.isascii() and number.isdecimal()) for number in numbers
        ):
            raise Declined(20402, item)
        found.append((key, ["*"] if "*" in numbers else numbers or ["0"]))
    return found


def _missing(key: str, number: str) -> _Part:
    body = document(20403).encode()
    return _Part({"Content-Type": "text/xml", "Content-ID": key, "Object-ID": number}, body)


def _single(parts: list[_Part]) -> Response:
    if not parts or parts[0].headers["Content-Type"] == "text/xml":
        raise Declined(20403)
    headers = {name: value.encode().decode("latin-1") for name, value in parts[0].headers.items()}
    return Response(parts[0].body, headers={"MIME-Version": "1.0", **headers})


def _multipart(parts: list[_Part], boundaries: Boundaries) -> Response:
    """The parts in a body of multipart/parallel, the boundaries as the server makes them."""
    boundary = f"RETS{secrets.token_hex(16)}"
    pieces = [b""]
    for part in parts:
        lines = [f"--{boundary}", *(f"{name}: {value}" for name, value in part.headers.items()), ""]
        pieces += [*(line.encode() for line in lines), part.body]
    if boundaries != "unclosed":
        pieces.append(f"--{boundary}--".encode())
    body = (b"\n" if boundaries == "bare LF" else b"\r\n").join([*pieces, b""])
    declared = f"--{boundary}" if boundaries == "dashes" else boundary
    kind = f'multipart/parallel; boundary="{declared}"; charset=utf-8'
    return Response(body, headers={"MIME-Version": "1.0", "Content-Type": kind})
