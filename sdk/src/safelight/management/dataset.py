"""Who may do what with a dataset."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeAlias

from safelight.client.api import segment
from safelight.management.connection import api
from safelight.management.exceptions import FiftyOneManagementError
from safelight.management.user_groups import UserGroup, resolve_user_group_id
from safelight.management.users import User, get_user, reference, resolve_user_id

__all__ = [
    "EDIT",
    "MANAGE",
    "NO_ACCESS",
    "TAG",
    "VIEW",
    "DatasetPermission",
    "FiftyOneManagementError",
    "UserGroup",
    "delete_dataset_user_permission",
    "get_dataset_creator",
    "get_permissions",
    "get_permissions_for_dataset",
    "get_permissions_for_dataset_user",
    "get_permissions_for_dataset_user_group",
    "get_permissions_for_user",
    "get_permissions_for_user_group",
    "remove_dataset_user_group_permission",
    "resolve_user_group_id",
    "set_dataset_default_permission",
    "set_dataset_user_group_permission",
    "set_dataset_user_permission",
]

Permissions: TypeAlias = list[dict[str, Any]]


class DatasetPermission(Enum):
    """What somebody may do with a dataset; each includes the ones before it."""

    NO_ACCESS = "NO_ACCESS"
    VIEW = "VIEW"
    TAG = "TAG"
    EDIT = "EDIT"
    MANAGE = "MANAGE"


NO_ACCESS = DatasetPermission.NO_ACCESS
VIEW = DatasetPermission.VIEW
TAG = DatasetPermission.TAG
EDIT = DatasetPermission.EDIT
MANAGE = DatasetPermission.MANAGE


def delete_dataset_user_permission(dataset_name: str, user: str | User) -> None:
    """Take away what a user was granted by name; groups and the default still give what they give.

    The caller must have Can manage on the dataset.

    Args:
        dataset_name: the dataset
        user: a user ID, email or `User`
    """
    api().delete(f"{_access(dataset_name)}/users/{segment(reference(user))}")


def get_dataset_creator(dataset_name: str) -> User | None:
    """Who made a dataset; None when nobody knows, or it was a program. Only admins may ask about others.

    Args:
        dataset_name: the dataset

    Raises:
        ValueError: there is no such dataset, or the caller has no access to it
    """
    creator = _dataset(dataset_name)["created_by"]
    return get_user(creator) if creator else None


def get_permissions(
    *,
    dataset_name: str | None = None,
    user: str | User | None = None,
    user_group: str | UserGroup | None = None,
) -> Any:
    """What the functions below return: for a dataset, a user, a group, or a dataset and one of those.

    Args:
        dataset_name: a dataset
        user: a user ID, email or `User`
        user_group: a group ID, name or `UserGroup`

    Raises:
        ValueError: nothing was given, or a user and a group
    """
    if user is not None and user_group is not None:
        raise ValueError("give a user or a group, not both")
    if dataset_name is None:
        if user is not None:
            return get_permissions_for_user(user)
        if user_group is not None:
            return get_permissions_for_user_group(user_group)
        raise ValueError("give a dataset, a user or a group")
    if user is not None:
        return get_permissions_for_dataset_user(dataset_name, user)
    if user_group is not None:
        return get_permissions_for_dataset_user_group(dataset_name, user_group)
    return get_permissions_for_dataset(dataset_name)


def get_permissions_for_dataset(
    dataset_name: str, include_groups: bool = True
) -> dict[str, Permissions] | Permissions:
    """Everybody who has access to a dataset, by whatever way, and what comes of it. Only admins may ask.

    Args:
        dataset_name: the dataset
        include_groups: whether to return groups too

    Returns:
        `{"users": [...], "groups": [...]}`, or the users only: dicts with `id`, `name`, `email` (users) and
        `permission`, the name of a `DatasetPermission`
    """
    found = _effective(dataset_name)
    groups = [{name: each[name] for name in ("id", "name", "permission")} for each in found["groups"]]
    return {"users": found["users"], "groups": groups} if include_groups else found["users"]


def get_permissions_for_dataset_user(dataset_name: str, user: str | User) -> DatasetPermission:
    """What a user may do with a dataset. Only admins may ask.

    Args:
        dataset_name: the dataset
        user: a user ID, email or `User`

    Raises:
        ValueError: there is no such user or dataset
    """
    return _permission_in(_effective(dataset_name)["users"], resolve_user_id(user))


def get_permissions_for_dataset_user_group(
    dataset_name: str, user_group: str | UserGroup
) -> DatasetPermission:
    """What a group was granted on a dataset. Only admins may ask.

    Args:
        dataset_name: the dataset
        user_group: a group ID, name or `UserGroup`

    Raises:
        ValueError: there is no such group or dataset
    """
    return _permission_in(_effective(dataset_name)["groups"], resolve_user_group_id(user_group))


def get_permissions_for_user(user: str | User) -> Permissions:
    """The datasets that a user has access to. Only admins may ask.

    Args:
        user: a user ID, email or `User`

    Returns:
        dicts with `name` and `permission`, the name of a `DatasetPermission`
    """
    return _by_name(f"/users/{segment(reference(user))}/permissions")


def get_permissions_for_user_group(user_group: str | UserGroup) -> Permissions:
    """The datasets that a group was granted. Only admins may ask.

    Args:
        user_group: a group ID, name or `UserGroup`

    Returns:
        dicts with `name` and `permission`, the name of a `DatasetPermission`
    """
    return _by_name(f"/groups/{resolve_user_group_id(user_group)}/permissions")


def set_dataset_default_permission(dataset_name: str, permission: DatasetPermission) -> None:
    """Say what members may do with a dataset by default. The caller must have Can manage on it.

    Args:
        dataset_name: the dataset
        permission: what
    """
    api().put(f"{_access(dataset_name)}/default", {"permission": _value(permission)})


def set_dataset_user_permission(
    dataset_name: str, user: str | User, permission: DatasetPermission, invite: bool = False
) -> None:
    """Grant a user a permission on a dataset. The caller must have Can manage on it.

    Args:
        dataset_name: the dataset
        user: a user ID, email or `User`
        permission: what
        invite: whether to invite an email that nobody has; they have the permission once they accept.
            Only admins may
    """
    body = {"permission": _value(permission), "invite": invite}
    api().put(f"{_access(dataset_name)}/users/{segment(reference(user))}", body)


def set_dataset_user_group_permission(
    dataset_name: str, user_group: str | UserGroup, permission: str | DatasetPermission
) -> None:
    """Grant a group a permission on a dataset. The caller must have Can manage on it.

    Args:
        dataset_name: the dataset
        user_group: a group ID, name or `UserGroup`
        permission: what; each member gets as much of it as their role can have
    """
    api().put(_group_access(dataset_name, user_group), {"permission": _value(permission)})


def remove_dataset_user_group_permission(dataset_name: str, user_group: str | UserGroup) -> None:
    """Take away what a group was granted on a dataset. The caller must have Can manage on it.

    Args:
        dataset_name: the dataset
        user_group: a group ID, name or `UserGroup`
    """
    api().delete(_group_access(dataset_name, user_group))


def _dataset(name: str) -> dict[str, Any]:
    return api().items("/datasets", name=name)[0]


def _access(dataset_name: str) -> str:
    # By id: names may have slashes in them.
    return f"/datasets/{_dataset(dataset_name)['id']}/access"


def _group_access(dataset_name: str, group: str | UserGroup) -> str:
    # The server resolves names, since only admins may look groups up.
    wanted = group if isinstance(group, str) else reference(group)
    return f"{_access(dataset_name)}/groups/{segment(wanted)}"


def _effective(dataset_name: str) -> dict[str, Any]:
    found: dict[str, Any] = api().get(f"/datasets/{_dataset(dataset_name)['id']}/permissions")
    return found


def _by_name(path: str) -> Permissions:
    return [{"name": each["name"], "permission": each["permission"]} for each in api().items(path)]


def _permission_in(grants: Permissions, wanted: str | None) -> DatasetPermission:
    found = next((each["permission"] for each in grants if each["id"] == wanted), "NO_ACCESS")
    return DatasetPermission(found)


def _value(permission: str | DatasetPermission) -> str:
    return str(DatasetPermission(permission).value)
