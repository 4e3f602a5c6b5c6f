"""Throw-away environments that share the installed packages, but of their `.pth` files only setuptools'."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

import safelight
from safelight.dropin.packaging.payload import with_activation
from safelight.dropin.versions import MANIFEST


class SharedEnvironment:
    """A virtual environment whose packages are those of the tests' own.

    Python reads the `.pth` files of real site directories only: a directory that one of them puts on the path
    brings none of its own. So these environments know nothing of `safelight dropin enable` in the tests' own.
    """

    def __init__(self, directory: Path) -> None:
        venv.create(directory, symlinks=True)
        self.python = directory / "bin" / "python"
        self.site_packages = Path(
            sysconfig.get_path("purelib", vars={"base": str(directory), "platbase": str(directory)})
        )
        purelib = Path(sysconfig.get_path("purelib"))
        # Upstream imports `distutils`: from Python 3.12 on only this line of setuptools finds it.
        distutils = (purelib / "distutils-precedence.pth").read_text()
        lines = [Path(safelight.__file__).parent.parent, purelib, distutils]
        (self.site_packages / "shared.pth").write_text("\n".join(map(str, lines)))

    def run(
        self, *arguments: str | Path, check: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run this environment's Python.

        Raises:
            AssertionError: it failed, and `check` is True: says what it printed
        """
        done = subprocess.run(
            [self.python, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
        )
        assert done.returncode == 0 or not check, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done

    def install_built_upstream(self, version: str | None = None) -> None:
        """Put a `fiftyone` in front of the shared one that differs only by the activation line.

        Args:
            version: what it says that it is, when that is not the truth
        """
        stock = Path(str(metadata.distribution("fiftyone").locate_file("fiftyone")))
        package = self.site_packages / "fiftyone"
        package.mkdir()
        for entry in stock.iterdir():
            if entry.name not in ("__init__.py", "__pycache__"):
                (package / entry.name).symlink_to(entry)
        source = (stock / "__init__.py").read_text(encoding="utf-8")
        (package / "__init__.py").write_text(with_activation(source, "a test"), encoding="utf-8")
        if version:
            self._write_metadata(version)

    def install_stand_in(self, *, activated: bool = False, manifest: bool = False) -> None:
        """Put a `fiftyone` with nothing in it in front of the shared one: it is imported in no time."""
        source = "imported = True\n"
        package = self.site_packages / "fiftyone"
        package.mkdir()
        (package / "__init__.py").write_text(with_activation(source, "a test") if activated else source)
        dist_info = self._write_metadata("1.22.1")
        if manifest:
            (dist_info / MANIFEST).write_text("{}")

    def _write_metadata(self, version: str) -> Path:
        dist_info = self.site_packages / f"fiftyone-{version}.dist-info"
        dist_info.mkdir()
        (dist_info / "METADATA").write_text(f"Metadata-Version: 2.2\nName: fiftyone\nVersion: {version}\n")
        return dist_info
