"""Snapshots that follow changes are those that would be made anew."""

from __future__ import annotations

from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from safelight_server.authz.access import AccessList, resolve, update
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role

IDS = [ObjectId(bytes([number] * 12)) for number in range(6)]

levels = st.sampled_from(Level)
access_lists = st.builds(
    AccessList,
    dataset_id=st.sampled_from(IDS),
    created_by=st.sampled_from(["u1", "u2", None]),
    default=levels,
    users=st.dictionaries(st.sampled_from(["u1", "u2"]), levels),
    groups=st.dictionaries(st.sampled_from(["g1", "g2"]), levels),
    generated=st.booleans(),
    source=st.sampled_from([*IDS, None]),
)
collections = st.lists(access_lists, max_size=6, unique_by=lambda each: each.dataset_id)
principals = st.builds(
    Principal,
    id=st.just("u1"),
    name=st.just("u1@example.org"),
    role=st.sampled_from(Role),
    groups=st.frozensets(st.sampled_from(["g1", "g2"])),
)


@given(principals, collections, collections)
def test_updating_a_snapshot_is_making_it_anew(
    principal: Principal, before: list[AccessList], after: list[AccessList]
) -> None:
    old, new = ({each.dataset_id: each for each in lists} for lists in (before, after))
    changed = {dataset_id for dataset_id in IDS if old.get(dataset_id) != new.get(dataset_id)}
    generated = [each for each in after if each.generated]
    assert update(resolve(principal, before), new, generated, changed) == resolve(principal, after)
