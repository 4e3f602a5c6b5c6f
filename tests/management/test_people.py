"""`fiftyone.management`: users, invitations, groups, service accounts, keys, settings."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import fiftyone.management as fom
import pytest

import safelight.management
from safelight import runtime
from safelight.errors import (
    ApiForbiddenError,
    ApiInvalidError,
    ApiKeyRefusedError,
    ApiUnavailableError,
    ConfigError,
)
from safelight.storage.credentials import Secret
from support.api_server import ADMIN, Person, RunningApi

Acting = Callable[[Person], None]
pytestmark = pytest.mark.usefixtures("acting")


def test_fiftyone_shows_every_module_and_name() -> None:
    for module in pkgutil.iter_modules(safelight.management.__path__):
        ours = importlib.import_module(f"safelight.management.{module.name}")
        shown = list(getattr(ours, "__all__", []))
        if module.name == "later":
            continue
        theirs = importlib.import_module(f"fiftyone.management.{module.name}")
        assert shown
        for name in shown:
            assert getattr(theirs, name) is getattr(ours, name)
            assert getattr(fom, name) is getattr(ours, name)


def test_the_connection_is_tested_and_reloaded(api: RunningApi, capsys: pytest.CaptureFixture[str]) -> None:
    fom.test_api_connection()
    assert capsys.readouterr().out == "API connection succeeded\n"
    assert fom.whoami().email == ADMIN
    other = api.person("MEMBER")
    runtime.get_runtime().api_config.api_key = Secret(other.key)
    assert fom.whoami().email == ADMIN, "not reloaded yet"
    fom.reload_api_connection()
    assert fom.whoami().email == other.email


def test_a_connection_that_does_not_work_says_why(api: RunningApi) -> None:
    config = runtime.get_runtime().api_config
    config.api_key = Secret("slk_nonsense")
    with pytest.raises(ApiKeyRefusedError, match="not an API key"):
        fom.test_api_connection()
    config.api_uri = "http://127.0.0.1:9"
    fom.reload_api_connection()
    with pytest.raises(ApiUnavailableError, match="cannot be reached"):
        fom.whoami()
    config.api_uri = None
    fom.reload_api_connection()
    with pytest.raises(ConfigError, match="FIFTYONE_API_URI"):
        fom.whoami()


def test_users_are_found_by_id_and_email(api: RunningApi) -> None:
    me = fom.whoami()
    assert fom.get_user(me.id) == me
    assert fom.get_user(me.email.upper()) == me
    assert me.role is fom.ADMIN
    assert fom.get_user("unknown@example.org") is None
    member = api.person("MEMBER")
    assert member.email in fom.list_users(verbose=False)
    assert member.id in [user.id for user in fom.list_users()]
    assert fom.resolve_user_id(member.email) == member.id
    assert fom.resolve_user_id({"id": member.id}) == member.id
    assert fom.resolve_user_id(None, nullable=True) is None
    assert fom.resolve_user_id("new@example.org", pass_unknown_email=True) == "new@example.org"
    for nobody in ("new@example.org", None):
        with pytest.raises(ValueError, match="user"):
            fom.resolve_user_id(nobody)


def test_roles_change_and_users_go(api: RunningApi, acting: Acting) -> None:
    member = api.person("MEMBER")
    user = fom.get_user(member.email)
    assert user
    fom.set_user_role(user, fom.LABELER)
    assert fom.get_user(member.id) == fom.User(user.id, user.name, user.email, fom.LABELER, user_groups=[])
    acting(member)
    for refused in (fom.list_users, fom.list_pending_invitations, fom.get_organization_settings):
        with pytest.raises(PermissionError, match="only admins"):
            refused()
    acting(api.admin)
    fom.delete_user(member.email)
    assert fom.get_user(member.email) is None
    with pytest.raises(ApiInvalidError, match="only admin"):
        fom.delete_user(ADMIN)


def test_people_are_invited(api: RunningApi) -> None:
    invitation_id = fom.send_user_invitation("new-guest@example.org", fom.GUEST)
    [pending] = fom.list_pending_invitations()
    assert (pending.id, pending.invitee_email, pending.invitee_role) == (
        invitation_id,
        "new-guest@example.org",
        fom.GUEST,
    )
    assert pending.expires_at > pending.created_at
    assert pending.url.startswith(f"{api.url}/join#")
    fom.delete_user_invitation(invitation_id)
    fom.send_user_invitation("new-guest@example.org", fom.GUEST)
    fom.delete_user_invitation("new-guest@example.org")
    assert fom.list_pending_invitations() == []


def test_keys_are_generated_listed_and_deleted(api: RunningApi, acting: Acting) -> None:
    member = api.person("MEMBER")
    fom.generate_api_key("by an admin", member.email)
    acting(member)
    key = fom.generate_api_key("my-key")
    assert [each.name for each in fom.list_api_keys()] == ["tests", "by an admin", "my-key"]
    runtime.get_runtime().api_config.api_key = Secret(key)
    fom.reload_api_connection()
    assert fom.whoami().id == member.id
    mine = next(each for each in fom.list_api_keys() if each.name == "my-key")
    fom.delete_api_key(mine.id)
    with pytest.raises(ApiKeyRefusedError, match="revoked"):
        fom.whoami()
    acting(member)
    with pytest.raises(ApiForbiddenError, match="only admins"):
        fom.list_api_keys(ADMIN)


def test_service_accounts(api: RunningApi) -> None:
    account = fom.create_service_account("my-pipeline-bot", fom.MEMBER)
    assert fom.get_service_account(account.id) == account
    assert account in fom.list_service_accounts()
    changed = fom.update_service_account(account, role="COLLABORATOR", description="Automation")
    assert (changed.role, changed.description) == (fom.COLLABORATOR, "Automation")
    key = fom.generate_api_key("pipeline-key", changed)
    assert [each.name for each in fom.list_api_keys(changed)] == ["pipeline-key"]
    runtime.get_runtime().api_config.api_key = Secret(key)
    fom.reload_api_connection()
    with pytest.raises(fom.FiftyOneManagementError, match="not a user's"):
        fom.whoami()
    runtime.get_runtime().api_config.api_key = Secret(api.admin_key)
    fom.reload_api_connection()
    fom.delete_service_account(changed)
    assert fom.get_service_account(account.id) is None


def test_groups(api: RunningApi) -> None:
    first, second = api.person("MEMBER"), api.person("LABELER")
    group = fom.create_user_group("Night / shift", "nights", users=[first.email])
    assert [user.id for user in group.users or []] == [first.id]
    assert fom.get_user_group("Night / shift") == group
    assert fom.get_user_group("nobody") is None
    assert fom.resolve_user_group_id("Night / shift") == group.id
    both = fom.add_users_to_group("Night / shift", [second.id])
    assert set(both.principals or []) == {first.id, second.id}
    assert fom.list_user_groups_for_user(second.email) == ["Night / shift"]
    assert fom.list_user_groups_for_user("nobody") == []
    one = fom.remove_users_from_group(group, first.id)
    assert one.principals == [second.id]
    renamed = fom.update_user_group(group, name="Days", users=[first.email, second.email])
    assert set(renamed.principals or []) == {first.id, second.id}
    assert "Days" in fom.list_user_groups()
    assert renamed in fom.list_user_groups(verbose=True)
    assert fom.list_user_groups(num_groups=0) == []
    fom.delete_user_group("Days")
    with pytest.raises(ValueError, match="no group"):
        fom.delete_user_group("Days")


def test_organization_settings() -> None:
    before = fom.get_organization_settings()
    changed = fom.set_organization_settings(default_user_role=fom.LABELER, default_dataset_permission=fom.TAG)
    assert (changed.default_user_role, changed.default_dataset_permission) == (fom.LABELER, fom.TAG)
    assert changed.default_operator_minimum_role is before.default_operator_minimum_role
    assert fom.get_organization_settings() == changed
    fom.set_organization_settings(
        default_user_role=before.default_user_role,
        default_dataset_permission=before.default_dataset_permission,
    )
    with pytest.raises(ValueError, match="at least one"):
        fom.set_organization_settings()


@pytest.mark.parametrize("name", ["list_plugins", "create_snapshot", "add_secret", "list_cloud_credentials"])
def test_what_comes_later_says_so(name: str) -> None:
    with pytest.raises(fom.FiftyOneManagementError, match=rf"{name}\(\) is not in this version"):
        getattr(fom, name)()
