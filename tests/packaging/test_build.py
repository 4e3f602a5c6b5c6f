from __future__ import annotations

import ast
import json
import zipfile
from importlib import metadata
from pathlib import Path

import installer.sources
import pytest
from packaging.metadata import Metadata

from safelight.dropin.packaging import payload, releases
from safelight.dropin.packaging.build import build_fiftyone
from safelight.errors import BuildError
from support.wheels import MakeUpstream


def read(file: Path, name: str) -> str:
    with zipfile.ZipFile(file) as wheel:
        return wheel.read(name).decode()


DIST_INFO = "fiftyone-1.22.9+safelight.3.dist-info"


@pytest.fixture
def built(make_upstream: MakeUpstream, tmp_path: Path) -> Path:
    return build_fiftyone(upstream_wheel=make_upstream(), build=3, output=tmp_path / "out").file


def test_name_version_and_record(built: Path) -> None:
    assert built.name == "fiftyone-1.22.9+safelight.3-py3-none-any.whl"
    with installer.sources.WheelFile.open(built) as wheel:
        wheel.validate_record(validate_contents=True)
    parsed = Metadata.from_email(read(built, f"{DIST_INFO}/METADATA"), validate=True)
    assert parsed.name == "fiftyone"
    assert str(parsed.version) == "1.22.9+safelight.3"
    assert parsed.metadata_version == "2.2"


def test_our_requirements_are_the_wheel_s(built: Path) -> None:
    parsed = Metadata.from_email(read(built, f"{DIST_INFO}/METADATA"), validate=True)
    names = {requirement.name.lower() for requirement in parsed.requires_dist or []}
    ours = {text.split(" ")[0].split(">")[0].lower() for text in metadata.requires("safelight") or []}
    assert ours
    assert ours <= names


def test_the_activation_line_comes_before_any_import_and_nothing_else_changes(
    built: Path, make_upstream: MakeUpstream
) -> None:
    stock = read(make_upstream(), "fiftyone/__init__.py").splitlines()
    ours = read(built, "fiftyone/__init__.py").splitlines()
    [added] = [line for line in ours if line not in stock]
    assert added.startswith(payload.ACTIVATION)
    assert [line for line in ours if line != added] == stock
    assert ours.index(added) < ours.index("import logging")
    assert ast.get_docstring(ast.parse("\n".join(ours)))


def test_everything_else_of_upstream_keeps_its_bytes(built: Path, make_upstream: MakeUpstream) -> None:
    assert read(built, "fiftyone/constants.py") == read(make_upstream(), "fiftyone/constants.py")
    assert read(built, f"{DIST_INFO}/licenses/LICENSE") == "Apache License\n"


def test_commands_and_top_level_packages(built: Path) -> None:
    assert read(built, f"{DIST_INFO}/entry_points.txt").splitlines() == [
        "[console_scripts]",
        "safelight = safelight.cli:main",
        "fiftyone = fiftyone.core.cli:main",
    ]
    assert read(built, f"{DIST_INFO}/top_level.txt").split() == ["fiftyone", "plugins", "safelight"]


def test_the_management_sdk_lies_inside_fiftyone(built: Path) -> None:
    assert "from safelight.management.users import *" in read(built, "fiftyone/management/users.py")
    assert "follow(fo.config)" in read(built, "fiftyone/management/__init__.py")


def test_the_whole_package_is_inside_without_what_python_generates(built: Path) -> None:
    with zipfile.ZipFile(built) as wheel:
        names = [name for name in wheel.namelist() if name.startswith("safelight/")]
    assert "safelight/py.typed" in names
    assert "safelight/dropin/activation.py" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_manifest_says_what_it_was_made_from(built: Path, make_upstream: MakeUpstream) -> None:
    manifest = json.loads(read(built, f"{DIST_INFO}/safelight.json"))
    assert manifest["build"] == 3
    assert manifest["upstream"]["sha256"] == releases.sha256_of(make_upstream())
    assert manifest["safelight"]["version"] == metadata.version("safelight")


def test_twice_gives_the_same_bytes(make_upstream: MakeUpstream, tmp_path: Path) -> None:
    first = build_fiftyone(upstream_wheel=make_upstream(), output=tmp_path / "one")
    second = build_fiftyone(upstream_wheel=make_upstream(), output=tmp_path / "two")
    assert first.sha256 == second.sha256 == releases.sha256_of(second.file)


def test_the_plain_twin_has_upstream_s_version(make_upstream: MakeUpstream, tmp_path: Path) -> None:
    built = build_fiftyone(upstream_wheel=make_upstream(), output=tmp_path / "out", plain=True)
    assert built.file.name == "fiftyone-1.22.9-py3-none-any.whl"
    assert "\nVersion: 1.22.9\n" in read(built.file, "fiftyone-1.22.9.dist-info/METADATA")
    assert json.loads(read(built.file, "fiftyone-1.22.9.dist-info/safelight.json"))["build"] == 1


def test_versions_that_lack_a_requirement_get_it(make_upstream: MakeUpstream, tmp_path: Path) -> None:
    built = build_fiftyone(upstream_wheel=make_upstream("1.20.9"), output=tmp_path / "out")
    text = read(built.file, "fiftyone-1.20.9+safelight.1.dist-info/METADATA")
    assert "\nRequires-Dist: graphql-core<3.3,>=3.2\n" in text


def test_progress_names_what_does_not_fit(make_upstream: MakeUpstream, tmp_path: Path) -> None:
    said: list[str] = []
    built = build_fiftyone(
        upstream_wheel=make_upstream("1.99.0"),
        output=tmp_path / "out",
        report=lambda heading, text: said.append(f"{heading} {text}"),
    )
    assert any("not with 1.99.0" in line for line in said)
    for misfit in built.misfits:
        assert any(misfit.target.name in line for line in said)
    assert "NOT PINNED" in "\n".join(said)


class TestRefusals:
    def test_a_changed_wheel_of_a_pinned_version(self, make_upstream: MakeUpstream) -> None:
        with pytest.raises(BuildError, match=r"not the wheel that upstream published as 1\.22\.1"):
            build_fiftyone(upstream_wheel=make_upstream("1.22.1"))

    def test_another_version_than_asked_for(self, make_upstream: MakeUpstream) -> None:
        with pytest.raises(BuildError, match=r"is not fiftyone 1\.22\.8"):
            build_fiftyone("1.22.8", upstream_wheel=make_upstream("1.22.9"))

    def test_our_own_wheel(self, built: Path, make_upstream: MakeUpstream, tmp_path: Path) -> None:
        with pytest.raises(BuildError, match="give upstream's own"):
            build_fiftyone(upstream_wheel=built)
        twin = build_fiftyone(upstream_wheel=make_upstream(), output=tmp_path / "twin", plain=True)
        with pytest.raises(BuildError, match="give upstream's own"):
            build_fiftyone(upstream_wheel=twin.file, output=tmp_path / "again")

    def test_another_distribution(self, make_upstream: MakeUpstream) -> None:
        wheel = make_upstream(changes={"DIST_INFO/METADATA": "Name: other\nVersion: 1.22.9\n\n"})
        with pytest.raises(BuildError, match="not a wheel of fiftyone"):
            build_fiftyone(upstream_wheel=wheel)

    def test_a_platform_wheel(self, make_upstream: MakeUpstream) -> None:
        with pytest.raises(BuildError, match="py3-none-any"):
            build_fiftyone(upstream_wheel=make_upstream(tag="cp311-cp311-linux_x86_64"))

    def test_a_build_number_below_one(self, make_upstream: MakeUpstream) -> None:
        with pytest.raises(BuildError, match="begins at 1"):
            build_fiftyone(upstream_wheel=make_upstream(), build=0)

    def test_a_version_that_no_index_has(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
        with pytest.raises(BuildError, match=r"could not download fiftyone 1\.22\.7"):
            build_fiftyone("1.22.7")

    def test_a_safelight_whose_requirements_nobody_knows(
        self, make_upstream: MakeUpstream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("safelight.__version__", "9.9.9")
        with pytest.raises(BuildError, match="install it again"):
            build_fiftyone(upstream_wheel=make_upstream())

        def missing(name: str) -> None:
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr("importlib.metadata.distribution", missing)
        with pytest.raises(BuildError, match="not installed here"):
            build_fiftyone(upstream_wheel=make_upstream())

    def test_no_pip_anywhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr("importlib.metadata.distributions", lambda **_name: [])
        with pytest.raises(BuildError, match="--upstream-wheel"):
            build_fiftyone("1.22.1")


class TestActivationLine:
    def test_future_imports_stay_first(self) -> None:
        source = '"""Doc."""\nfrom __future__ import annotations\nimport os\n'
        lines = payload.with_activation(source, "note").splitlines()
        assert lines[2] == f"{payload.ACTIVATION}  # note"

    def test_without_a_docstring_it_is_the_first_line(self) -> None:
        assert payload.with_activation("import os\n", "note").startswith(payload.ACTIVATION)

    def test_an_empty_module_is_refused(self) -> None:
        with pytest.raises(BuildError, match="no statements"):
            payload.with_activation('"""Doc."""\n', "note")
