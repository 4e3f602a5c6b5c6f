from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.dropin.packaging import archive
from safelight.dropin.packaging.archive import Member, read_archive, write_archive
from safelight.errors import BuildError

NAMES = st.text(st.characters(blacklist_characters="\\\0", blacklist_categories=["Cs"]), min_size=1).filter(
    lambda name: not name.endswith("/")
)


@given(files=st.dictionaries(NAMES, st.binary(max_size=200), max_size=5))
def test_what_is_written_can_be_read_by_us_and_by_zipfile(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    file = tmp_path_factory.mktemp("archive") / "a.zip"
    write_archive(file, [Member.of(name, content) for name, content in files.items()])
    assert {name: member.content() for name, member in read_archive(file).items()} == files
    with zipfile.ZipFile(file) as other:
        assert other.testzip() is None
        assert [info.filename for info in other.infolist()] == list(files)


def test_compressed_members_are_copied_as_they_are(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as source:
        source.writestr("large.txt", "safelight " * 10_000)
    members = read_archive(tmp_path / "in.zip")
    write_archive(tmp_path / "out.zip", members.values())
    assert read_archive(tmp_path / "out.zip") == members
    assert (tmp_path / "out.zip").stat().st_size < 5_000


def test_bytes_do_not_depend_on_dates_and_modes_of_the_source(tmp_path: Path) -> None:
    for name, year, mode in (("one", 1999, 0o100600), ("two", 2024, 0o100664)):
        info = zipfile.ZipInfo("file", (year, 1, 1, 1, 1, 0))
        info.external_attr = mode << 16
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as source:
            source.writestr(info, b"content")
        write_archive(tmp_path / f"{name}.out", read_archive(tmp_path / f"{name}.zip").values())
    assert (tmp_path / "one.out").read_bytes() == (tmp_path / "two.out").read_bytes()


def test_executable_files_stay_executable(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("tool")
    info.external_attr = 0o100755 << 16
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as source:
        source.writestr(info, b"#!/bin/sh\n")
    write_archive(tmp_path / "out.zip", read_archive(tmp_path / "in.zip").values())
    with zipfile.ZipFile(tmp_path / "out.zip") as result:
        assert result.getinfo("tool").external_attr >> 16 == 0o100755


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.zip"
    write_archive(file, [Member.of("old", b"old")])
    before = file.read_bytes()
    monkeypatch.setattr(archive, "_MEMBER_LIMIT", 0)
    with pytest.raises(BuildError, match="too large"):
        write_archive(file, [Member.of("new", b"new")])
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    assert file.read_bytes() == before


@pytest.mark.parametrize("position", [30, 60])
def test_damage_is_noticed(tmp_path: Path, position: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as source:
        source.writestr("f", bytes(range(256)) * 4)
    damaged = bytearray((tmp_path / "a.zip").read_bytes())
    damaged[position + 1] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(damaged)
    with pytest.raises(BuildError, match="damaged"):
        read_archive(tmp_path / "a.zip")["f"].content()


def test_other_compression_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_BZIP2) as source:
        source.writestr("f", b"content")
    with pytest.raises(BuildError, match="other means"):
        read_archive(tmp_path / "a.zip")


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("<html>404</html>")
    with pytest.raises(BuildError, match="not a zip file"):
        read_archive(tmp_path / "a.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as source:
        source.writestr("same", "one")
        source.writestr("same", "two")
    with pytest.raises(BuildError, match="one name"):
        read_archive(tmp_path / "a.zip")
