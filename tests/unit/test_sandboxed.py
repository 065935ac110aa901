"""Platforms of which an app is configured are the real ones, and no sandbox stands in for them."""

import pytest

from app.sandboxed import environment, sandboxed
from app.settings import Settings

META = {"facebook_app_id": "1", "facebook_app_secret": "s"}
LINKEDIN = {"linkedin_client_id": "1", "linkedin_client_secret": "s"}


@pytest.mark.parametrize(
    ("given", "platforms", "set_for"),
    [
        ({}, {"facebook", "instagram", "linkedin"}, {"FACEBOOK", "LINKEDIN"}),
        (META, {"linkedin"}, {"LINKEDIN"}),
        (LINKEDIN, {"facebook", "instagram"}, {"FACEBOOK"}),
        (META | LINKEDIN, set(), set()),
    ],
)
def test_what_is_configured_is_left_alone(
    given: dict[str, str], platforms: set[str], set_for: set[str]
) -> None:
    settings = Settings.model_validate(given)
    assert sandboxed(settings) == platforms
    assert {name.partition("_")[0] for name in environment(settings)} == set_for
