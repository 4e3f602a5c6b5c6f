"""What an uploaded file must be."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from safelight_index import rules
from safelight_index.errors import InvalidDistributionError
from safelight_index.inspection import inspect
from support.index_wheels import make_sdist, make_wheel


def test_a_good_wheel_is_described(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0+local.2", requires_python=">=3.8")
    found = inspect(wheel, wheel.name)
    assert (found.project, str(found.version), found.requires_python) == ("acme", "1.0+local.2", ">=3.8")
    assert found.metadata is not None
    assert found.metadata.startswith(b"Metadata-Version: 2.1\nName: acme\n")


def test_a_good_source_distribution_is_described(tmp_path: Path) -> None:
    sdist = make_sdist(tmp_path, "acme_tools", "1.0")
    found = inspect(sdist, sdist.name)
    assert (found.project, str(found.version), found.metadata) == ("acme-tools", "1.0", None)


def test_a_newer_metadata_version_is_no_reason_to_refuse(tmp_path: Path) -> None:
    sdist = make_sdist(
        tmp_path, "acme", "1.0", pkg_info="Metadata-Version: 9.9\nName: acme\nVersion: 1.0\nNew-Field: x\n"
    )
    assert inspect(sdist, sdist.name).project == "acme"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"acme/__init__.py": "tampered = True\n"}, "RECORD does not fit"),
        ({"acme/extra.py": "smuggled = True\n"}, "RECORD does not fit"),
        ({"acme-1.0.dist-info/RECORD": None}, "RECORD"),
        ({"acme-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"}, "RECORD"),
        ({"../evil.py": "escaped = True\n"}, "would be written outside"),
        ({"/etc/evil.py": "escaped = True\n"}, "would be written outside"),
        ({"other-1.0.dist-info/METADATA": "x"}, "exactly one .dist-info"),
    ],
)
def test_a_wheel_whose_parts_disagree_is_refused(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0", changes=changes)
    with pytest.raises(InvalidDistributionError, match=message):
        inspect(wheel, wheel.name)


@pytest.mark.parametrize(
    "filename",
    [
        "other-1.0-py3-none-any.whl",
        "acme-2.0-py3-none-any.whl",
        "acme-1.0.whl",
        "acme-1.0-py3-none-any.zip",
        "acme-1.0-py3-none-any.whl.exe",
        "../acme-1.0-py3-none-any.whl",
        "acme-1.0-py3-none-any.whl\n",
        "acme 1.0.whl",
        "",
    ],
)
def test_a_name_that_does_not_fit_the_bytes_is_refused(tmp_path: Path, filename: str) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0")
    with pytest.raises(InvalidDistributionError):
        inspect(wheel, filename)


@pytest.mark.parametrize("filename", ["acme-1.0-py3-none-any.whl", "acme-1.0.tar.gz"])
@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04", b"\x1f\x8b\x08\x00broken"])
def test_bytes_that_are_no_archive_are_refused(tmp_path: Path, filename: str, content: bytes) -> None:
    path = tmp_path / "staged"
    path.write_bytes(content)
    with pytest.raises(InvalidDistributionError):
        inspect(path, filename)


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_truncated_wheel_is_refused(tmp_path: Path, keep: float) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0", content="x = 1\n" * 1000)
    wheel.write_bytes(wheel.read_bytes()[: int(wheel.stat().st_size * keep)])
    with pytest.raises(InvalidDistributionError):
        inspect(wheel, wheel.name)


def test_a_wheel_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight_index.inspection._MAX_UNPACKED", 1000)
    wheel = make_wheel(tmp_path, "acme", "1.0", content="#" * 2000)
    with pytest.raises(InvalidDistributionError, match="unpacks to more"):
        inspect(wheel, wheel.name)


def test_a_source_distribution_without_its_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "acme-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("acme-1.0/setup.py"), io.BytesIO())
    with pytest.raises(InvalidDistributionError, match="PKG-INFO is missing"):
        inspect(path, path.name)


@pytest.mark.parametrize("version", ["1.22.1+safelight.1", "1.22.1+safelight.10", "1.22.1.post1+safelight.2"])
def test_builds_of_the_drop_in_follow_the_version_rule(tmp_path: Path, version: str) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", version)
    rules.check(inspect(wheel, wheel.name), wheel.name)


@pytest.mark.parametrize(
    "version",
    [
        "1.22.1",
        "1.22.1+safelight",
        "1.22.1+safelight.0",
        "1.22.1+rc.1",
        "1.22.1rc1+safelight.1",
        "99+safelight.1",
    ],
)
def test_stock_versions_and_other_labels_of_the_drop_in_are_refused(tmp_path: Path, version: str) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", version)
    with pytest.raises(InvalidDistributionError, match=r"X\.Y\.Z\+safelight\.N"):
        rules.check(inspect(wheel, wheel.name), wheel.name)


@pytest.mark.parametrize(
    "filename",
    [
        "fiftyone-1.22.1+safelight.1-cp311-cp311-linux_x86_64.whl",
        "fiftyone-1.22.1+safelight.1-7-py3-none-any.whl",
        "fiftyone-1.22.1+SafeLight.1-py3-none-any.whl",
        "FiftyOne-1.22.1+safelight.1-py3-none-any.whl",
    ],
)
def test_a_build_of_the_drop_in_has_one_name(tmp_path: Path, filename: str) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1", filename=filename)
    with pytest.raises(
        InvalidDistributionError, match=r"fiftyone-1\.22\.1\+safelight\.1-py3-none-any\.whl, not as"
    ):
        rules.check(inspect(wheel, filename), filename)


def test_the_rule_is_the_drop_in_s_alone(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0", tag="cp311-cp311-linux_x86_64")
    rules.check(inspect(wheel, wheel.name), wheel.name)


def test_an_encrypted_wheel_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0")
    content = bytearray(wheel.read_bytes())
    with zipfile.ZipFile(wheel) as archive:
        first = archive.infolist()[0].header_offset
    content[first + 6] |= 1  # the flag of the local header
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    wheel.write_bytes(content)
    with pytest.raises(InvalidDistributionError, match="damaged"):
        inspect(wheel, wheel.name)
