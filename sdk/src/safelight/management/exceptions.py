"""What this package raises by itself; refusals of the server are those of `safelight.errors`."""

from __future__ import annotations

from safelight.errors import SafelightError

__all__ = ["FiftyOneManagementError"]


class FiftyOneManagementError(SafelightError):
    """Something that the Management SDK cannot do.

    Args:
        message: what, and what to do instead
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
