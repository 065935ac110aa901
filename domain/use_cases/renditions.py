"""What platforms are given of a photo: made of the original when it is first needed, then kept."""

from domain.entities.listing import Photo
from domain.entities.photo_forms import rendition_for
from domain.errors import NotFound
from domain.ports import Ports
from domain.rules import photos


async def rendition(ports: Ports, photo: Photo, platform: str) -> bytes:
    """The JPEG of a photo for a platform.

    Its key and its bytes follow from the original's, so that making it twice, or dying in between, does no
    harm, and nothing has to be written down.

    Raises:
        NotFound: the photo is not stored.
        Rejected: the original cannot be decoded any more.
    """
    spec = rendition_for(platform)
    original, key = photos.original_of(photo), photos.rendition_of(photo, spec)
    if original is None or key is None:
        raise NotFound("The photo is not stored.")
    try:
        return (await ports.files.get(key)).data
    except NotFound:
        source = await ports.files.get(original)
    data = await ports.images.rendition(source.data, spec)
    await ports.files.put(key, data, content_type="image/jpeg", metadata=source.metadata)
    return data


def rendition_url(ports: Ports, photo: Photo, platform: str) -> str:
    """Where the rendition that `rendition` has made can be fetched; raises `NotFound` as it does."""
    key = photos.rendition_of(photo, rendition_for(platform))
    if key is None:
        raise NotFound("The photo is not stored.")
    return ports.files.url(key)
