"""The documentation can be built, and no link in it leads nowhere."""

import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT


def test_it_can_be_built_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    reference = tmp_path / "reference"
    assert "importMlsListings" in (reference / "graph.html").read_text()
    assert "python -m app worker" in (reference / "command-line.html").read_text()
