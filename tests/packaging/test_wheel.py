from __future__ import annotations

from pathlib import Path

import installer.sources
import pytest

from safelight.dropin.packaging.archive import Member, read_archive, write_archive
from safelight.dropin.packaging.wheel import Wheel
from safelight.errors import BuildError
from support.wheels import MakeUpstream


def rewrite(file: Path, **changes: bytes | None) -> None:
    """Change files of a wheel without telling RECORD."""
    members = read_archive(file)
    for name, content in changes.items():
        members.pop(name, None)
        if content is not None:
            members[name] = Member.of(name, content)
    write_archive(file, members.values())


def test_a_written_wheel_satisfies_a_real_installer(make_upstream: MakeUpstream) -> None:
    file = make_upstream()
    with installer.sources.WheelFile.open(file) as wheel:
        wheel.validate_record(validate_contents=True)


def test_reading_and_writing_gives_the_same_bytes(make_upstream: MakeUpstream, tmp_path: Path) -> None:
    file = make_upstream()
    copy = Wheel.read(file).write(tmp_path / "copy")
    assert copy.name == file.name
    assert copy.read_bytes() == file.read_bytes()


def test_the_metadata_directory_comes_last(make_upstream: MakeUpstream) -> None:
    names = list(read_archive(make_upstream()))
    first = next(index for index, name in enumerate(names) if ".dist-info/" in name)
    assert all(".dist-info/" in name for name in names[first:])
    assert names[-1] == "fiftyone-1.22.9.dist-info/RECORD"


RECORD = "fiftyone-1.22.9.dist-info/RECORD"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fiftyone/constants.py": b"VERSION = '2'\n"}, "not the file that RECORD describes"),
        ({"fiftyone/constants.py": None}, "not in the wheel"),
        ({"fiftyone/more.py": b""}, "does not list fiftyone/more.py"),
        ({RECORD: None}, "has no"),
        ({RECORD: b"fiftyone/__init__.py\n"}, "path,hash,size"),
        ({RECORD: b"fiftyone/__init__.py,md5=x,1\n"}, "no hash that the wheel format accepts"),
    ],
)
def test_a_wheel_that_differs_from_its_record_is_refused(
    make_upstream: MakeUpstream, changes: dict[str, bytes | None], reason: str
) -> None:
    file = make_upstream()
    rewrite(file, **changes)
    with pytest.raises(BuildError, match=reason):
        Wheel.read(file)


def test_a_file_with_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="not the name of a wheel"):
        Wheel.read(tmp_path / "fiftyone.tar.gz")
    with pytest.raises(BuildError, match="there is no file"):
        Wheel.read(tmp_path / "fiftyone-1.22.1-py3-none-any.whl")
