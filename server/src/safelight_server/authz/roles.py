"""The five roles of an organization, and the most that each may be granted.

role          most on a dataset  default access applies  creates and clones datasets
Admin         Can manage         has everything          yes
Member        Can manage         yes                     yes
Collaborator  Can edit           no                      no
Labeler       Can tag            no                      no
Guest         Can view           no                      no
"""

from __future__ import annotations

from enum import Enum

from safelight_server.authz.levels import Level


class Role(Enum):
    """A principal's role; values are the public `fiftyone.management.UserRole` values."""

    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    COLLABORATOR = "COLLABORATOR"
    LABELER = "LABELER"
    GUEST = "GUEST"

    @property
    def title(self) -> str:
        """What people read: `Admin`, `Member`, ..."""
        return self.value.capitalize()

    @property
    def cap(self) -> Level:
        """The highest level that a grant, direct or through a group, can give this role."""
        return _CAPS[self]

    @property
    def has_default_access(self) -> bool:
        """Whether a dataset's default access applies to this role."""
        return self in {Role.ADMIN, Role.MEMBER}

    @property
    def creates_datasets(self) -> bool:
        """Whether this role may create, import and clone datasets."""
        return self in {Role.ADMIN, Role.MEMBER}

    @property
    def writes_ontologies(self) -> bool:
        """Whether this role may change the label ontologies that all datasets share."""
        return self in {Role.ADMIN, Role.MEMBER}


_CAPS = {
    Role.ADMIN: Level.MANAGE,
    Role.MEMBER: Level.MANAGE,
    Role.COLLABORATOR: Level.EDIT,
    Role.LABELER: Level.TAG,
    Role.GUEST: Level.VIEW,
}
