"""Libraries that are not installed for everybody: one optional dependency group per provider."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Final

from safelight.errors import MissingExtraError

#: What a provider that needs more than the SDK's own requirements is called, for people.
_TITLES: Final = {
    "alipan": "Alipan",
    "azure": "Azure Storage",
    "databricks": "Databricks",
    "fsspec": "fsspec",
    "gcs": "Google Cloud Storage",
    "oci": "Oracle Cloud Storage",
}


def require(extra: str, *modules: str) -> ModuleType:
    """Import the libraries of an extra, and return the first.

    Args:
        extra: the extra's name, which is the provider's
        *modules: what to import

    Raises:
        MissingExtraError: it is not installed: what to install
    """
    try:
        imported = [importlib.import_module(module) for module in modules]
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{_TITLES[extra]} needs the Python package of {error.name!r}, which is not installed: "
            f'pip install "fiftyone[{extra}]" from your index, or "safelight[{extra}]" for the SDK alone'
        ) from error
    return imported[0]
