"""`safelight storage ...`: which credentials are used, what works, what browsers may read, and copying."""

from __future__ import annotations

from typing import Final

from safelight.cli.storage import check, copying, cors, whoami
from safelight.command_line import Group

GROUP: Final = Group(
    "storage",
    "Look into object stores: credentials, access, CORS, copies.",
    (whoami.COMMAND, check.COMMAND, copying.COPY, copying.MOVE, cors.GROUP),
)
