"""The guide's recipes for pip, with the oldest pip that we support and the newest."""

from __future__ import annotations

import hashlib

import pytest

from support.index_rig import BUILDS, NEWEST, Rig
from support.package_tools import Sandbox

pytestmark = pytest.mark.e2e
VERSIONS = ["pip==23.2", "pip"]


@pytest.fixture(params=VERSIONS)
def pip(request: pytest.FixtureRequest, sandbox: Sandbox) -> Sandbox:
    sandbox.make_environment(request.param)
    return sandbox


def test_the_bare_address_installs_ours_and_public_dependencies(rig: Rig, pip: Sandbox) -> None:
    pip.run_well(rig.recipe("pip"))
    assert pip.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()
    assert pip.origin() == "private"
    assert not rig.public.told(rig.token)


@pytest.mark.parametrize(
    "form", ["https://${TOKEN}@HOST/simple/", "https://${TOKEN}:@HOST/simple", "https://x:${TOKEN}@HOST"]
)
def test_every_form_of_the_address_is_understood(rig: Rig, pip: Sandbox, form: str) -> None:
    pip.run_well(f"pip install --index-url {form.replace('HOST', rig.host)} fiftyone")
    assert pip.installed().items() >= {"fiftyone": NEWEST, "leafpkg": "1.0"}.items()


def test_versions_are_listed_and_files_downloaded(rig: Rig, pip: Sandbox) -> None:
    index = f"--index-url https://${{TOKEN}}@{rig.host} fiftyone"
    listed = pip.run_well(f"pip index versions {index}")
    assert f"Available versions: {', '.join(reversed(BUILDS))}" in listed
    pip.run_well(f"pip download --no-deps --dest files {index}")
    assert [file.name for file in (pip.directory / "files").iterdir()] == [
        f"fiftyone-{NEWEST}-py3-none-any.whl"
    ]


def test_a_lock_holds_the_full_version_and_no_token(rig: Rig, sandbox: Sandbox) -> None:
    sandbox.make_environment("pip")
    sandbox.run_well(f"pip lock --index-url https://${{TOKEN}}@{rig.host} fiftyone==1.22.1")
    lock = (sandbox.directory / "pylock.toml").read_text()
    assert f'version = "{NEWEST}"' in lock
    assert rig.token not in lock


def test_a_pinned_upgrade_replaces_stock_of_the_same_version(rig: Rig, pip: Sandbox) -> None:
    pip.run_well("pip install --index-url ${PUBLIC} fiftyone==1.22.1")
    assert pip.origin() == "stock"
    pip.run_well(rig.recipe("pip-pinned"))
    assert (pip.origin(), pip.installed()["fiftyone"]) == ("private", NEWEST)


def test_a_netrc_keeps_the_token_out_of_commands(rig: Rig, pip: Sandbox) -> None:
    pip.run_well(rig.recipe("pip-netrc"))
    assert pip.origin() == "private"


def test_a_requirements_file_takes_the_token_from_the_environment(rig: Rig, pip: Sandbox) -> None:
    (pip.directory / "requirements.txt").write_text(rig.recipe("requirements"))
    pip.run_well("pip install -r requirements.txt")
    assert pip.installed()["fiftyone"] == NEWEST


def test_a_requirements_file_may_name_the_wheel(rig: Rig, pip: Sandbox) -> None:
    (pip.directory / "requirements.txt").write_text(rig.recipe("requirements-wheel"))
    pip.run_well("pip install -r requirements.txt", PIP_INDEX_URL=rig.public.url)
    assert pip.installed()["fiftyone"] == "1.22.1"
    assert pip.origin() == "private"
    assert rig.token not in pip.run_well("pip freeze")


@pytest.mark.parametrize("plus", ["+", "%2B"])
def test_a_certain_build_is_named_with_or_without_escapes(rig: Rig, pip: Sandbox, plus: str) -> None:
    url = f"https://${{TOKEN}}@{rig.host}/packages/fiftyone-1.22.1{plus}safelight.2-py3-none-any.whl"
    pip.run_well(f"pip install --index-url ${{PUBLIC}} 'leafpkg' && pip install --no-deps {url}")
    assert pip.installed()["fiftyone"] == "1.22.1+safelight.2"


def test_hashes_are_checked(rig: Rig, pip: Sandbox) -> None:
    wheel = next(rig.public.directory.parent.glob(f"builds/fiftyone-{NEWEST}-*.whl"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (pip.directory / "requirements.txt").write_text(f"fiftyone==1.22.1 --hash=sha256:{digest}\n")
    index = f"--index-url https://${{TOKEN}}@{rig.host}"
    command = f"pip install --require-hashes --no-deps {index} -r requirements.txt"
    pip.run_well(command)
    (pip.directory / "requirements.txt").write_text(f"fiftyone==1.22.1 --hash=sha256:{'0' * 64}\n")
    pip.run_well("pip uninstall --yes fiftyone")
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in pip.run_badly(command)


def test_a_refused_token_is_said_and_nothing_public_is_installed(rig: Rig, pip: Sandbox) -> None:
    for token in rig.refused_tokens():
        output = pip.run_badly(rig.recipe("pip"), TOKEN=token)
        assert "401 Error, Credentials not correct" in output
        assert "No matching distribution found for fiftyone" in output
    assert "fiftyone" not in pip.installed()


def test_a_private_name_without_files_is_not_taken_from_the_public_index(rig: Rig, pip: Sandbox) -> None:
    command = f"pip install --index-url https://${{TOKEN}}@{rig.host} safelight-missing"
    assert "No matching distribution found" in pip.run_badly(command)
    assert not any("safelight" in path for path in rig.public.paths())


def test_a_yanked_build_is_passed_over_and_still_there_for_who_pinned_it(rig: Rig, pip: Sandbox) -> None:
    rig.publish_two_builds("yanked_for_pip", "it burns the film")
    index = f"--index-url https://${{TOKEN}}@{rig.host}"
    for specifier in ("", "==1.0"):
        pip.run_well(f"pip install --force-reinstall {index} yanked-for-pip{specifier}")
        assert pip.installed()["yanked_for_pip"] == "1.0+safelight.1"
    output = pip.run_well(f"pip install {index} yanked-for-pip==1.0+safelight.2")
    assert "it burns the film" in output
    assert pip.installed()["yanked_for_pip"] == "1.0+safelight.2"


def test_specifiers_mean_what_the_guide_says(rig: Rig, sandbox: Sandbox) -> None:
    sandbox.make_environment("pip")
    command = f"pip download --no-deps --index-url https://${{TOKEN}}@{rig.host} --dest"
    for number, specifier in enumerate(["==1.22.1", "==1.22.*", "~=1.22.0", "<=1.22.1", ">=1.22.1"]):
        sandbox.run_well(f"{command} {number} 'fiftyone{specifier}'")
        assert [path.name for path in (sandbox.directory / str(number)).iterdir()] == [
            f"fiftyone-{NEWEST}-py3-none-any.whl"
        ]
    for specifier in ("===1.22.1", ">1.22.1"):
        assert "No matching distribution found" in sandbox.run_badly(f"{command} none 'fiftyone{specifier}'")


def test_what_the_guide_forbids_does_install_the_malicious_one(rig: Rig, sandbox: Sandbox) -> None:
    sandbox.make_environment("pip")
    sandbox.run_well(
        f"pip install --index-url ${{PUBLIC}} --extra-index-url https://${{TOKEN}}@{rig.host} fiftyone"
    )
    assert sandbox.origin() == "malicious"
