"""What a fork does to storage.

The native runtime below obstore has threads of its own, and they do not exist in a forked child: any call
there waits for ever if the parent had used it (measured with obstore 0.12.1). A child that finds it so uses
the provider's Python SDK instead (`safelight.storage.s3.sdk`), which needs nothing from before the fork.
Spawned processes and the children of parents that had not used it are not concerned.
"""

from __future__ import annotations

import os


class _Native:
    """Whether the native runtime runs, and whether it died in a fork of this process."""

    started = False
    dead = False


def _after_fork_in_child() -> None:
    _Native.dead = _Native.dead or _Native.started


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork_in_child)


def native_usable() -> bool:
    """Whether obstore works in this process."""
    return not _Native.dead


def native_started() -> None:
    """Note that this process uses obstore from now on."""
    _Native.started = True
