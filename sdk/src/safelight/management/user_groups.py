"""Groups of users and service accounts, to share datasets with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from safelight.management.cloud_credentials import CloudCredential
from safelight.management.connection import api
from safelight.management.users import User, UserRole, get_user, reference

__all__ = [
    "UserGroup",
    "add_users_to_group",
    "create_user_group",
    "delete_user_group",
    "get_user_group",
    "list_user_groups",
    "list_user_groups_for_user",
    "remove_users_from_group",
    "resolve_user_group_id",
    "update_user_group",
]


@dataclass(frozen=True)
class UserGroup:
    """A group.

    Attributes:
        principals: ids of its users and service accounts
        users: its users
    """

    id: str
    name: str
    description: str | None
    principals: list[Any] | None = None
    cloud_credentials: list[CloudCredential] | None = None
    users: list[User] | None = None


def add_users_to_group(
    user_group: str | UserGroup, users: list[Any] | str, resolved_users: bool = False
) -> UserGroup:
    """Add users and service accounts to a group. Only admins may.

    Args:
        user_group: a group ID, name or `UserGroup`
        users: IDs, emails, `User`s, `ServiceAccount`s or dicts with an `"id"`; or one of them
        resolved_users: no difference: the server resolves them in any case
    """
    del resolved_users
    return _group(api().post(f"{_path(user_group)}/members", {"members": _references(users)}))


def create_user_group(
    name: str, description: str | None = None, users: list[str | User] | None = None
) -> UserGroup:
    """Add a group. Only admins may.

    Args:
        name: its name, which no other one has
        description: what it is for
        users: its first members: IDs, emails or `User`s
    """
    body = {"name": name, "description": description, "members": _references(users or [])}
    return _group(api().post("/groups", body))


def delete_user_group(user_group: str | UserGroup) -> None:
    """Delete a group; what it gave its members ends at once. Only admins may.

    Args:
        user_group: a group ID, name or `UserGroup`
    """
    api().delete(_path(user_group))


def get_user_group(user_group: str) -> UserGroup | None:
    """A group, or None when there is no such group. Only admins may ask.

    Args:
        user_group: a group ID or name
    """
    return next((each for each in _groups() if user_group in {each.id, each.name}), None)


def list_user_groups_for_user(
    user: str | dict[str, Any] | User, verbose: bool = False
) -> list[UserGroup] | list[str]:
    """The groups of a user, by name; none for an ID of nobody. Only admins may ask.

    Args:
        user: a user ID, email or `User`
        verbose: whether to return `UserGroup` instances, rather than names

    Raises:
        ValueError: there is no user of this email
    """
    wanted = reference(user)
    found = get_user(wanted)
    if found is None and "@" in wanted:
        raise ValueError(f"there is no user {wanted}")
    groups = [each for each in _groups() if found and found.id in (each.principals or [])]
    return groups if verbose else [group.name for group in groups]


def list_user_groups(num_groups: int = 100, verbose: bool = False) -> list[UserGroup] | list[str]:
    """Groups, by name. Only admins may ask.

    Args:
        num_groups: how many at most
        verbose: whether to return `UserGroup` instances, rather than names
    """
    groups = _groups()[:num_groups]
    return groups if verbose else [group.name for group in groups]


def remove_users_from_group(
    user_group: str | UserGroup, users: list[Any] | str, resolved_users: bool = False
) -> UserGroup:
    """Remove users and service accounts from a group. Only admins may.

    Args:
        user_group: a group ID, name or `UserGroup`
        users: IDs, emails, `User`s, `ServiceAccount`s or dicts with an `"id"`; or one of them
        resolved_users: no difference: the server resolves them in any case
    """
    del resolved_users
    return _group(api().post(f"{_path(user_group)}/members/remove", {"members": _references(users)}))


def update_user_group(
    user_group: str | UserGroup,
    name: str | None = None,
    description: str | None = None,
    users: list[Any] | None = None,
) -> UserGroup:
    """Change a group; what is None stays. Only admins may.

    Args:
        user_group: a group ID, name or `UserGroup`
        name: its new name
        description: its new description
        users: all its members from now on: IDs, emails or `User`s
    """
    members = None if users is None else _references(users)
    change = {"name": name, "description": description, "members": members}
    return _group(api().patch(_path(user_group), change))


def resolve_user_group_id(group_or_id_or_name: str | UserGroup | dict[str, Any] | None) -> str:
    """The ID of a group, looked up when a name is given.

    Args:
        group_or_id_or_name: a group ID, name, `UserGroup` or a dict with an `"id"`

    Raises:
        ValueError: there is no such group
    """
    if not isinstance(group_or_id_or_name, str):
        return reference(group_or_id_or_name)
    found = get_user_group(group_or_id_or_name)
    if found is None:
        raise ValueError(f"there is no group {group_or_id_or_name!r}")
    return found.id


def _groups() -> list[UserGroup]:
    return [_group(each) for each in api().items("/groups")]


def _path(group: str | UserGroup) -> str:
    # By id: names may have slashes in them.
    return f"/groups/{resolve_user_group_id(group)}"


def _references(users: list[Any] | list[str | User] | str) -> list[str]:
    return [reference(each) for each in (users if isinstance(users, list | tuple | set) else [users])]


def _group(found: dict[str, Any]) -> UserGroup:
    users = [
        User(each["id"], each["name"], each["email"], UserRole(each["role"]))
        for each in found["members"]
        if each["kind"] == "user"
    ]
    return UserGroup(
        id=found["id"],
        name=found["name"],
        description=found["description"],
        principals=[each["id"] for each in found["members"]],
        users=users,
    )
