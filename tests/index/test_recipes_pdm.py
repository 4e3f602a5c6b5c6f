"""The guide's recipe for pdm."""

from __future__ import annotations

import pytest

from support.index_rig import NEWEST, Rig
from support.package_tools import Sandbox, ToolBox

pytestmark = pytest.mark.e2e
PROJECT = """\
[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.10,<3.14"

[tool.pdm]
distribution = false

[[tool.pdm.source]]
name = "pypi"
url = "${PUBLIC}"
exclude_packages = ["fiftyone"]

"""


@pytest.fixture
def project(rig: Rig, sandbox: Sandbox, toolbox: ToolBox) -> Sandbox:
    """A project with the guide's source; the public side goes by the name of pdm's own."""
    # With what it was released with: pdm 2.29 and hishel 2 do not get on.
    sandbox.programs.append(toolbox.programs("pdm[locked]"))
    (sandbox.directory / "pyproject.toml").write_text(PROJECT + rig.recipe("pdm-toml"))
    sandbox.make_environment()
    return sandbox


def test_a_source_for_fiftyone_alone(rig: Rig, project: Sandbox) -> None:
    project.run_well(rig.recipe("pdm"))
    assert project.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()
    assert project.origin() == "private"
    lock = (project.directory / "pdm.lock").read_text()
    assert rig.token not in lock + (project.directory / "pyproject.toml").read_text()


def test_a_refused_token_is_said_and_nothing_public_is_installed(rig: Rig, project: Sandbox) -> None:
    for token in rig.refused_tokens():
        output = project.run_badly(rig.recipe("pdm"), TOKEN=token)
        assert "401" in output or "Unable to find candidates for fiftyone" in output
    assert project.installed() == {}


def test_without_the_colon_pdm_sends_no_credentials_as_the_guide_says(rig: Rig, project: Sandbox) -> None:
    pyproject = project.directory / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("${TOKEN}:@", "${TOKEN}@"))
    project.run_badly(rig.recipe("pdm"))
