"""The organization's settings in the database: one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from safelight_server.db.table import Table
from safelight_server.organization.model import OrganizationSettings

_ID: Final = "settings"
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "default_user_role": Role,
    "default_dataset_permission": Level.__getitem__,
    "default_operator_minimum_role": Role,
    "default_operator_minimum_dataset_permission": Level.__getitem__,
}


class OrganizationStore:
    """The settings; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @property
    def settings(self) -> OrganizationSettings:
        """The settings as they are."""
        stored = {name: value for name, value in (self._table.get(_ID) or {}).items() if name in _READERS}
        return replace(
            OrganizationSettings(), **{name: _READERS[name](text) for name, text in stored.items()}
        )

    async def change(self, changes: Mapping[str, Role | Level]) -> OrganizationSettings:
        """Change the settings of these names."""
        values: dict[str, Any] = {
            name: value.value if isinstance(value, Role) else value.name for name, value in changes.items()
        }
        if await self._table.update(_ID, {"$set": values}) is None:
            await self._table.insert({"_id": _ID, **values})
        return self.settings
