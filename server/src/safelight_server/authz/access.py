"""From access lists to what one principal may do with every dataset.

An access list belongs to one dataset. The level of a principal is the maximum of what it grants, directly,
through groups and (to roles that have default access) by default, and never above the role's cap. Generated
datasets (patches, frames, clips) hold what a view computed: whoever made one manages it while the source is
visible, and everybody else has the level that they have on the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bson import ObjectId

from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role


@dataclass(frozen=True, slots=True)
class AccessList:
    """Who may do what with one dataset.

    Attributes:
        dataset_id: the `_id` of its document in FiftyOne's `datasets` collection
        created_by: the id of the principal that made it, when known
        default: the level of every principal whose role has default access
        users: levels by principal id (users and service accounts)
        groups: levels by group id
        generated: holds what a view of `source` computed, rather than data of its own
        source: the dataset that a generated one was computed from, once known
    """

    dataset_id: ObjectId
    created_by: str | None = None
    default: Level = Level.NO_ACCESS
    users: Mapping[str, Level] = field(default_factory=dict)
    groups: Mapping[str, Level] = field(default_factory=dict)
    generated: bool = False
    source: ObjectId | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What one principal may do, as it stands at `version`.

    Attributes:
        levels: every dataset it may see, with its level; an admin's levels need not be listed
        generated: the source, where known, of each generated dataset that it may see
        version: grows whenever an access list, a group or the principal changes
    """

    principal: Principal
    levels: Mapping[ObjectId, Level] = field(default_factory=dict)
    generated: Mapping[ObjectId, ObjectId | None] = field(default_factory=dict)
    version: int = 0
    _permitted: dict[Level, frozenset[ObjectId]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def unlimited(self) -> bool:
        """Whether it manages every dataset, also those that have no access list."""
        return self.principal.role is Role.ADMIN

    def level(self, dataset_id: ObjectId) -> Level:
        """The level on one dataset; what does not exist and what may not be seen are the same."""
        if self.unlimited:
            return Level.MANAGE
        return self.levels.get(dataset_id, Level.NO_ACCESS)

    def permitted(self, level: Level) -> frozenset[ObjectId]:
        """Every dataset of at least this level (above No access), for a principal that is not unlimited."""
        if level not in self._permitted:
            ids = frozenset(dataset_id for dataset_id, granted in self.levels.items() if granted >= level)
            self._permitted[level] = ids
        return self._permitted[level]


def effective_level(
    principal: Principal, access_list: AccessList, source_level: Level | None = None
) -> Level:
    """The level of `principal` on one dataset.

    Args:
        principal: who asks
        access_list: the dataset's
        source_level: for a generated dataset whose source is known, the principal's level on that source
    """
    if principal.role is Role.ADMIN:
        return Level.MANAGE
    if access_list.generated:
        return _generated_level(principal, access_list, source_level)
    grants = [access_list.users.get(principal.id, Level.NO_ACCESS)]
    grants += [level for group, level in access_list.groups.items() if group in principal.groups]
    if principal.role.has_default_access:
        grants.append(access_list.default)
    return min(max(grants), principal.role.cap)


def resolve(principal: Principal, access_lists: Iterable[AccessList], version: int = 0) -> Access:
    """The snapshot of one principal over all access lists."""
    lists = {access_list.dataset_id: access_list for access_list in access_lists}
    levels = {
        dataset_id: effective_level(principal, access_list)
        for dataset_id, access_list in lists.items()
        if not access_list.generated
    }
    sources = {each.dataset_id: _source(each, lists) for each in lists.values() if each.generated}
    for dataset_id, source in sources.items():
        source_level = _level_on_source(source, lists, levels)
        levels[dataset_id] = effective_level(principal, lists[dataset_id], source_level)
    visible = {dataset_id: level for dataset_id, level in levels.items() if level}
    return Access(
        principal=principal,
        levels=visible,
        generated={dataset_id: source for dataset_id, source in sources.items() if dataset_id in visible},
        version=version,
    )


def update(
    access: Access,
    lists: Mapping[ObjectId, AccessList],
    generated: Iterable[AccessList],
    changed: Iterable[ObjectId],
    version: int = 0,
) -> Access:
    """The snapshot after some access lists changed: as `resolve`, without looking at those that did not.

    Args:
        access: the snapshot before, of the same principal
        lists: every access list, by dataset
        generated: those of generated datasets, which may follow what changed
        changed: the datasets whose lists changed, were added or deleted
        version: of the snapshot to make
    """
    principal, levels = access.principal, dict(access.levels)
    for dataset_id in changed:
        access_list = lists.get(dataset_id)
        levels[dataset_id] = effective_level(principal, access_list) if access_list else Level.NO_ACCESS
    sources = {each.dataset_id: _source(each, lists) for each in generated}
    for dataset_id, source in sources.items():
        source_level = _level_on_source(source, lists, levels)
        levels[dataset_id] = effective_level(principal, lists[dataset_id], source_level)
    for dataset_id in {*changed, *sources}:
        if not levels[dataset_id]:
            del levels[dataset_id]
    visible = {dataset_id: source for dataset_id, source in sources.items() if dataset_id in levels}
    return Access(principal=principal, levels=levels, generated=visible, version=version)


def _level_on_source(
    source: ObjectId | None, lists: Mapping[ObjectId, AccessList], levels: Mapping[ObjectId, Level]
) -> Level | None:
    if source is None:
        return None
    in_a_circle = source in lists and lists[source].generated
    return Level.NO_ACCESS if in_a_circle else levels.get(source, Level.NO_ACCESS)


def _generated_level(principal: Principal, access_list: AccessList, source_level: Level | None) -> Level:
    if access_list.created_by == principal.id:
        return Level.NO_ACCESS if source_level is Level.NO_ACCESS else Level.MANAGE
    return source_level or Level.NO_ACCESS


def _source(access_list: AccessList, lists: Mapping[ObjectId, AccessList]) -> ObjectId | None:
    """Follows generated datasets of generated datasets (patches of clips) to the one with data of its own."""
    seen = {access_list.dataset_id}
    source = access_list.source
    while source is not None and source in lists and lists[source].generated and source not in seen:
        seen.add(source)
        source = lists[source].source
    return source
