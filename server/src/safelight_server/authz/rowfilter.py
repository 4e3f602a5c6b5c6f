"""Rows of shared collections: everybody sees, and changes, only those of datasets that they may.

A query is conjoined with the permitted dataset ids, whatever it says, so that no `$or` or `$expr` of the
client can widen it. A query that already names one permitted dataset stays as it is: that is the common
case, the fastest, and the only form in which an upsert can be allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from safelight.wire.documents import Document
from safelight_server.authz.access import Access
from safelight_server.authz.decision import Reach
from safelight_server.authz.levels import Level


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows of one collection a principal may use at one level.

    Attributes:
        field: where a row holds its dataset's id
        ids: the permitted datasets; None: all rows
        globals: whether rows that belong to no dataset are permitted
    """

    field: str
    ids: frozenset[ObjectId] | None
    globals: bool = False

    @classmethod
    def permitted(cls, access: Access, level: Level, field: str, *, has_globals: bool = False) -> Rows:
        """The rows of every dataset of at least `level`.

        Args:
            access: whose
            level: above No access
            field: where a row holds its dataset's id
            has_globals: whether rows of this collection can belong to no dataset; those are for roles that
                create datasets
        """
        if access.unlimited:
            return cls(field, None, has_globals)
        return cls(field, access.permitted(level), has_globals and access.principal.role.creates_datasets)

    @property
    def reach(self) -> Reach:
        """For a cursor over these rows."""
        return Reach(rows=self.ids)

    def permits(self, value: object) -> bool:
        """Whether a row with this dataset id is permitted."""
        if self.ids is None:
            return True
        if value is None:
            return self.globals
        return isinstance(value, ObjectId) and value in self.ids

    def condition(self, field: str | None = None) -> Document | None:
        """What every permitted row matches; None when that is every row."""
        if self.ids is None:
            return None
        permitted: list[Any] = [*self.ids, None] if self.globals else list(self.ids)
        return {field or self.field: {"$in": permitted}}

    def names_one(self, query: Document) -> bool:
        """Whether a query can only match rows of one permitted dataset."""
        value = query.get(self.field, ...)
        return (value is None or isinstance(value, ObjectId)) and self.permits(value)

    def narrowed(self, query: Document) -> Document:
        """The query, over permitted rows only."""
        condition = self.condition()
        if condition is None or self.names_one(query):
            return query
        return {"$and": [condition, query]} if query else condition
