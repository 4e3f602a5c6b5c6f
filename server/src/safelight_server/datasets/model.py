"""Datasets as the management of access sees them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from safelight_server.authz.levels import Level


class Permission(str, Enum):
    """A level, by the name that the REST API and the public `DatasetPermission` give it."""

    NO_ACCESS = "NO_ACCESS"
    VIEW = "VIEW"
    TAG = "TAG"
    EDIT = "EDIT"
    MANAGE = "MANAGE"

    @property
    def level(self) -> Level:
        """The level of this name."""
        return Level[self.value]

    @classmethod
    def of(cls, level: Level) -> Permission:
        """The name of a level."""
        return cls(level.name)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that somebody may see.

    Attributes:
        id: 24 hexadecimal digits: the `_id` of its document in FiftyOne's database
        permission: what the caller may do with it
        created_by: id of the user or service account that made it, when known
    """

    id: str
    name: str
    permission: Permission
    created_by: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of an access list: somebody's or some group's permission."""

    id: str
    name: str
    permission: Permission
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who has access to a dataset.

    Attributes:
        default: what members have who are not named
        users: users and service accounts
        groups: groups
    """

    default: Permission
    users: tuple[Grant, ...]
    groups: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class DatasetPermissionOf:
    """What somebody may do with one dataset."""

    id: str
    name: str
    permission: Permission
