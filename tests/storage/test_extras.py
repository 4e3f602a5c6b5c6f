"""Libraries that are not installed for everybody."""

from __future__ import annotations

import json

import pytest

from safelight.errors import MissingExtraError
from safelight.storage.extras import require


def test_what_is_installed_is_imported() -> None:
    assert require("gcs", "json", "os.path") is json


def test_what_is_missing_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"Oracle Cloud Storage.*fiftyone\[oci\]") as caught:
        require("oci", "json", "no_such_library.at_all")
    assert isinstance(caught.value, ImportError)
