"""`make demo`: built, published, installed with pip into a fresh environment, run on real images."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.environment import machine_environment

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_the_demo_does_the_whole_main_job(tmp_path: Path) -> None:
    """One test, because each step stands on the one before it."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "demo", "--state-dir", str(tmp_path)],
            cwd=ROOT,
            env=machine_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        said = done.stdout
        assert done.returncode == 0, said[-5000:]
        # The photographs that were put in twice, and all the small ones, were found by their pixels.
        assert "20 of 38 photographs look like another one" in said
        assert "2 are exact copies" in said
        assert "'current_count': 38" in said
        assert "['chelsea.png', 'chelsea.png', 'chelsea.jpg']" in said
        # Another person, with her own key, sees the same and may not change it.
        assert "Lin <lin@example.org>, Collaborator" in said
        assert 'refused: This needs the permission "Can edit" on the dataset "first-look"' in said
        # What pip installed is ours, from the index, and its dependencies are the public ones.
        assert "FiftyOne v1.22.1+safelight.1" in said
        _check_notebook(tmp_path / "first-look.ipynb")
    finally:
        stop = [sys.executable, "-m", "safelight_server.cli", "stop", "--state-dir", str(tmp_path / "stack")]
        subprocess.run(stop, check=False, capture_output=True)


def _check_notebook(path: Path) -> None:
    cells = json.loads(path.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output["output_type"] == "error"]
    text = "".join("".join(output.get("text", "")) for output in outputs)
    assert "in the cache: 0 of 18" in text, "metadata were computed without downloading"
    assert any("image/png" in output.get("data", {}) for output in outputs), "the contact sheet"
