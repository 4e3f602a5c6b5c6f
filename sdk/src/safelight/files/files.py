"""The one object through which the drop-in touches files."""

from __future__ import annotations

from safelight.files.contents import Contents


class Files(Contents):
    """Everything that upstream does with paths, for local and remote ones.

    `Access` holds the collaborators, `Queries` says what is there, `Transfers` copies, moves and deletes many
    files, and `Contents` reads and writes one.
    """
