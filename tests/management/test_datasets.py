"""`fiftyone.management`: who may do what with datasets."""

from __future__ import annotations

from collections.abc import Callable

import fiftyone.management as fom
import pytest

from safelight.errors import ApiForbiddenError, ApiInvalidError
from support.api_server import ADMIN, Person, RunningApi

Acting = Callable[[Person], None]
pytestmark = pytest.mark.usefixtures("acting")


def test_a_user_is_granted_and_loses_a_permission(api: RunningApi) -> None:
    dataset, member = api.dataset(), api.person("MEMBER")
    fom.set_dataset_user_permission(dataset, member.email, fom.VIEW)
    assert fom.get_permissions(dataset_name=dataset, user=member.email) is fom.VIEW
    assert fom.get_permissions(user=member.email) == [{"name": dataset, "permission": "VIEW"}]
    fom.delete_dataset_user_permission(dataset, member.email)
    assert fom.get_permissions(dataset_name=dataset, user=member.email) is fom.NO_ACCESS


def test_whoever_manages_a_dataset_may_share_it(api: RunningApi, acting: Acting) -> None:
    creator, friend = api.person("MEMBER"), api.person("COLLABORATOR")
    dataset = api.dataset(creator)
    acting(creator)
    fom.set_dataset_user_permission(dataset, friend.email, fom.EDIT)
    acting(friend)
    with pytest.raises(ApiForbiddenError, match="manage"):
        fom.set_dataset_default_permission(dataset, fom.VIEW)
    acting(api.admin)
    assert fom.get_dataset_creator(dataset) == fom.get_user(creator.id)
    assert fom.get_permissions_for_dataset_user(dataset, friend.id) is fom.EDIT


def test_groups_and_the_default(api: RunningApi) -> None:
    dataset, member, labeler = api.dataset(), api.person("MEMBER"), api.person("LABELER")
    group = fom.create_user_group(dataset, users=[labeler.id])
    fom.set_dataset_user_group_permission(dataset, group.name, "EDIT")
    fom.set_dataset_default_permission(dataset, fom.VIEW)
    assert fom.get_permissions(dataset_name=dataset, user_group=group) is fom.EDIT
    assert fom.get_permissions(user_group=group.id) == [{"name": dataset, "permission": "EDIT"}]
    found = fom.get_permissions(dataset_name=dataset)
    permissions = {each["email"]: each["permission"] for each in found["users"]}
    assert (permissions[ADMIN], permissions[member.email], permissions[labeler.email]) == (
        "MANAGE",
        "VIEW",
        "TAG",
    )
    assert found["groups"] == [{"id": group.id, "name": group.name, "permission": "EDIT"}]
    assert fom.get_permissions_for_dataset(dataset, include_groups=False) == found["users"]
    fom.remove_dataset_user_group_permission(dataset, group)
    assert fom.get_permissions(dataset_name=dataset, user_group=group) is fom.NO_ACCESS


def test_somebody_unknown_can_be_invited_to_a_dataset(api: RunningApi) -> None:
    dataset = api.dataset()
    with pytest.raises(ValueError, match="no user"):
        fom.set_dataset_user_permission(dataset, "new@example.org", fom.VIEW)
    fom.set_dataset_user_permission(dataset, "new@example.org", fom.VIEW, invite=True)
    assert "new@example.org" in [each.invitee_email for each in fom.list_pending_invitations()]


def test_what_cannot_be_meant_is_a_value_error(api: RunningApi) -> None:
    dataset, labeler = api.dataset(), api.person("LABELER")
    with pytest.raises(ApiInvalidError, match="a Labeler, who can have at most 'Can tag'"):
        fom.set_dataset_user_permission(dataset, labeler.email, fom.EDIT)
    with pytest.raises(ValueError, match="OWN"):
        fom.set_dataset_default_permission(dataset, "OWN")
    with pytest.raises(ValueError, match="no dataset"):
        fom.get_dataset_creator("no-such-dataset")
    with pytest.raises(ValueError, match="give a dataset"):
        fom.get_permissions()
    with pytest.raises(ValueError, match="not both"):
        fom.get_permissions(user="a", user_group="b")
