"""Nothing runs under a licence that nobody has looked at; GPL and AGPL are refused."""

import pytest

from tests.licences import EXCEPTIONS, PAGE, licences, page, permitted


def test_every_package_that_runs_may_be_used() -> None:
    found = licences()

    assert {name: licence for name, licence in found.items() if not permitted(name, licence)} == {}
    assert set(EXCEPTIONS) <= set(found)


def test_the_page_is_that_of_what_is_installed() -> None:
    assert PAGE.read_text() == page(), "make reference"


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("LGPL-3.0-or-later", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_what_a_new_package_may_come_under(licence: str, may: bool) -> None:
    assert permitted("a-new-package", licence) is may


def test_an_exception_holds_for_its_licence_alone() -> None:
    assert permitted("dramatiq", "LGPL-3.0-or-later")
    assert not permitted("dramatiq", "AGPL-3.0-or-later")
