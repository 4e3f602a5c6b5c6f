"""The five permissions on a dataset, lowest first."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """How much of a dataset a principal may use; each level includes the ones before it.

    Member names are the values of the public `fiftyone.management.DatasetPermission`: access lists and the
    REST API use them too.
    """

    NO_ACCESS = 0
    VIEW = 1
    TAG = 2
    EDIT = 3
    MANAGE = 4

    @property
    def title(self) -> str:
        """What people read: `No access`, `Can view`, ..."""
        return "No access" if self is Level.NO_ACCESS else f"Can {self.name.lower()}"
