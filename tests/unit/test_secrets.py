"""The installation's own keys: made once, the same for every process, readable by their owner alone."""

import stat
import subprocess
import sys
from pathlib import Path

from pydantic import SecretStr

from app.secrets import load_secrets
from app.settings import Settings

ROOT = Path(__file__).parents[2]
PROCESSES = 8
_LOAD = """
import sys
from pathlib import Path
from app.development_issuer import DevelopmentIssuer
from app.made_once import made_once
from app.secrets import load_secrets
from app.settings import Settings

folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
load_secrets(Settings(yardsign_data=folder))
DevelopmentIssuer(folder)
print([made_once(folder / name, bytes) for name in ("secrets.json", "development-issuer.pem")])
"""


def test_processes_that_start_together_have_the_same_keys(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _LOAD, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:  # all are waiting for this line, so that they begin together
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    seen = {racer.communicate(timeout=60)[0] for racer in racers}

    assert [racer.returncode for racer in racers] == [0] * PROCESSES
    assert len(seen) == 1
    assert sorted(file.name for file in folder.iterdir()) == ["development-issuer.pem", "secrets.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


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
