"""Upstream in this process, for tests of what is installed with it."""

from __future__ import annotations

import importlib
import warnings

from safelight.dropin.activation import activate


def import_upstream() -> None:
    """Import `fiftyone` with Safelight in it. Deprecations inside upstream are not ours to mend."""
    activate()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("fiftyone")
