"""The state of a running `with` block, for the processes that are started meanwhile.

It goes through their environment, the one thing that spawned workers inherit. It is no setting: nobody else
writes these variables, and they are gone when the block ends. So they are not the business of
`safelight.config`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handover:
    """One text, empty while there is nothing to hand over.

    Attributes:
        variable: its name in the environment
    """

    variable: str

    def read(self) -> str:
        """What this process or its parent has written."""
        return os.environ.get(self.variable, "")

    def write(self, text: str) -> None:
        """Hand `text` to the processes that are started from now on."""
        if text:
            os.environ[self.variable] = text
        else:
            os.environ.pop(self.variable, None)
