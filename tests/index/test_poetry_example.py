"""The consumer project in poetry-example/, with Poetry of three ages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support.index_rig import NEWEST, Rig
from support.package_tools import Sandbox, ToolBox

pytestmark = pytest.mark.e2e
EXAMPLE = Path(__file__).parents[2] / "poetry-example"
COMMANDS = re.compile(r"^```shell\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(sandbox: Sandbox) -> Sandbox:
    shutil.copytree(EXAMPLE, sandbox.directory, dirs_exist_ok=True)
    return sandbox


def readme_commands() -> str:
    found = COMMANDS.findall((EXAMPLE / "README.md").read_text())
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("poetry", ["poetry>=2,<3", "poetry==1.8.5", "poetry==1.4.2"])
def test_the_readme_s_commands_install_ours_and_run_the_script(
    rig: Rig, project: Sandbox, toolbox: ToolBox, poetry: str
) -> None:
    is_old = poetry == "poetry==1.4.2"
    file, public = (
        ("pyproject-before-1.5.toml", "--default") if is_old else ("pyproject.toml", "--priority=primary")
    )
    project.programs.append(toolbox.programs(poetry))
    pyproject = project.directory / "pyproject.toml"
    pyproject.write_text((EXAMPLE / file).read_text().replace("pypi.example.com", rig.host))
    # Poetry's own public source is one fixed host, which tests do not reach.
    project.run_well(f"poetry source add {public} public ${{PUBLIC}}")
    output = project.run_well(readme_commands())
    assert output.splitlines()[-2:] == [f"fiftyone {NEWEST}", "sample s3://my-bucket/photos/cat.jpg"]
    assert project.origin() == "private"
    assert rig.token not in pyproject.read_text() + (project.directory / "poetry.lock").read_text()


def test_the_two_project_files_differ_in_the_kind_of_source_alone() -> None:
    new, old = (
        [line for line in (EXAMPLE / name).read_text().splitlines() if not line.startswith("#")]
        for name in ("pyproject.toml", "pyproject-before-1.5.toml")
    )
    assert [line for line in new if line not in old] == ['priority = "explicit"']
    assert [line for line in old if line not in new] == ["default = false", "secondary = true"]
