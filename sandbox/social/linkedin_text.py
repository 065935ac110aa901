"""LinkedIn's “little text”, as a post shows it.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

import re

_ELEMENT = re.compile(
    r"\{hashtag\|\\?[#\uff03]\|(?P<template>(?:\\.|[^\\|{}@\[\]()<>#*_~])+)\}"
    r"|#(?P<hashtag>[^\W_]+)"
    r"|@\[(?P<mention>(?:\\.|[^\\\]])+)\]\s?\(urn:li:(?:person|organization):[\w-]+\)"
    r"|\\(?P<escaped>.)"
    r"|(?P<plain>[^\\|{}@\[\]()<>#*_~]+)",
    re.DOTALL,
)


def shown(little: str) -> tuple[str, list[str]]:
    """What people read, and its hashtags. From a reserved character that means nothing on, the text is lost."""
    text, hashtags, place = "", [], 0
    while found := _ELEMENT.match(little, place):
        place = found.end()
        if tag := found["template"] or found["hashtag"]:
            tag = re.sub(r"\\(.)", r"\1", tag)
            hashtags.append(tag)
            text += f"#{tag}"
        elif name := found["mention"]:
            text += re.sub(r"\\(.)", r"\1", name)
        else:
            text += found["escaped"] or found["plain"]
    return text, hashtags
