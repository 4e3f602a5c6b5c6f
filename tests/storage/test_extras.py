"""Libraries that are not installed for everybody."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from safelight.errors import MissingExtraError
from safelight.storage.extras import require
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.sdk_rigs import RIGS, Services

#: The extra of each, and the package that it brings.
PACKAGES = {
    "alipan": ("alipan", "alipcs_py"),
    "azure": ("azure", "azure"),
    "databricks-dbfs": ("databricks", "databricks"),
    "databricks-volumes": ("databricks", "databricks"),
    "oci": ("oci", "oci"),
    "webdav": ("fsspec", "fsspec"),
}


def test_what_is_installed_is_imported() -> None:
    assert require("gcs", "json", "os.path") is json


def test_what_is_missing_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"Oracle Cloud Storage.*fiftyone\[oci\]") as caught:
        require("oci", "json", "no_such_library.at_all")
    assert isinstance(caught.value, ImportError)


@pytest.mark.parametrize("kind", RIGS)
def test_missing_library_names_the_extra(
    kind: str, services: Services, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = services.rig(kind, portal)
    extra, package = PACKAGES[kind]
    for module in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"fiftyone\[{extra}\]"):
        StoreRegistry(rig.registry.options).store_for(rig.base)


def test_settings_and_addresses_import_no_sdk() -> None:
    code = (
        "import sys, safelight.runtime, safelight.config as c;"
        "c.storage_options(c.MediaCacheConfig()).addresses();"
        "print([n for n in ('azure', 'oci', 'databricks', 'alipcs_py', 'fsspec') if n in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
