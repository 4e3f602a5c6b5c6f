"""The guide's recipes for Poetry of three ages.

Poetry's built-in public source speaks JSON to one fixed host, so the public side is declared as a source
here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.index_rig import NEWEST, Rig
from support.package_tools import Sandbox, ToolBox

pytestmark = pytest.mark.e2e
PROJECT = """\
[tool.poetry]
name = "demo"
version = "0.1.0"
description = ""
authors = ["Somebody <somebody@example.com>"]
packages = []

[tool.poetry.dependencies]
python = ">=3.10,<3.14"
"""


@dataclass
class Age:
    """What differs between the versions."""

    requirement: str
    public: str
    source: str
    credentials: str


AGES = {
    "2": Age("poetry>=2,<3", "--priority=primary", "poetry-source", "poetry-credentials"),
    "1.8": Age("poetry==1.8.5", "--priority=primary", "poetry-source", "poetry-credentials-1.8"),
    "1.4": Age("poetry==1.4.2", "--default", "poetry-source-secondary", "poetry-credentials"),
}


@pytest.fixture(params=AGES)
def age(request: pytest.FixtureRequest) -> Age:
    return AGES[request.param]


@pytest.fixture
def project(rig: Rig, sandbox: Sandbox, toolbox: ToolBox, age: Age) -> Sandbox:
    """An empty project with both sources and no credentials."""
    sandbox.programs.append(toolbox.programs(age.requirement))
    (sandbox.directory / "pyproject.toml").write_text(PROJECT)
    sandbox.run_well(f"poetry source add {age.public} public ${{PUBLIC}}\n{rig.recipe(age.source)}")
    return sandbox


def check_ours(rig: Rig, project: Sandbox) -> None:
    assert project.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()
    assert project.origin() == "private"
    pyproject = (project.directory / "pyproject.toml").read_text()
    assert 'fiftyone = {version = "1.22.1", source = "fiftyone-enterprise"}' in pyproject
    lock = (project.directory / "poetry.lock").read_text()
    assert rig.token not in lock + pyproject
    assert f"fiftyone-{NEWEST}-py3-none-any.whl" in lock


def test_the_source_with_stored_credentials(rig: Rig, project: Sandbox, age: Age) -> None:
    project.run_well(rig.recipe(age.credentials) + rig.recipe("poetry-add"))
    check_ours(rig, project)
    project.run_well("poetry lock && rm -rf .venv && poetry install --no-root")
    check_ours(rig, project)


@pytest.mark.parametrize("age", [AGES["2"], AGES["1.4"]])
def test_the_source_with_credentials_from_the_environment(rig: Rig, project: Sandbox, age: Age) -> None:
    project.run_well(rig.recipe("poetry-environment") + rig.recipe("poetry-add"))
    check_ours(rig, project)


@pytest.mark.parametrize("age", [AGES["2"], AGES["1.4"]])
def test_the_password_may_be_left_out_of_the_environment(rig: Rig, project: Sandbox, age: Age) -> None:
    (username, _) = rig.recipe("poetry-environment").splitlines()
    project.run_well(f"{username}\n{rig.recipe('poetry-add')}")
    check_ours(rig, project)


def test_a_wheel_is_named_by_its_address(rig: Rig, project: Sandbox, age: Age) -> None:
    address = rig.recipe("requirements-wheel").partition(" @ ")[2].strip()
    project.run_well(f"poetry add {address}")
    assert (project.origin(), project.installed()["fiftyone"]) == ("private", "1.22.1")


@pytest.mark.parametrize("credentials", ["${TOKEN}@", "${TOKEN}:@"])
def test_a_token_in_the_address_of_the_source_gets_into_the_lock_as_the_guide_says(
    rig: Rig, project: Sandbox, age: Age, credentials: str
) -> None:
    source = rig.recipe(age.source).replace("https://", f"https://{credentials}")
    project.run_well(f"poetry source remove fiftyone-enterprise\n{source}\n{rig.recipe('poetry-add')}")
    assert project.origin() == "private"
    assert rig.token in (project.directory / "poetry.lock").read_text()


def test_the_index_as_the_only_source_passes_public_names_on(rig: Rig, project: Sandbox, age: Age) -> None:
    only = (
        rig.recipe(age.source).replace("--priority=explicit", age.public).replace("--secondary", age.public)
    )
    project.run_well(
        f"poetry source remove public\npoetry source remove fiftyone-enterprise\n{only}"
        + rig.recipe(age.credentials)
        + rig.recipe("poetry-add")
    )
    check_ours(rig, project)
    assert not rig.public.told(rig.token)


def test_without_its_source_fiftyone_is_the_public_one_as_the_guide_warns(
    rig: Rig, project: Sandbox, age: Age
) -> None:
    project.run_well(rig.recipe(age.credentials) + "poetry add fiftyone")
    assert project.origin() == "malicious"


@pytest.mark.parametrize("age", [AGES["1.8"]])
def test_poetry_1_8_drops_an_empty_password_as_the_guide_says(rig: Rig, project: Sandbox, age: Age) -> None:
    output = project.run_badly(rig.recipe("poetry-credentials") + rig.recipe("poetry-add"))
    assert "Authorization error accessing" in output


def test_a_refused_token_is_said_and_nothing_public_is_installed(
    rig: Rig, project: Sandbox, age: Age
) -> None:
    for token in rig.refused_tokens():
        output = project.run_badly(rig.recipe(age.credentials) + rig.recipe("poetry-add"), TOKEN=token)
        assert f"Authorization error accessing https://{rig.host}/simple/fiftyone/" in output
    assert not (project.directory / "poetry.lock").exists()
