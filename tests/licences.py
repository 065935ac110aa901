"""The licences of what runs: read from the installed packages; `python -m tests.licences` prints the page of them."""

import re
from collections.abc import Mapping
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "licences.md"

PERMISSIVE = frozenset(
    ("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0")
)
"""Licences under which a company may run, change and sell what it builds, by their SPDX names; `BSD` where a
package does not say which."""

EXCEPTIONS: Mapping[str, tuple[str, str]] = {
    "certifi": ("MPL-2.0", "whoever changes its files has to publish these files; we change none"),
    "dramatiq": ("LGPL-3.0-or-later", "used as it is, as a library that can be replaced by another version"),
    "orjson": ("MPL-2.0", "in part; whoever changes those files has to publish them, and we change none"),
}
"""What is used although its licence is not among these, by package: the licence, and why that may be."""

_UNSAID: Mapping[str, str] = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "crawler-user-agents": "MIT",
    "cykooz-resizer": "MIT OR Apache-2.0",
}
"""What no metadata say: those of crawler-user-agents have a file of the licence alone, the others are not installed
on every machine."""

_NAMES: Mapping[str, str] = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

_HEAD = """# Licences

Of every package that runs, as `requirements.lock` names them; what only builds or tests is not among them. This page
is written by `make reference`, and a licence that nobody has looked at fails the tests.

| package | licence |
|---|---|
"""


def licences() -> dict[str, str]:
    """An SPDX expression by package."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return {name: _licence(name) for name in (line.split("==")[0] for line in lines)}


def permitted(package: str, licence: str) -> bool:
    """Whether every part of the licence has a choice that is permissive, or the package is an exception."""
    choices = PERMISSIVE | {EXCEPTIONS[package][0]} if package in EXCEPTIONS else PERMISSIVE
    parts = re.sub(r"[()]", "", licence).split(" AND ")
    return all(choices.intersection(part.split(" OR ")) for part in parts)


def page() -> str:
    """The page `docs/reference/licences.md`, in Markdown."""
    rows = [f"| {name} | {licence} |\n" for name, licence in licences().items()]
    exceptions = [f"- {name}, {licence}: {why}.\n" for name, (licence, why) in EXCEPTIONS.items()]
    return _HEAD + "".join(rows) + "\nThese are not permissive:\n\n" + "".join(exceptions)


def _licence(name: str) -> str:
    if name in _UNSAID:
        return _UNSAID[name]
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return "unknown"
    return _field(told, "License-Expression") or _told_otherwise(told)


def _told_otherwise(told: PackageMetadata) -> str:
    field = _field(told, "License").partition("\n")[0].strip()
    if field in PERMISSIVE:
        return field
    classifiers = [
        line.split(" :: ")[-1] for line in told.get_all("Classifier") or () if "License ::" in line
    ]
    return " OR ".join(_NAMES.get(name, name) for name in classifiers or [field] if name)


def _field(told: PackageMetadata, name: str) -> str:
    return "".join(told.get_all(name) or ())


if __name__ == "__main__":
    print(page(), end="")
