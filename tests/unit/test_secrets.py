"""The installation's own keys: made once, the same for every process, readable by their owner alone."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from pydantic import SecretStr

from app.development_issuer import DevelopmentIssuer
from app.made_once import made_once
from app.secrets import load_secrets
from app.settings import Settings

MAKERS = 8


def test_those_who_make_a_file_together_have_the_same(tmp_path: Path) -> None:
    path = tmp_path / "data" / "file"
    together = Barrier(MAKERS)

    def made(_: int) -> bytes:
        def make() -> bytes:
            together.wait(60)  # none of them has seen a file, all of them go on to write one
            return os.urandom(1_000)

        return made_once(path, make)

    with ThreadPoolExecutor(MAKERS) as pool:
        seen = set(pool.map(made, range(MAKERS)))

    assert seen == {path.read_bytes()}
    assert list(path.parent.iterdir()) == [path]


def test_the_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    load_secrets(Settings(yardsign_data=tmp_path))
    DevelopmentIssuer(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["development-issuer.pem", "secrets.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_the_keys_stay(tmp_path: Path) -> None:
    first, second = (load_secrets(Settings(yardsign_data=tmp_path)) for _ in range(2))
    elsewhere = load_secrets(Settings(yardsign_data=tmp_path / "other"))

    assert first.media_key == second.media_key != elsewhere.media_key
    assert first.tracking_keys == second.tracking_keys != elsewhere.tracking_keys
    assert first.tracking_keys != (first.media_key,)
    row = {"owner": "u", "thing": "c", "field": "token"}
    assert second.vault.open(first.vault.seal("secret", **row), **row) == "secret"


def test_what_is_set_is_not_made(tmp_path: Path) -> None:
    sealing = SecretStr("k1:" + "A" * 43 + "=")
    settings = Settings(
        yardsign_data=tmp_path,
        yardsign_sealing_keys=sealing,
        yardsign_media_key=SecretStr("media"),
        yardsign_tracking_keys=SecretStr("newer, older"),
    )
    secrets = load_secrets(settings)

    assert secrets.media_key == b"media"
    assert secrets.tracking_keys == (b"newer", b"older")
    assert list(tmp_path.iterdir()) == []
    assert "media" not in repr(secrets)
