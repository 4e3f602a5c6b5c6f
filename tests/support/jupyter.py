"""JupyterLab as a hub runs it: below a path, with `jupyter-server-proxy` for other ports."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from safelight_server.quickstart.ports import find_free_port

_PATH: Final = "/user/ada/"
_TOKEN: Final = "test-token"


@dataclass(frozen=True)
class Jupyter:
    """A running JupyterLab.

    Attributes:
        origin: `http://127.0.0.1:PORT`
    """

    origin: str

    def proxied(self, port: int | str) -> str:
        """The URL at which a browser reaches a port of this machine; what `FIFTYONE_APP_PROXY_URL` takes."""
        return f"{self.origin}{_PATH}proxy/{port}/"

    def proxied_path(self, port: int | str) -> str:
        """The path of that URL."""
        return f"{_PATH}proxy/{port}/"

    def notebook(self, name: str) -> str:
        """The page with a notebook, open in the lab."""
        return f"{self.origin}{_PATH}lab/tree/{name}?token={_TOKEN}&reset"

    @property
    def login(self) -> str:
        """A page that lets the browser in."""
        return f"{self.origin}{_PATH}lab?token={_TOKEN}"


@contextmanager
def running_jupyter(directory: Path, environment: Mapping[str, str]) -> Iterator[Jupyter]:
    """Run JupyterLab.

    Args:
        directory: of the notebooks, and of everything that it writes
        environment: all variables of the lab and its kernels
    """
    port = find_free_port()
    options = [f"--ServerApp.base_url={_PATH}", f"--IdentityProvider.token={_TOKEN}"]
    options += [f"--ServerApp.root_dir={directory}", f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser", *options],
        env={**environment, "HOME": str(directory), "JUPYTER_CONFIG_DIR": str(directory / "config")},
        stderr=subprocess.DEVNULL,
    )
    try:
        jupyter = Jupyter(f"http://127.0.0.1:{port}")
        _wait_until_ready(f"{jupyter.origin}{_PATH}api/status?token={_TOKEN}", process)
        yield jupyter
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while True:
        assert process.poll() is None, "JupyterLab has ended"
        assert time.monotonic() < deadline, "JupyterLab does not answer"
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
