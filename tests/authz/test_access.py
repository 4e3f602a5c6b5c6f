"""Effective levels: the maximum of default, user and group access, under the cap of the role."""

from __future__ import annotations

import itertools

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from safelight_server.authz.access import AccessList, effective_level, resolve
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role

ROLES = st.sampled_from(Role)
LEVELS = st.sampled_from(Level)


def somebody(role: Role, *groups: str) -> Principal:
    return Principal(id="u1", name="Ada", role=role, groups=frozenset(groups))


@given(role=ROLES, default=LEVELS, user=LEVELS, group=LEVELS, foreign=LEVELS)
def test_the_maximum_of_what_applies_wins_under_the_roles_cap(
    role: Role, default: Level, user: Level, group: Level, foreign: Level
) -> None:
    access_list = AccessList(
        ObjectId(), default=default, users={"u1": user, "u2": foreign}, groups={"g1": group, "g2": foreign}
    )
    expected = {
        Role.ADMIN: Level.MANAGE,
        Role.MEMBER: max(default, user, group),
        Role.COLLABORATOR: min(max(user, group), Level.EDIT),
        Role.LABELER: min(max(user, group), Level.TAG),
        Role.GUEST: min(max(user, group), Level.VIEW),
    }
    assert effective_level(somebody(role, "g1"), access_list) is expected[role]


def test_a_guest_in_a_group_that_may_edit_may_only_view() -> None:
    access_list = AccessList(ObjectId(), groups={"editors": Level.EDIT})
    assert effective_level(somebody(Role.GUEST, "editors"), access_list) is Level.VIEW


@given(role=ROLES, levels=st.lists(LEVELS, max_size=4))
def test_a_snapshot_holds_what_is_visible_and_nothing_else(role: Role, levels: list[Level]) -> None:
    lists = [AccessList(ObjectId(), users={"u1": level}) for level in levels]
    access = resolve(somebody(role), lists, version=7)
    assert access.version == 7
    assert Level.NO_ACCESS not in access.levels.values()
    for access_list in lists:
        assert access.level(access_list.dataset_id) is effective_level(somebody(role), access_list)


def test_what_does_not_exist_is_no_access_except_to_admins() -> None:
    assert resolve(somebody(Role.MEMBER), []).level(ObjectId()) is Level.NO_ACCESS
    assert resolve(somebody(Role.ADMIN), []).level(ObjectId()) is Level.MANAGE


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_generated_datasets_are_their_creators_while_the_source_is_visible(role: Role) -> None:
    source = AccessList(ObjectId(), users={"u1": Level.VIEW, "u2": Level.TAG})
    patches = AccessList(ObjectId(), created_by="u1", generated=True, source=source.dataset_id)
    mine = resolve(somebody(role), [source, patches])
    assert mine.level(patches.dataset_id) is Level.MANAGE
    assert mine.generated == {patches.dataset_id: source.dataset_id}
    other = Principal(id="u2", name="Bob", role=role)
    theirs = resolve(other, [source, patches])
    assert theirs.level(patches.dataset_id) is theirs.level(source.dataset_id)
    assert set(theirs.generated) <= set(theirs.levels)
    hidden = AccessList(source.dataset_id)
    assert resolve(somebody(role), [hidden, patches]).level(patches.dataset_id) is Level.NO_ACCESS


def test_a_generated_dataset_without_a_source_is_its_creators_alone() -> None:
    patches = AccessList(ObjectId(), created_by="u1", generated=True, default=Level.MANAGE)
    assert resolve(somebody(Role.GUEST), [patches]).level(patches.dataset_id) is Level.MANAGE
    other = Principal(id="u2", name="Bob", role=Role.MEMBER)
    assert resolve(other, [patches]).level(patches.dataset_id) is Level.NO_ACCESS


def test_levels_follow_generated_datasets_of_generated_datasets() -> None:
    source = AccessList(ObjectId(), users={"u2": Level.EDIT})
    clips = AccessList(ObjectId(), created_by="u1", generated=True, source=source.dataset_id)
    patches = AccessList(ObjectId(), created_by="u1", generated=True, source=clips.dataset_id)
    other = Principal(id="u2", name="Bob", role=Role.MEMBER)
    for lists in itertools.permutations([source, clips, patches]):
        assert resolve(other, lists).level(patches.dataset_id) is Level.EDIT


def test_generated_datasets_that_name_each_other_grant_nothing_to_others() -> None:
    first, second = ObjectId(), ObjectId()
    lists = [
        AccessList(first, created_by="u1", generated=True, source=second),
        AccessList(second, created_by="u1", generated=True, source=first),
    ]
    other = Principal(id="u2", name="Bob", role=Role.MEMBER)
    assert resolve(other, lists).levels == {}


def test_names_are_the_public_ones() -> None:
    assert [level.name for level in Level] == ["NO_ACCESS", "VIEW", "TAG", "EDIT", "MANAGE"]
    assert [level.title for level in Level] == ["No access", "Can view", "Can tag", "Can edit", "Can manage"]
    assert [role.title for role in Role] == ["Admin", "Member", "Collaborator", "Labeler", "Guest"]
