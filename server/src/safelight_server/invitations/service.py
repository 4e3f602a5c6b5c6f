"""What can be done with invitations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId

from safelight.storage.credentials import Secret
from safelight_server.api_keys.service import ApiKeyService
from safelight_server.authn.principals import Principals
from safelight_server.authn.tokens import Token, TokenKind
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role
from safelight_server.datasets.errors import AboveRoleError
from safelight_server.datasets.model import Permission
from safelight_server.datasets.service import Seen
from safelight_server.datasets.store import AccessListStore
from safelight_server.identifiers import now
from safelight_server.invitations.errors import (
    InvitationNotFoundError,
    InvitationRefusedError,
    MayNotInviteError,
)
from safelight_server.invitations.mail import Mailer
from safelight_server.invitations.model import Invitation
from safelight_server.invitations.store import InvitationStore
from safelight_server.organization.store import OrganizationStore
from safelight_server.users.errors import UserExistsError
from safelight_server.users.model import User
from safelight_server.users.service import UserService, normalize_email


@dataclass(frozen=True, slots=True)
class Terms:
    """Where invitations lead, and for how long.

    Attributes:
        url: address under which clients know this server
        lifetime: how long an invitation can be accepted
    """

    url: str
    lifetime: timedelta


class InvitationService:
    """Invites people, and makes users of those who accept: what it needs of the others is in their names."""

    def __init__(
        self,
        *,
        invitations: InvitationStore,
        users: UserService,
        keys: ApiKeyService,
        principals: Principals,
        access_lists: AccessListStore,
        organization: OrganizationStore,
        mailer: Mailer,
        terms: Terms,
    ) -> None:
        self._invitations = invitations
        self._users = users
        self._keys = keys
        self._principals = principals
        self._access_lists = access_lists
        self._organization = organization
        self._mailer = mailer
        self._terms = terms

    def pending(self) -> list[Invitation]:
        """Every invitation that can still be accepted, oldest first."""
        present = now()
        return [each for each in self._invitations.all() if not each.is_expired(present)]

    def link(self, invitation: Invitation) -> str:
        """The address to open. The token is behind the #: browsers do not send that to any server."""
        return f"{self._terms.url}/join#{invitation.token.reveal()}"

    async def invite(
        self,
        inviter: Principal,
        email: str,
        role: Role | None = None,
        datasets: Mapping[ObjectId, Level] | None = None,
    ) -> tuple[Invitation, bool]:
        """Invite somebody.

        Args:
            inviter: who asks, an admin
            email: whom
            role: the organization's default role when None
            datasets: what they will be granted

        Returns:
            the invitation, and whether a mail server took a letter with it

        Raises:
            InvalidEmailError: the email is none
            UserExistsError: they are a user already
        """
        address = normalize_email(email)
        if any(user.email == address for user in self._users.all()):
            raise UserExistsError(address)
        token = Token.generate(TokenKind.INVITATION)
        created_at = now()
        invitation = Invitation(
            id=token.id,
            email=address,
            role=role or self._organization.settings.default_user_role,
            token=Secret(token.reveal()),
            invited_by=inviter.id,
            created_at=created_at,
            expires_at=created_at + self._terms.lifetime,
            datasets=datasets or {},
        )
        await self._invitations.insert(invitation)
        sent = await self._mailer.send(invitation, inviter.name, self.link(invitation))
        return invitation, sent

    async def invite_to_dataset(
        self, inviter: Principal, email: str, dataset: Seen, permission: Permission
    ) -> Invitation:
        """Invite somebody to one dataset, with the organization's default role.

        Raises:
            MayNotInviteError: the inviter is no admin
            AboveRoleError: that role cannot have the permission
        """
        if inviter.role is not Role.ADMIN:
            raise MayNotInviteError(email)
        role = self._organization.settings.default_user_role
        if permission.level > role.cap:
            raise AboveRoleError(email, role.title, role.cap.title)
        invitation, _sent = await self.invite(inviter, email, role, {dataset.id: permission.level})
        return invitation

    async def accept(self, text: str, name: str) -> tuple[User, Token | None]:
        """Become a user.

        Args:
            text: the token of the link
            name: what others will see

        Returns:
            the user, and the text of a first API key, to be shown once; guests get none

        Raises:
            InvitationRefusedError: it is no invitation that is still good
        """
        token = Token.parse(text)
        invitation = await self._invitations.find(token.id) if token else None
        if token is None or invitation is None or invitation.token != Secret(text):
            raise InvitationRefusedError
        if invitation.is_expired(now()) or not await self._invitations.take(invitation.id):
            raise InvitationRefusedError
        user = await self._users.create(invitation.email, name, invitation.role)
        for dataset_id, level in invitation.datasets.items():
            await self._access_lists.set_user(dataset_id, user.id, level)
        if user.role is Role.GUEST:
            return user, None
        _key, key_token = await self._keys.create(self._principals.find(user.id), "first key")
        return user, key_token

    async def revoke(self, id_or_email: str) -> None:
        """Take every pending invitation of this id or email back.

        Raises:
            InvitationNotFoundError: there is none
        """
        wanted = id_or_email.strip()
        found = [
            each for each in self._invitations.all() if wanted == each.id or wanted.lower() == each.email
        ]
        if not found:
            raise InvitationNotFoundError(id_or_email)
        for invitation in found:
            await self._invitations.take(invitation.id)
