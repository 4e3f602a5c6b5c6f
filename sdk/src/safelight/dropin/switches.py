"""The two environment variables that switch patches off.

They are read here, not in `safelight.config`: they are the way out when something in Safelight is broken, so
they may depend on nothing.

* `SAFELIGHT_DISABLE=1`: FiftyOne behaves as stock, in this process and its children.
* `SAFELIGHT_DISABLE_PATCHES=a,b`: all but these patches are applied; `safelight seams` lists the names.
"""

from __future__ import annotations

import os

DISABLE = "SAFELIGHT_DISABLE"
DISABLE_PATCHES = "SAFELIGHT_DISABLE_PATCHES"

_NO = frozenset({"", "0", "false", "no", "off"})


def is_disabled() -> bool:
    """Whether Safelight is switched off altogether."""
    return os.environ.get(DISABLE, "").strip().lower() not in _NO


def disabled_patches() -> frozenset[str]:
    """Names of the patches that are switched off."""
    names = (name.strip() for name in os.environ.get(DISABLE_PATCHES, "").split(","))
    return frozenset(name for name in names if name)
