"""`notebooks/team-sharing.ipynb`, executed against a real server."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from support.api_server import RunningApi

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "team-sharing.ipynb"


@pytest.mark.timeout(300)
def test_two_people_share_a_dataset(api: RunningApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FIFTYONE_DATABASE_URI")
    monkeypatch.setenv("FIFTYONE_API_URI", api.url)
    monkeypatch.setenv("FIFTYONE_API_KEY", api.admin_key)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=240).execute(env=dict(os.environ))
    said = "\n".join(
        "".join(output.get("text", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    )
    assert "[]" in said.splitlines(), "Lin sees nothing before it is shared"
    assert "12 samples, tags: {}" in said
    assert 'refused: This needs the permission "Can tag"' in said
    assert "tagged {'warm': 3}" in said
    assert "what you see: {'warm': 3}" in said
    assert "is a Collaborator, who can have at most 'Can edit'" in said
