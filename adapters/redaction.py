"""Takes out of a text what belongs into no log and no trace: tokens, what URLs carry of them, e-mail addresses."""

import re
from collections.abc import Iterable

GONE = "…"

SECRET_NAMES = (
    *(
        "access_token",
        "refresh_token",
        "id_token",
        "fb_exchange_token",
        "input_token",
        "token",
        "api_key",
        "apikey",
    ),
    *(
        "client_secret",
        "appsecret_proof",
        "app_secret",
        "secret",
        "password",
        "passwd",
        "code",
        "code_verifier",
    ),
    *(
        "state",
        "signature",
        "sig",
        "key",
        "assertion",
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
    ),
    *("hub.verify_token", "authorization", "cookie", "set-cookie", "x-api-key", "awsaccesskeyid"),
)
"""Of parameters and headers, in small letters."""

SECRET_FIELDS = frozenset(SECRET_NAMES) - {"code", "key", "sig", "state"}
"""Of what is logged by name: those are innocent names there."""


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_QUOTED = r"""(\\*["'])(?:(?!\2)(?:\\.|[^\\]))+"""
"""A value in quotes to its end, with those of the other kind and escaped ones in it; JSON within JSON escapes all."""

_RULES = (
    # The user and password of a URL.
    (re.compile(r"(?<=://)[^\s/?#'\"<>]+@"), f"{GONE}@"),
    # A header, as it goes over the wire.
    (
        re.compile(
            r"(?i)\b((?:authorization|cookie|set-cookie|x-api-key): *(?:(?:bearer|basic|digest) )?)[^\r\n]+"
        ),
        rf"\1{GONE}",
    ),
    (re.compile(r"(?i)\b(bearer|basic|oauth) +[\w.~+/=:-]{8,}"), rf"\1 {GONE}"),
    # A field of JSON or of Python's repr, an argument, a pair.
    (re.compile(rf"""(?is)(["'](?:{_any_of(SECRET_FIELDS)})["']\s*,\s*b?){_QUOTED}"""), rf"\1\2{GONE}"),
    (
        re.compile(rf"""(?is)((?<![\w.-])(?:{_any_of(SECRET_NAMES)})\\*["']?\s*[:=]\s*b?){_QUOTED}"""),
        rf"\1\2{GONE}",
    ),
    # The parameters of a query, of a fragment or of a form, themselves in a parameter or not.
    (
        re.compile(
            rf"(?i)(?:(?<![\w.-])|(?<=%3F)|(?<=%26))({_any_of(SECRET_NAMES)})(=|%3D)[^&\s'\"<>;,)\]}}]+"
        ),
        rf"\1\2{GONE}",
    ),
    # A JSON Web Token; access tokens of Meta's and of LinkedIn's.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"), GONE),
    (re.compile(r"\bEAA[A-Za-z0-9]{20,}"), GONE),
    (re.compile(r"\bAQ[\w-]{50,}"), GONE),
    # It begins where a word does, or else a long word would take minutes.
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), f"{GONE}@{GONE}"),
)
_WORTH_A_LOOK = re.compile(r"""(?i)[=@:"']|%3d|bearer|basic|oauth|eyJ|EAA|AQ[\w-]{50}""")


def redacted(text: str) -> str:
    """The text without them; `…` stands where something was."""
    if not _WORTH_A_LOOK.search(text):
        return text
    for rule, instead in _RULES:
        text = rule.sub(instead, text)
    return text
