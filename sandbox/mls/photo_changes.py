"""What a control call can do to the photos of a sandbox home."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.mls.homes import Home
from sandbox.mls.media import Media, number_of, photo, public_photos


class PhotoChanges(BaseModel):
    """`add` photos, `remove` or `replace` those of the numbers given, set `captions`, put them in an `order`.

    A number is that of the photo's MediaURL: it is not used again after its photo is removed. `order` names
    every number there is, first one first.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    add: Annotated[int, Field(ge=0, le=50)] = 0
    remove: list[int] = []
    replace: list[int] = []
    captions: dict[str, str | None] = {}
    order: list[int] = []


def change_photos(home: Home, wanted: object, moment: str) -> None:
    """Change a home's photos as `PhotoChanges` says; `moment` is the stamp of the change.

    Adding, removing and replacing move PhotosChangeTimestamp and the stamps of the photos concerned;
    captions and order move neither, as on many servers. Raises ValueError, having changed nothing.
    """
    try:
        changes = PhotoChanges.model_validate(wanted)
    except ValidationError as error:
        raise ValueError(str(error)) from error
    media = {number_of(row): dict(row) for row in home.media}
    _check(changes, set(media))
    for number in changes.remove:
        del media[number]
    for number in changes.replace:
        home.versions[number] = home.versions.get(number, 0) + 1
        media[number] |= {"MediaModificationTimestamp": moment, "ModificationTimestamp": moment}
    for name, caption in changes.captions.items():
        media[int(name)]["ShortDescription"] = caption
    rows = [media[number] for number in changes.order] if changes.order else list(media.values())
    for _ in range(changes.add):
        home.last_photo += 1
        rows.append(photo(home.row, home.last_photo, len(rows) + 1, moment))
    home.media = _numbered(rows)
    home.row["PhotosCount"] = public_photos(home.media)
    if changes.add or changes.remove or changes.replace:
        home.row["PhotosChangeTimestamp"] = moment


def _check(changes: PhotoChanges, numbers: set[int]) -> None:
    captioned = {int(number) if number.isdecimal() else -1 for number in changes.captions}
    unknown = ({*changes.remove, *changes.replace} | captioned) - numbers
    if unknown:
        raise ValueError(f"no photo of number {sorted(unknown)}; there are {sorted(numbers)}")
    left = numbers - set(changes.remove)
    if captioned - left or set(changes.replace) - left:
        raise ValueError("a photo cannot be removed and changed at once")
    if changes.order and sorted(changes.order) != sorted(left):
        raise ValueError(f"order must name each of {sorted(left)} once")


def _numbered(rows: list[Media]) -> list[Media]:
    """The rows with Order counted from 1, the first photo preferred."""
    first = next((row["MediaKey"] for row in rows if row["MediaCategory"] == "Photo"), None)
    return [
        row | {"Order": place, "PreferredPhotoYN": row["MediaKey"] == first}
        for place, row in enumerate(rows, start=1)
    ]
