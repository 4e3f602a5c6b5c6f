"""The guide's recipes for uv."""

from __future__ import annotations

import sys

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
    sandbox.variables |= {"UV_DEFAULT_INDEX": rig.public.url, "UV_PYTHON": sys.executable}
    return sandbox


def test_an_environment_gets_ours_and_public_dependencies(rig: Rig, uv: Sandbox) -> None:
    uv.run_well(rig.recipe("uv-pip"))
    assert uv.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()
    assert uv.origin() == "private"
    assert not rig.public.told(rig.token)


@pytest.mark.parametrize(
    "form", ["https://${TOKEN}@HOST/simple/", "https://${TOKEN}:@HOST/simple", "https://x:${TOKEN}@HOST"]
)
def test_every_form_of_the_address_is_understood(rig: Rig, uv: Sandbox, form: str) -> None:
    uv.run_well(f"uv pip install --default-index {form.replace('HOST', rig.host)} fiftyone")
    assert uv.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()


def test_a_netrc_keeps_the_token_out_of_commands(rig: Rig, uv: Sandbox) -> None:
    netrc = rig.recipe("pip-netrc").splitlines()[0]
    uv.run_well(f"{netrc}\nuv pip install --default-index https://{rig.host} fiftyone")
    assert uv.origin() == "private"


@pytest.mark.parametrize("plus", ["+", "%2B"])
def test_a_certain_build_is_named_with_or_without_escapes(rig: Rig, uv: Sandbox, plus: str) -> None:
    url = f"https://${{TOKEN}}@{rig.host}/packages/fiftyone-1.22.1{plus}safelight.2-py3-none-any.whl"
    uv.run_well(f"uv pip install --no-deps {url}")
    assert uv.installed()["fiftyone"] == "1.22.1+safelight.2"


def test_compiling_with_the_address_writes_the_token_as_the_guide_says(rig: Rig, uv: Sandbox) -> None:
    compiling = f"echo fiftyone | uv pip compile - --default-index https://${{TOKEN}}@{rig.host}"
    assert rig.token not in uv.run_well(compiling)
    assert rig.token in uv.run_well(f"{compiling} --emit-index-url")


def test_the_unsafe_strategy_takes_the_malicious_one_as_the_guide_says(rig: Rig, uv: Sandbox) -> None:
    index = f"--default-index ${{PUBLIC}} --index https://${{TOKEN}}@{rig.host}"
    uv.run_well(f"uv pip install {index} fiftyone")
    assert uv.origin() == "private"
    uv.run_well(f"uv pip install --reinstall --index-strategy unsafe-best-match {index} fiftyone")
    assert uv.origin() == "malicious"


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
