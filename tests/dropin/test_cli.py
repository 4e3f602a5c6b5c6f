from __future__ import annotations

import json
from pathlib import Path

import pytest

from safelight import __version__
from safelight.cli import main
from safelight.cli.commands import ALL
from safelight.dropin import targets, versions
from safelight.dropin.packaging.archive import Member
from safelight.dropin.packaging.wheel import Wheel


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    for entry in ALL:
        assert entry.name in out
        assert entry.summary.split()[0] in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"safelight {__version__}\n"


def test_a_command_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "required: COMMAND" in capsys.readouterr().err


def test_our_errors_are_one_message_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "build-fiftyone", "--upstream-wheel", "fiftyone-1.22.1-py3-none-any.whl")
    assert status == 1
    assert err == "safelight: there is no file fiftyone-1.22.1-py3-none-any.whl\n"
    assert out == ""


def test_an_interrupted_command_ends_quietly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("safelight.dropin.packaging.build.build_fiftyone", interrupt)
    assert run(capsys, "build-fiftyone")[0] == 130


class TestSeams:
    def test_text_names_every_patch_and_target(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, err = run(capsys, "seams")
        assert status == 0
        for patch in targets.ALL:
            assert f"{patch.name}: {patch.summary}" in out
            assert all(target.name in out for target in patch.seams)
        assert "seams fit (tested with" in err

    def test_json_is_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = json.loads(run(capsys, "seams", "--json")[1])
        assert len(rows) == sum(len(patch.seams) for patch in targets.ALL)
        assert {row["problem"] for row in rows} == {None}

    def test_a_wheel_that_does_not_fit_is_told_and_fails(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        wheel = Wheel(
            "fiftyone",
            versions.NEWEST,
            "py3-none-any",
            {"fiftyone/__init__.py": Member.of("fiftyone/__init__.py", b"")},
        )
        status, out, err = run(capsys, "seams", "--wheel", str(wheel.write(tmp_path)))
        assert status == 1
        assert "!!" in out
        assert err.startswith(f"FiftyOne {versions.NEWEST}: ")

    def test_a_wheel_that_is_not_there_is_told(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        missing = tmp_path / "fiftyone-1.22.1-py3-none-any.whl"
        status, out, err = run(capsys, "seams", "--wheel", str(missing))
        assert (status, out, err) == (1, "", f"safelight: there is no file {missing}\n")

    def test_markdown_has_a_table_for_each_patch(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "seams", "--markdown")[1]
        assert out.count("| target | why | upstream |") == len(targets.ALL)


def test_build_says_what_it_does(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _err = run(
        capsys, "build-fiftyone", "--upstream-wheel", str(_upstream(tmp_path)), "--output", str(tmp_path)
    )
    assert status == 0
    for heading in ("Upstream", "Seams", "Added", "Changed", "Wrote", "Install"):
        assert f"\n{heading}" in f"\n{out}"


def _upstream(directory: Path) -> Path:
    files = {
        "fiftyone/__init__.py": "import os\n",
        "fiftyone-1.22.9.dist-info/METADATA": "Metadata-Version: 2.4\nName: fiftyone\nVersion: 1.22.9\n\n",
        "fiftyone-1.22.9.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "fiftyone-1.22.9.dist-info/entry_points.txt": "[console_scripts]\nfiftyone = x:main\n",
        "fiftyone-1.22.9.dist-info/top_level.txt": "fiftyone\n",
    }
    members = {name: Member.of(name, text.encode()) for name, text in files.items()}
    return Wheel("fiftyone", "1.22.9", "py3-none-any", members).write(directory / "upstream")
