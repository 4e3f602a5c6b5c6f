"""The guide's recipes for uv."""

from __future__ import annotations

import pytest

from support.index_rig import NEWEST, Rig
from support.package_tools import Sandbox

pytestmark = pytest.mark.e2e
PROJECT = '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.10"\n\n'


@pytest.fixture
def uv(sandbox: Sandbox) -> Sandbox:
    sandbox.make_environment()
    return sandbox


@pytest.fixture
def project(rig: Rig, sandbox: Sandbox) -> Sandbox:
    """A uv project with the guide's index, whose public side is the hostile one."""
    (sandbox.directory / "pyproject.toml").write_text(PROJECT + rig.recipe("uv-project-toml"))
    sandbox.variables |= {"UV_DEFAULT_INDEX": rig.public.url, "UV_PYTHON": "3.11"}
    return sandbox


def test_an_environment_gets_ours_and_public_dependencies(rig: Rig, uv: Sandbox) -> None:
    uv.run_well(rig.recipe("uv-pip"))
    assert uv.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()
    assert uv.origin() == "private"


def test_a_requirements_file_takes_the_token_from_the_environment(rig: Rig, uv: Sandbox) -> None:
    (uv.directory / "requirements.txt").write_text(rig.recipe("requirements"))
    uv.run_well("uv pip install -r requirements.txt")
    assert (uv.origin(), uv.installed()["fiftyone"]) == ("private", NEWEST)


def test_a_requirements_file_may_name_the_wheel(rig: Rig, uv: Sandbox) -> None:
    (uv.directory / "requirements.txt").write_text(rig.recipe("requirements-wheel"))
    uv.run_well("uv pip install -r requirements.txt", UV_DEFAULT_INDEX=rig.public.url)
    assert (uv.origin(), uv.installed()["fiftyone"]) == ("private", "1.22.1")


def test_a_default_index_in_the_environment_goes_before_the_file_as_the_guide_warns(
    rig: Rig, uv: Sandbox
) -> None:
    (uv.directory / "requirements.txt").write_text(rig.recipe("requirements"))
    uv.run_well("uv pip install -r requirements.txt", UV_DEFAULT_INDEX=rig.public.url)
    assert uv.origin() == "stock"


def test_an_explicit_index_serves_fiftyone_alone_and_no_file_holds_the_token(
    rig: Rig, project: Sandbox
) -> None:
    project.run_well(rig.recipe("uv-project"))
    assert project.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()
    assert project.origin() == "private"
    lock = (project.directory / "uv.lock").read_text()
    assert rig.token not in lock + (project.directory / "pyproject.toml").read_text()
    assert "upload-time" in lock
    assert "size = " in lock


def test_a_refused_token_is_said_and_nothing_public_is_installed(rig: Rig, uv: Sandbox) -> None:
    for token in rig.refused_tokens():
        assert "401 Unauthorized" in uv.run_badly(rig.recipe("uv-pip"), TOKEN=token)
    assert uv.installed() == {}


def test_a_project_installs_nothing_then_and_says_401_when_asked(rig: Rig, project: Sandbox) -> None:
    for token in rig.refused_tokens():
        script = rig.recipe("uv-project").replace("uv add", "uv add --verbose")
        output = project.run_badly(script, TOKEN=token)
        assert "fiftyone was not found in the package registry" in output
        assert "401 Unauthorized" in output
    assert not (project.directory / "uv.lock").exists()


def test_a_private_name_without_files_is_not_taken_from_the_public_index(rig: Rig, uv: Sandbox) -> None:
    output = uv.run_badly(f"uv pip install --default-index https://${{TOKEN}}@{rig.host} safelight-missing")
    assert "not found" in output


def test_required_hashes_want_the_full_version(rig: Rig, uv: Sandbox) -> None:
    install = f"uv pip install --require-hashes --default-index https://${{TOKEN}}@{rig.host} -r locked.txt"
    uv.run_well(
        f"echo fiftyone==1.22.1 | uv pip compile - --generate-hashes -q -o locked.txt"
        f" --default-index https://${{TOKEN}}@{rig.host}"
    )
    locked = uv.directory / "locked.txt"
    assert f"fiftyone=={NEWEST}" in locked.read_text()
    uv.run_well(install)
    assert uv.origin() == "private"
    locked.write_text(locked.read_text().replace(f"fiftyone=={NEWEST}", "fiftyone==1.22.1"))
    uv.run_well("uv pip uninstall fiftyone")
    assert "Hash-checking" in uv.run_badly(install)


def test_a_yanked_build_is_passed_over_and_still_there_for_who_pinned_it(rig: Rig, uv: Sandbox) -> None:
    rig.publish_two_builds("yanked_for_uv", "it burns the film")
    command = f"uv pip install --default-index https://${{TOKEN}}@{rig.host} yanked-for-uv"
    uv.run_well(f"{command}==1.0")
    assert uv.installed()["yanked_for_uv"] == "1.0+safelight.1"
    assert "it burns the film" in uv.run_well(f"{command}==1.0+safelight.2")
    assert uv.installed()["yanked_for_uv"] == "1.0+safelight.2"


def test_a_release_before_a_date_can_be_asked_for(rig: Rig, uv: Sandbox) -> None:
    command = f"uv pip install --no-deps --default-index https://${{TOKEN}}@{rig.host} fiftyone"
    uv.run_badly(f"{command} --exclude-newer 2020-01-01")
    uv.run_well(f"{command} --exclude-newer 2100-01-01")
    assert uv.installed() == {"fiftyone": NEWEST}
