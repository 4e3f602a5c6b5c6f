"""The environment that tests run in: nothing of the developer's settings comes in, none of it is touched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

SCRUBBED_PREFIXES: Final = (
    "ALIBABA_",
    "ALIPAN_",
    "AWS_",
    "AZURE_",
    "CLOUDSDK_",
    "DATABRICKS_",
    "FIFTYONE_",
    "FSSPEC_",
    "GCE_",
    "GCS_",
    "GOOGLE_",
    "MINIO_",
    "MONGO",
    "OCI_",
    "S3_",
    "SAFELIGHT_",
    "STORAGE_EMULATOR_HOST",
)
MACHINE: Final = dict(os.environ)
"""The environment before the tests changed it: package managers need its proxies, caches and settings."""


def is_scrubbed(name: str) -> bool:
    """Whether a variable of this name would change what the tests see."""
    return name.startswith(SCRUBBED_PREFIXES)


def machine_environment() -> dict[str, str]:
    """What package managers run with: the machine's own variables, without any of ours."""
    left_out = {"VIRTUAL_ENV", "PYTHONPATH", "PYTEST_CURRENT_TEST"}
    return {k: v for k, v in MACHINE.items() if not is_scrubbed(k) and k not in left_out}


def isolate(home: Path) -> None:
    """Scrub this process's environment, and give it (and its children) an empty home directory."""
    for name in [name for name in os.environ if is_scrubbed(name)]:
        del os.environ[name]
    os.environ.update(
        HOME=str(home),
        XDG_CACHE_HOME=str(home / ".cache"),
        XDG_CONFIG_HOME=str(home / ".config"),
        # Upstream reports usage by default.
        FIFTYONE_DO_NOT_TRACK="true",
        # Without it boto3's credential chain asks an address outside this machine, and waits.
        AWS_EC2_METADATA_DISABLED="true",
        NO_GCE_CHECK="true",  # as Google's
    )
