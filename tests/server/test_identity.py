"""Users, service accounts, groups and settings over REST."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.api_server import ADMIN, Person, RunningApi


def created(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 201, response.text
    return dict(response.json())


def test_the_root_token_and_the_first_admins_key_say_who_they_are(api: RunningApi, admin: Person) -> None:
    assert api.client(api.root_token).get("/whoami").json()["kind"] == "root"
    me = admin.api.get("/whoami").json()
    assert (me["kind"], me["email"], me["role"]) == ("user", ADMIN, "ADMIN")


def test_without_an_accepted_token_nothing_is_answered(anonymous: httpx.Client) -> None:
    refused = anonymous.get("/whoami")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "Authentication"


def test_every_other_route_wants_a_token(api: RunningApi, anonymous: httpx.Client) -> None:
    paths = anonymous.get("/openapi.json").json()["paths"]
    open_paths = {"/health", "/ready", "/metrics", "/api/v1/invitations/accept"}
    for path, operations in paths.items():
        for method in operations:
            url = f"{api.url}{path}".replace("{", "").replace("}", "")
            status = anonymous.request(method.upper(), url, json={}).status_code
            assert (status == 401) == (path not in open_paths), (method, path, status)


@pytest.mark.parametrize("role", ["MEMBER", "COLLABORATOR", "LABELER"])
def test_only_admins_see_and_manage_people(api: RunningApi, admin: Person, role: str) -> None:
    person = api.person(role)
    for method, path in [
        ("GET", "/users"),
        ("GET", f"/users/{admin.id}"),
        ("DELETE", f"/users/{admin.id}"),
        ("GET", "/groups"),
        ("GET", "/service-accounts"),
        ("GET", "/invitations"),
        ("GET", "/organization/settings"),
        ("GET", f"/api-keys?owner={admin.id}"),
        ("GET", f"/users/{person.id}/permissions"),
    ]:
        refused = person.api.request(method, path)
        assert refused.status_code == 403, (method, path)
    assert person.api.get(f"/users/{person.id}").json()["email"] == person.email
    assert person.api.patch(f"/users/{person.email}", json={"name": "Me"}).json()["name"] == "Me"
    assert person.api.patch(f"/users/{person.id}", json={"role": "ADMIN"}).status_code == 403


def test_emails_are_one_address_in_whatever_case(admin: Person) -> None:
    new = {"email": " Grace@Lab.Internal ", "name": "Grace", "role": "MEMBER"}
    user = created(admin.api.post("/users", json=new))
    assert user["email"] == "grace@lab.internal"
    assert admin.api.get("/users/GRACE@lab.internal").json()["id"] == user["id"]
    again = admin.api.post("/users", json={**new, "email": "grace@lab.internal"})
    assert (again.status_code, again.json()["code"]) == (409, "UserExists")
    wrong = admin.api.post("/users", json={**new, "email": "grace"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "InvalidEmail")


def test_the_last_admin_stays(admin: Person) -> None:
    for refused in (
        admin.api.delete(f"/users/{admin.id}"),
        admin.api.patch(f"/users/{admin.id}", json={"role": "MEMBER"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "LastAdmin")


def test_a_deleted_user_loses_keys_groups_and_the_right_to_ask(api: RunningApi, admin: Person) -> None:
    member = api.person("MEMBER")
    group = created(admin.api.post("/groups", json={"name": "leaving", "members": [member.email]}))
    assert member.api.get("/whoami").json()["groups"] == [{"id": group["id"], "name": "leaving"}]
    assert admin.api.delete(f"/users/{member.email}").status_code == 204
    assert member.api.get("/whoami").status_code == 401
    assert admin.api.get("/groups/leaving").json()["members"] == []
    assert admin.api.get(f"/users/{member.id}").status_code == 404
    with api.databases() as client:
        assert client[api.settings.own_database]["api_keys"].count_documents({"owner": member.id}) == 0


def test_groups_hold_users_and_service_accounts(api: RunningApi, admin: Person) -> None:
    member = api.person("MEMBER")
    robot = created(admin.api.post("/service-accounts", json={"name": "group bot", "role": "MEMBER"}))
    group = created(admin.api.post("/groups", json={"name": "mixed", "description": "both"}))
    path = f"/groups/{group['id']}"
    added = admin.api.post(f"{path}/members", json={"members": [member.email, robot["id"], member.id]})
    assert {each["id"] for each in added.json()["members"]} == {member.id, robot["id"]}
    removed = admin.api.post(f"{path}/members/remove", json={"members": [robot["id"]]})
    assert [each["email"] for each in removed.json()["members"]] == [member.email]
    renamed = admin.api.patch(path, json={"name": "renamed", "members": [robot["id"]]}).json()
    assert (renamed["name"], renamed["description"]) == ("renamed", "both")
    assert [each["kind"] for each in renamed["members"]] == ["service_account"]
    assert admin.api.post("/groups", json={"name": "renamed"}).status_code == 409
    nobody = admin.api.post(f"{path}/members", json={"members": ["nobody@example.org"]})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "PrincipalNotFound")
    assert admin.api.delete(path).status_code == 204
    assert admin.api.get(path).status_code == 404


def test_service_accounts_act_with_keys_of_their_own(api: RunningApi, admin: Person) -> None:
    new = {"name": "pipeline", "role": "MEMBER", "description": "nightly"}
    robot = created(admin.api.post("/service-accounts", json=new))
    made = created(admin.api.post("/api-keys", params={"owner": robot["id"]}, json={"name": "nightly"}))
    client = api.client(made["key"])
    me = client.get("/whoami").json()
    assert (me["kind"], me["name"], me["email"]) == ("service_account", "pipeline", None)
    changed = admin.api.patch(f"/service-accounts/{robot['id']}", json={"role": "LABELER"}).json()
    assert (changed["role"], changed["description"]) == ("LABELER", "nightly")
    assert client.get("/whoami").json()["role"] == "LABELER"
    assert admin.api.post("/service-accounts", json=new).json()["code"] == "ServiceAccountExists"
    assert admin.api.delete(f"/service-accounts/{robot['id']}").status_code == 204
    assert client.get("/whoami").status_code == 401


def test_organization_settings_are_changed_one_by_one(admin: Person) -> None:
    path = "/organization/settings"
    assert admin.api.get(path).json()["default_dataset_permission"] == "NO_ACCESS"
    changed = admin.api.patch(path, json={"default_dataset_permission": "VIEW"}).json()
    assert (changed["default_dataset_permission"], changed["default_user_role"]) == ("VIEW", "MEMBER")
    assert admin.api.get(path).json() == changed
    assert admin.api.patch(path, json={"default_user_role": "OWNER"}).status_code == 422
    admin.api.patch(path, json={"default_dataset_permission": "NO_ACCESS"})
