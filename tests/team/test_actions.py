"""Everything FiftyOne does, through a real server: done with what it needs, refused below it."""

from __future__ import annotations

from typing import Any

import pytest

from support.api_server import Person
from support.corpus import read_corpus
from support.team import Worker

CORPUS = read_corpus()
CREATING = [each for each in CORPUS if each["needs"] in {"CREATE", "CLONE"}]
LEVELS = ["NO_ACCESS", "VIEW", "TAG", "EDIT", "MANAGE"]
NEEDS_ROLE = {"CREATE": "NO_ACCESS", "CLONE": "VIEW"}


@pytest.fixture(scope="module")
def shared(worker: Worker, people: dict[str, Person]) -> dict[str, str]:
    """The names of datasets that no action changes, by kind; made when they are needed."""

    class Names(dict[str, str]):
        def __missing__(self, kind: str) -> str:
            assert worker.act(people["ADMIN"], f"build {kind}", f"shared-{kind}") is None
            self[kind] = f"shared-{kind}"
            return self[kind]

    return Names()


def grant(people: dict[str, Person], name: str, person: Person, level: str) -> None:
    path = f"/datasets/{name}/access/users/{person.id}"
    people["ADMIN"].api.put(path, json={"permission": level}).raise_for_status()


@pytest.mark.parametrize("recorded", CORPUS, ids=[each["action"] for each in CORPUS])
def test_an_action_is_done_with_what_it_needs_and_refused_below(
    recorded: dict[str, Any], worker: Worker, people: dict[str, Person], shared: dict[str, str]
) -> None:
    action, kind, needs = recorded["action"], recorded["kind"], recorded["needs"]
    if needs in {"VIEW", "NOTHING"}:
        name = shared[kind]
    else:
        name = f"for-{action}".replace("_", "-")
        assert worker.act(people["ADMIN"], f"build {kind}", name) is None
    level = "NO_ACCESS" if needs == "NOTHING" else NEEDS_ROLE.get(needs, needs)
    person = people["MEMBER" if needs in {*NEEDS_ROLE, "MANAGE"} else "COLLABORATOR"]
    if level != "NO_ACCESS":
        grant(people, name, person, LEVELS[LEVELS.index(level) - 1])
        assert worker.act(person, action, name) is not None
    grant(people, name, person, level)
    assert worker.act(person, action, name) is None


@pytest.mark.parametrize("recorded", CREATING, ids=[each["action"] for each in CREATING])
def test_roles_that_create_nothing_are_told_so(
    recorded: dict[str, Any], worker: Worker, people: dict[str, Person], shared: dict[str, str]
) -> None:
    name = shared[recorded["kind"]]
    for role in ("COLLABORATOR", "LABELER"):
        grant(people, name, people[role], "TAG")
        error = worker.act(people[role], recorded["action"], name)
        assert error is not None
        assert f"A {role.capitalize()} cannot" in error
