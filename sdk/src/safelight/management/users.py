"""People: users, their roles, and invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypedDict

from safelight.client.api import segment
from safelight.errors import ApiNotFoundError
from safelight.management.cloud_credentials import CloudCredential
from safelight.management.connection import api
from safelight.management.exceptions import FiftyOneManagementError

__all__ = [
    "ADMIN",
    "COLLABORATOR",
    "GUEST",
    "LABELER",
    "MEMBER",
    "Invitation",
    "User",
    "UserGroupRef",
    "UserRole",
    "delete_user",
    "delete_user_invitation",
    "get_user",
    "list_pending_invitations",
    "list_users",
    "resolve_user_id",
    "send_user_invitation",
    "set_user_role",
    "whoami",
]


class UserRole(Enum):
    """What somebody may do in the organization."""

    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    COLLABORATOR = "COLLABORATOR"
    LABELER = "LABELER"
    GUEST = "GUEST"


ADMIN = UserRole.ADMIN
MEMBER = UserRole.MEMBER
COLLABORATOR = UserRole.COLLABORATOR
LABELER = UserRole.LABELER
GUEST = UserRole.GUEST


class UserGroupRef(TypedDict):
    """A group that a user is in."""

    id: str
    name: str


@dataclass(frozen=True)
class User:
    """A user."""

    id: str
    name: str
    email: str
    role: UserRole
    cloud_credentials: list[CloudCredential] | None = None
    user_groups: list[UserGroupRef] | None = None


@dataclass(frozen=True)
class Invitation:
    """A pending invitation; whoever opens `url` first becomes the user."""

    id: str
    created_at: datetime
    expires_at: datetime
    invitee_email: str
    invitee_role: UserRole
    url: str


def delete_user(user: str | User) -> None:
    """Delete a user; their keys and their access end at once. Only admins may.

    Args:
        user: a user ID, email or `User`
    """
    api().delete(f"/users/{segment(reference(user))}")


def delete_user_invitation(invitation: str) -> None:
    """Take an invitation back that was not accepted yet. Only admins may.

    Args:
        invitation: an invitation ID, as `send_user_invitation` returns it, or an email
    """
    api().delete(f"/invitations/{segment(invitation)}")


def get_user(user: str) -> User | None:
    """A user, or None when there is no such user. Only admins may ask about others.

    Args:
        user: a user ID or email
    """
    try:
        return user_of(api().get(f"/users/{segment(user)}"))
    except ApiNotFoundError:
        return None


def list_pending_invitations() -> list[Invitation]:
    """Every invitation that was not accepted yet, oldest first. Only admins may ask."""
    return [
        Invitation(
            id=each["id"],
            created_at=moment(each["created_at"]),
            expires_at=moment(each["expires_at"]),
            invitee_email=each["email"],
            invitee_role=UserRole(each["role"]),
            url=each["url"],
        )
        for each in api().items("/invitations")
    ]


def list_users(verbose: bool = True) -> list[User] | list[str]:
    """Every user, by email. Only admins may ask.

    Args:
        verbose: whether to return `User` instances, rather than emails
    """
    users = [user_of(each) for each in api().items("/users")]
    return users if verbose else [user.email for user in users]


def send_user_invitation(email: str, role: UserRole) -> str:
    """Invite somebody; by mail, where the server has a mail server. Only admins may.

    `list_pending_invitations` has the link, to be sent in some other way.

    Args:
        email: whom
        role: what they will be

    Returns:
        the invitation ID
    """
    made = api().post("/invitations", {"email": email, "role": role_value(role)})
    return str(made["invitation"]["id"])


def set_user_role(user: str | User, role: UserRole) -> None:
    """Change the role of a user. Only admins may.

    Args:
        user: a user ID, email or `User`
        role: the new role
    """
    api().patch(f"/users/{segment(reference(user))}", {"role": role_value(role)})


def whoami() -> User:
    """The user whose API key this is.

    Raises:
        FiftyOneManagementError: it is a service account's, which `get_service_account` is for
    """
    me = api().get("/whoami")
    if me["kind"] != "user":
        raise FiftyOneManagementError(f"the API key is not a user's: it is of {me['name']} ({me['kind']})")
    return user_of(me)


def resolve_user_id(
    user_or_id_or_email: str | User | None, nullable: bool = False, pass_unknown_email: bool = False
) -> str | None:
    """The ID of a user, looked up when an email is given.

    Args:
        user_or_id_or_email: a user ID, email, `User` or a dict with an `"id"`
        nullable: whether None may be given, and is returned then
        pass_unknown_email: whether an email of nobody is returned as it is

    Raises:
        ValueError: there is no such user, or nothing was given
    """
    if user_or_id_or_email is None:
        if nullable:
            return None
        raise ValueError("a user is needed: an ID, an email or a User")
    text = reference(user_or_id_or_email)
    if "@" not in text:
        return text
    found = get_user(text)
    if found is not None:
        return found.id
    if pass_unknown_email:
        return text
    raise ValueError(f"there is no user {text}")


def reference(owner: Any) -> str:
    """How the API is told who is meant: an ID or an email.

    Raises:
        ValueError: nothing of the kind was given
    """
    found = owner.get("id") if isinstance(owner, dict) else getattr(owner, "id", owner)
    if not isinstance(found, str) or not found:
        raise ValueError(f"expected an ID, an email or an object with an `id`, not {owner!r}")
    return found


def role_value(role: UserRole | str) -> str:
    """The name of a role.

    Raises:
        ValueError: there is no such role
    """
    return str(UserRole(role).value)


def user_of(found: dict[str, Any]) -> User:
    """A user, from what the API says."""
    groups = [UserGroupRef(id=each["id"], name=each["name"]) for each in found["groups"]]
    return User(
        id=found["id"],
        name=found["name"],
        email=found["email"],
        role=UserRole(found["role"]),
        user_groups=groups,
    )


def moment(text: str) -> datetime:
    """A time, as the API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
