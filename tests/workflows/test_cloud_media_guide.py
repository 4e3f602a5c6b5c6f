"""`docs/guides/cloud-media.md` and `notebooks/cloud-media.ipynb`, executed as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from safelight_server.quickstart.ports import find_free_port
from support.cloud import Cloud
from support.guide import GUIDES

_NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "cloud-media.ipynb"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def _own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTYONE_DEFAULT_APP_PORT", str(find_free_port()))


def _keys(cloud: Cloud) -> list[str]:
    return sorted(cloud.keys())


@pytest.mark.usefixtures("_own_port")
def test_the_guide(cloud: Cloud) -> None:
    addresses = cloud.put_photographs("street")
    cloud.put("exports/street/of-last-week.jpg", b"old")
    blocks = _BLOCK.findall((GUIDES / "cloud-media.md").read_text(encoding="utf-8"))
    script = "\n".join(blocks).replace("s3://our-bucket", cloud.url("").removesuffix("/"))
    script += "\ndataset.delete()\n"
    # FiftyOne opens a browser where there is a screen.
    variables = {**os.environ, "FIFTYONE_DEFAULT_APP_ADDRESS": "127.0.0.1", "BROWSER": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=variables,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert f"{addresses[0]} -> {cloud.cache_dir}" in done.stdout
    exported = {key for key in _keys(cloud) if key.startswith("exports/street/")}
    assert exported == {f"exports/street/{Path(address).name}" for address in addresses}
    assert cloud.cached_files() == []


@pytest.mark.usefixtures("_own_port")
def test_the_notebook(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BUCKET", cloud.url("").removesuffix("/"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    notebook = nbformat.read(_NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "saved output tells of whoever saved it"
    NotebookClient(notebook, kernel_name="python3", timeout=240).execute(env=dict(os.environ))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = "".join(output.get("text", "") for output in outputs if output.get("name") == "stdout")
    assert "8 pictures" in said
    assert "widths: [320]" in said
    assert "the App is running" in said
    assert "refused: " in said
    assert "3 pictures exported" in said
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in str(notebook)
    assert all(key.startswith("exports/") for key in _keys(cloud))
