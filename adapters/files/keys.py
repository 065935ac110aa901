"""The rules for keys of stored files, the same for every store."""

from urllib.parse import quote

from domain.errors import Rejected

MAX_KEY_BYTES = 1_024
"""As S3 has it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


_PHOTOS = "listings/"


def public_url(base_url: str | None, key: str) -> str | None:
    """The address for good of a photo under a base that anybody may read, such as a CDN; None without a base,
    and for all that is no photo: what users send is nobody else's."""
    if base_url is None or not key.startswith(_PHOTOS):
        return None
    return f"{base_url.rstrip('/')}/{quote(key)}"


def check_key(key: str) -> None:
    """Raises `Rejected` unless the key is a relative path of plain segments.

    A key has 1 to 1,024 bytes of UTF-8, segments separated by single slashes, none of them empty, `.` or
    `..`, and no control characters, so that it means the same to S3, to a file system and in a URL.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise Rejected("A file's key must be valid Unicode.") from None
    if not 1 <= size <= MAX_KEY_BYTES:
        raise Rejected(f"A file's key has 1 to {MAX_KEY_BYTES} bytes.")
    if any(segment in ("", ".", "..") for segment in key.split("/")):
        raise Rejected("A file's key is a relative path without empty segments, '.' or '..'.")
    if any(ord(character) < 32 or ord(character) == 127 for character in key):
        raise Rejected("A file's key holds no control characters.")
