"""Text in LinkedIn's “little” format: there and back.

A reserved character that is not escaped is no error: LinkedIn cuts the text there and answers 201.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

import re
import unicodedata

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
# A number alone is no hashtag, and neither is what hangs on a word, an address or an entity.
_HASHTAG = re.compile(r"(?<![\w#/&])#(?=\w*[^\W\d_])(\w+)")
_TEMPLATE = re.compile(r"\{hashtag\|\\?[#\uff03]\|((?:\\.|[^\\}])+)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\\\]])+)\]\s?\([^)]*\)")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")


def little(text: str) -> str:
    """The text as LinkedIn takes it: hashtags stay links, by the template; everything else is escaped."""
    done, place = "", 0
    for found in _HASHTAG.finditer(text):
        done += _escaped(text[place : found.start()]) + "{hashtag|\\#|" + _escaped(found[1]) + "}"
        place = found.end()
    return done + _escaped(text[place:])


def plain(commentary: str) -> str:
    """What people read of a text in the format, with white space made even, to compare it by."""
    text = _TEMPLATE.sub(r"\\#\1", commentary)
    text = _ESCAPED.sub(r"\1", _MENTION.sub(r"\1", text))
    return even(text)


def even(text: str) -> str:
    """The text with white space and Unicode forms made even."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: "\\" + found[0], text)
