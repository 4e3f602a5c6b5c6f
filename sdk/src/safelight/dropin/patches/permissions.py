"""`fo.allow_remote_changes`: how a script says that remote files may be destroyed."""

from __future__ import annotations

from safelight.dropin.patch import Patch, Target
from safelight.files.guard import allow_remote_changes

PATCH = Patch(
    name="permissions",
    summary="fo.allow_remote_changes(prefix, ...) allows what is refused otherwise",
    targets=(
        Target(
            module="fiftyone",
            attribute="allow_remote_changes",
            make=lambda _missing: allow_remote_changes,
            why="the name in our refusals",
            added=True,
        ),
    ),
)
