"""Path and file operations that take local paths and object addresses alike."""

from __future__ import annotations

from safelight.files.files import Files
from safelight.files.guard import allow_remote_changes

__all__ = ["Files", "allow_remote_changes"]
