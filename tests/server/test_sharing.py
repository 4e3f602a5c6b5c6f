"""Access to datasets over REST: who sees what, who may change it."""

from __future__ import annotations

import pytest

from support.api_server import Person, RunningApi

LEVELS = ["NO_ACCESS", "VIEW", "TAG", "EDIT", "MANAGE"]
CAPS = {"ADMIN": "MANAGE", "MEMBER": "MANAGE", "COLLABORATOR": "EDIT", "LABELER": "TAG"}


def seen(person: Person, dataset: str) -> str:
    """What a person may do with a dataset, as they see it themselves."""
    found = person.api.get("/datasets", params={"name": dataset})
    if found.status_code == 404:
        return "NO_ACCESS"
    return str(found.raise_for_status().json()["items"][0]["permission"])


def grant(manager: Person, dataset: str, path: str, permission: str) -> int:
    return manager.api.put(f"/datasets/{dataset}/access/{path}", json={"permission": permission}).status_code


@pytest.fixture(scope="module")
def people(api: RunningApi) -> dict[str, Person]:
    return {role: api.person(role) for role in CAPS}


@pytest.mark.parametrize("level", LEVELS)
def test_default_access_is_for_members_only(api: RunningApi, people: dict[str, Person], level: str) -> None:
    dataset = api.dataset(default=level)
    assert seen(people["ADMIN"], dataset) == "MANAGE"
    assert seen(people["MEMBER"], dataset) == level
    assert seen(people["COLLABORATOR"], dataset) == "NO_ACCESS"
    assert seen(people["LABELER"], dataset) == "NO_ACCESS"


@pytest.mark.parametrize("role", ["MEMBER", "COLLABORATOR", "LABELER"])
@pytest.mark.parametrize("level", LEVELS)
def test_a_role_can_be_granted_up_to_its_cap(
    api: RunningApi, admin: Person, people: dict[str, Person], role: str, level: str
) -> None:
    dataset, person = api.dataset(), people[role]
    above = LEVELS.index(level) > LEVELS.index(CAPS[role])
    assert grant(admin, dataset, f"users/{person.email}", level) == (422 if above else 200)
    assert seen(person, dataset) == ("NO_ACCESS" if above else level)


@pytest.mark.parametrize("role", ["MEMBER", "COLLABORATOR", "LABELER"])
def test_a_group_gives_each_member_as_much_as_their_role_can_have(
    api: RunningApi, admin: Person, people: dict[str, Person], role: str
) -> None:
    dataset, person = api.dataset(), people[role]
    group = admin.api.post("/groups", json={"name": dataset, "members": [person.id]}).json()
    assert grant(admin, dataset, f"groups/{group['id']}", "MANAGE") == 200
    assert seen(person, dataset) == CAPS[role]
    admin.api.post(f"/groups/{group['id']}/members/remove", json={"members": [person.id]})
    assert seen(person, dataset) == "NO_ACCESS"


def test_the_most_of_all_grants_wins(api: RunningApi, admin: Person, people: dict[str, Person]) -> None:
    dataset, member = api.dataset(default="TAG"), people["MEMBER"]
    admin.api.post("/groups", json={"name": dataset, "members": [member.id]})
    assert grant(admin, dataset, f"groups/{dataset}", "EDIT") == 200
    assert grant(admin, dataset, f"users/{member.id}", "NO_ACCESS") == 200
    assert seen(member, dataset) == "EDIT"
    assert admin.api.delete(f"/datasets/{dataset}/access/groups/{dataset}").status_code == 204
    assert seen(member, dataset) == "TAG"
    assert grant(admin, dataset, "default", "NO_ACCESS") == 200
    assert seen(member, dataset) == "NO_ACCESS"


def test_whoever_made_a_dataset_shares_it(api: RunningApi) -> None:
    creator, friend = api.person("MEMBER"), api.person("COLLABORATOR")
    dataset = api.dataset(creator)
    assert seen(creator, dataset) == "MANAGE"
    assert grant(creator, dataset, f"users/{friend.email}", "EDIT") == 200
    access = creator.api.get(f"/datasets/{dataset}/access").json()
    assert {each["email"]: each["permission"] for each in access["users"]} == {
        creator.email: "MANAGE",
        friend.email: "EDIT",
    }
    assert creator.api.delete(f"/datasets/{dataset}/access/users/{friend.id}").status_code == 204
    assert seen(friend, dataset) == "NO_ACCESS"


@pytest.mark.parametrize("level", ["VIEW", "TAG", "EDIT"])
def test_who_does_not_manage_a_dataset_cannot_share_it(
    api: RunningApi, admin: Person, people: dict[str, Person], level: str
) -> None:
    dataset, member = api.dataset(), people["MEMBER"]
    grant(admin, dataset, f"users/{member.id}", level)
    refused = member.api.get(f"/datasets/{dataset}/access")
    assert (refused.status_code, refused.json()["code"]) == (403, "NotManager")
    assert grant(member, dataset, f"users/{member.id}", "MANAGE") == 403
    assert grant(member, dataset, "default", "VIEW") == 403
    assert member.api.delete(f"/datasets/{dataset}/access/users/{admin.id}").status_code == 403
    assert seen(member, dataset) == level


def test_a_hidden_dataset_answers_as_one_that_does_not_exist(
    api: RunningApi, people: dict[str, Person]
) -> None:
    hidden, member = api.dataset(), people["MEMBER"]
    for method, path, body in [
        ("GET", "/datasets/{}", None),
        ("GET", "/datasets?name={}", None),
        ("GET", "/datasets/{}/access", None),
        ("PUT", "/datasets/{}/access/default", {"permission": "VIEW"}),
        ("DELETE", f"/datasets/{{}}/access/users/{member.id}", None),
    ]:
        answers = [
            member.api.request(method, path.format(name), json=body, headers={"X-Request-ID": "one"})
            for name in (hidden, "no-such-data")
        ]
        assert [each.status_code for each in answers] == [404, 404]
        texts = [each.text.replace(hidden, "X").replace("no-such-data", "X") for each in answers]
        assert texts[0] == texts[1]
    assert hidden not in member.api.get("/datasets").text


def test_admins_see_what_everybody_may_do(api: RunningApi, admin: Person) -> None:
    creator, labeler = api.person("MEMBER"), api.person("LABELER")
    dataset = api.dataset(creator)
    admin.api.post("/groups", json={"name": dataset, "members": [labeler.id]})
    grant(admin, dataset, f"groups/{dataset}", "EDIT")
    permissions = admin.api.get(f"/datasets/{dataset}/permissions").json()
    by_email = {each["email"]: each["permission"] for each in permissions["users"]}
    assert by_email == {admin.email: "MANAGE", creator.email: "MANAGE", labeler.email: "TAG"} | {
        email: "MANAGE" for email, level in by_email.items() if email.startswith("admin-")
    }
    assert [(each["name"], each["permission"]) for each in permissions["groups"]] == [(dataset, "EDIT")]
    of_user = admin.api.get(f"/users/{labeler.email}/permissions").json()["items"]
    assert [(each["name"], each["permission"]) for each in of_user] == [(dataset, "TAG")]
    of_group = admin.api.get(f"/groups/{dataset}/permissions").json()["items"]
    assert [(each["name"], each["permission"]) for each in of_group] == [(dataset, "EDIT")]
    assert creator.api.get(f"/datasets/{dataset}/permissions").status_code == 403


def test_a_deleted_group_gives_nothing(api: RunningApi, admin: Person, people: dict[str, Person]) -> None:
    dataset, member = api.dataset(), people["MEMBER"]
    admin.api.post("/groups", json={"name": dataset, "members": [member.id]})
    grant(admin, dataset, f"groups/{dataset}", "VIEW")
    assert seen(member, dataset) == "VIEW"
    assert admin.api.delete(f"/groups/{dataset}").status_code == 204
    assert seen(member, dataset) == "NO_ACCESS"
    assert admin.api.get(f"/datasets/{dataset}/access").json()["groups"] == []


def test_a_dataset_that_was_made_around_the_server_is_for_admins(
    api: RunningApi, admin: Person, people: dict[str, Person]
) -> None:
    dataset = api.dataset()
    with api.databases() as client:
        lists = client[api.settings.own_database]["dataset_access"]
        stray = client[api.settings.database_name]["datasets"].find_one({"name": dataset})
        assert stray
        lists.delete_one({"_id": stray["_id"]})
    assert seen(people["MEMBER"], dataset) == "NO_ACCESS"
    assert seen(admin, dataset) == "MANAGE"
    assert grant(admin, dataset, f"users/{people['MEMBER'].id}", "VIEW") == 200
    assert seen(people["MEMBER"], dataset) == "VIEW"
