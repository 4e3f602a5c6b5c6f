"""Pending invitations in the database."""

from __future__ import annotations

from bson import ObjectId

from safelight.storage.credentials import Secret
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from safelight_server.db.databases import Document
from safelight_server.db.table import Table
from safelight_server.invitations.model import Invitation


class InvitationStore:
    """Every invitation that nobody used; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> list[Invitation]:
        """Every one, oldest first."""
        return sorted(map(_invitation, self._table), key=lambda invitation: invitation.created_at)

    async def find(self, invitation_id: str) -> Invitation | None:
        """The one of this id, also when another server process made it this moment."""
        document = self._table.get(invitation_id) or await self._table.refresh(invitation_id)
        return _invitation(document) if document else None

    async def insert(self, invitation: Invitation) -> None:
        """Add one."""
        await self._table.insert(
            {
                "_id": invitation.id,
                "email": invitation.email,
                "role": invitation.role.value,
                "token": invitation.token.reveal(),
                "invited_by": invitation.invited_by,
                "created_at": invitation.created_at,
                "expires_at": invitation.expires_at,
                "datasets": {str(key): level.name for key, level in invitation.datasets.items()},
            }
        )

    async def take(self, invitation_id: str) -> bool:
        """Delete one; True for one caller only."""
        return await self._table.delete(invitation_id)


def _invitation(document: Document) -> Invitation:
    return Invitation(
        id=document["_id"],
        email=document["email"],
        role=Role(document["role"]),
        token=Secret(document["token"]),
        invited_by=document["invited_by"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        datasets={ObjectId(key): Level[name] for key, name in document["datasets"].items()},
    )
