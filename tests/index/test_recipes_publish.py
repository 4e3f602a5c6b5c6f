"""The guide's recipes for publishing."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight_index.tokens import Scope
from support.guide import recipes
from support.index_rig import Rig
from support.index_wheels import make_sdist, make_wheel
from support.package_tools import Sandbox, ToolBox

pytestmark = pytest.mark.e2e
TOOLS = {"twine": "twine", "uv-publish": "uv", "poetry-publish": "poetry>=2,<3"}
POETRY_PROJECT = """\
[tool.poetry]
name = "acme-tools"
version = "1.0"
description = ""
authors = ["Somebody <somebody@example.com>"]
packages = []
"""


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def project(rig: Rig, sandbox: Sandbox, toolbox: ToolBox, tool: str) -> Sandbox:
    """A project whose dist/ holds a wheel and a source distribution."""
    sandbox.programs.append(toolbox.programs(TOOLS[tool]))
    name = "acme_tools" if tool == "poetry-publish" else f"acme_{tool.replace('-', '_')}"
    (sandbox.directory / "pyproject.toml").write_text(POETRY_PROJECT)
    make_wheel(sandbox.directory / "dist", name, "1.0")
    make_sdist(sandbox.directory / "dist", name, "1.0")
    return sandbox


def publish(rig: Rig, project: Sandbox, tool: str, token: str, *, well: bool = True) -> str:
    run = project.run_well if well else project.run_badly
    return run(rig.recipe(tool), TOKEN=token)


def page(rig: Rig, sandbox: Sandbox, name: str) -> str:
    return sandbox.run(f"curl --silent https://${{TOKEN}}:@{rig.host}/simple/{name}/").stdout


def test_files_are_published_once_and_the_same_again_is_no_error(
    rig: Rig, project: Sandbox, tool: str
) -> None:
    publish(rig, project, tool, rig.index.token(Scope.ADMIN))
    publish(rig, project, tool, rig.index.token(Scope.UPLOAD))
    for file in (project.directory / "dist").iterdir():
        assert file.name in page(rig, project, file.name.split("-")[0].replace("_", "-"))


def test_other_bytes_under_a_published_name_are_refused(rig: Rig, project: Sandbox, tool: str) -> None:
    (wheel,) = (project.directory / "dist").glob("*.whl")
    name = wheel.name.split("-")[0]
    publish(rig, project, tool, rig.index.token(Scope.ADMIN))
    make_wheel(wheel.parent, name, "1.0", content="changed = True\n")
    output = publish(rig, project, tool, rig.index.token(Scope.UPLOAD), well=False)
    assert any(sign in output for sign in ("already exists", "409", "400"))


def test_a_read_token_publishes_nothing_and_is_told_why(rig: Rig, project: Sandbox, tool: str) -> None:
    output = publish(rig, project, tool, rig.index.token(Scope.READ), well=False)
    assert "403" in output


def test_a_refused_token_is_said(rig: Rig, project: Sandbox, tool: str) -> None:
    for token in rig.refused_tokens():
        assert "401" in publish(rig, project, tool, token, well=False)


def test_every_recipe_of_the_guide_is_run_somewhere() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_recipes_*.py"))
    assert [name for name in recipes() if f'"{name}"' not in tests] == []
