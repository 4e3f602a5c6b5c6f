"""The one door to pypiserver, which is used here as a library.

What it does well stays its own: the legacy upload form, the rules of project and file names, the default
public index. What it would do to the process is undone: the copy of bottle inside it warns at import (it
needs `cgi`, which its requirements replace from Python 3.13 on) and leaves a hook in `sys.meta_path` that
makes every later import warn.
"""

from __future__ import annotations

import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    _meta_path = list(sys.meta_path)
    import pypiserver
    from pypiserver.backend import IBackend
    from pypiserver.bottle_wrapper import HTTPResponse
    from pypiserver.bottle_wrapper import request as form_request
    from pypiserver.config import DEFAULTS, Config
    from pypiserver.core import PkgFile
    from pypiserver.pkg_helpers import guess_pkgname_and_version, normalize_pkgname

    sys.meta_path[:] = [
        finder
        for finder in sys.meta_path
        if finder in _meta_path or not type(finder).__module__.startswith("pypiserver")
    ]

PUBLIC_INDEX: str = DEFAULTS.FALLBACK_URL
"""Address of the public index's project list."""

app_from_config = pypiserver.app_from_config

__all__ = [
    "PUBLIC_INDEX",
    "Config",
    "HTTPResponse",
    "IBackend",
    "PkgFile",
    "app_from_config",
    "form_request",
    "guess_pkgname_and_version",
    "normalize_pkgname",
]
