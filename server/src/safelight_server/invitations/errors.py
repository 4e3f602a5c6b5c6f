"""What can be wrong with an invitation."""

from __future__ import annotations

from safelight_server.errors import ForbiddenError, NotFoundError


class InvitationNotFoundError(NotFoundError):
    """There is no such pending invitation."""

    def __str__(self) -> str:
        return f"there is no pending invitation {self.args[0]!r}"


class InvitationRefusedError(ForbiddenError):
    """The link is not, or not any more, an invitation."""

    def __str__(self) -> str:
        return "this invitation is not valid: it was used, taken back, or is too old; ask for a new one"


class MayNotInviteError(ForbiddenError):
    """Only admins invite people."""

    def __str__(self) -> str:
        return f"there is no user {self.args[0]}, and only admins may invite people"
