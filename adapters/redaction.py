"""Takes out of a text what belongs into no log and no trace: tokens, what URLs carry of them, e-mail addresses."""

import re

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

_NAMES = "|".join(re.escape(name) for name in sorted(SECRET_NAMES, key=len, reverse=True))
_RULES = (
    # The user and password of a URL.
    (re.compile(r"(?<=://)[^\s/?#@'\"<>]+@"), f"{GONE}@"),
    # The parameters of a query, of a fragment or of a form.
    (re.compile(rf"(?i)(?<![\w.-])({_NAMES})=[^&\s'\"<>;,)\]}}]+"), rf"\1={GONE}"),
    # A field of JSON or of Python's repr.
    (re.compile(rf"""(?i)(["'](?:{_NAMES})["']\s*[:=]\s*b?["'])[^"']+"""), rf"\1{GONE}"),
    (re.compile(r"(?i)\b(bearer|basic|oauth) +[\w.~+/=:-]{8,}"), rf"\1 {GONE}"),
    # A JSON Web Token; one of Meta's access tokens.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"), GONE),
    (re.compile(r"\bEAA[A-Za-z0-9]{20,}"), GONE),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), f"{GONE}@{GONE}"),
)
_WORTH_A_LOOK = re.compile(r"(?i)[=@:]|bearer|basic|oauth|eyJ|EAA")


def redacted(text: str) -> str:
    """The text without them; `…` stands where something was."""
    if not _WORTH_A_LOOK.search(text):
        return text
    for rule, instead in _RULES:
        text = rule.sub(instead, text)
    return text
