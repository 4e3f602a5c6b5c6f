"""`compare.py` finds exactly the tests that pass with stock and not with ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import MongoDB
from upstream.outcomes import Comparison, read_outcomes

_SUITE = """
import os, pytest
ours = not os.environ.get("SAFELIGHT_DISABLE")
def test_same(): pass
def test_old(): assert False
def test_skipped(): pytest.skip("always")
def test_lost(): assert not {lost}
"""


def _compare(
    tests: Path, directory: Path, mongodb: MongoDB, *options: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "upstream.compare",
            str(tests),
            "--rounds=1",
            f"--directory={directory / 'out'}",
            *options,
        ],
        env=os.environ | {"FIFTYONE_DATABASE_URI": mongodb.uri, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("lost", "status"), [("ours", 1), ("False", 0)])
def test_comparison_of_a_suite(lost: str, status: int, tmp_path: Path, mongodb: MongoDB) -> None:
    (tmp_path / "some_tests.py").write_text(_SUITE.format(lost=lost))
    done = _compare(tmp_path, tmp_path, mongodb)
    assert done.returncode == status, done.stderr
    assert f"2 of 4 tests pass with stock; {status} are lost." in done.stdout
    assert ("LOST some_tests::test_lost: failed" in done.stdout) == bool(status)


def test_patches_can_be_switched_off_one_by_one(tmp_path: Path, mongodb: MongoDB) -> None:
    (tmp_path / "some_tests.py").write_text(
        "import os\ndef test_it(): assert os.environ.get('SAFELIGHT_DISABLE_PATCHES') != 'imports'"
    )
    done = _compare(tmp_path, tmp_path, mongodb, "--off=imports", "--off=reloading")
    assert done.returncode == 1
    assert "ours: 1 of 1 tests pass with stock; 0 are lost." in done.stdout
    assert "without imports: 1 of 1 tests pass with stock; 1 are lost." in done.stdout
    assert "without reloading: 1 of 1 tests pass with stock; 0 are lost." in done.stdout


def test_one_file_can_be_compared(tmp_path: Path, mongodb: MongoDB) -> None:
    tests = tmp_path / "some_tests.py"
    tests.write_text(_SUITE.format(lost="ours"))
    assert "LOST some_tests::test_lost: failed" in _compare(tests, tmp_path, mongodb).stdout


def test_what_follows_two_dashes_is_for_pytest(tmp_path: Path, mongodb: MongoDB) -> None:
    (tmp_path / "some_tests.py").write_text(_SUITE.format(lost="ours"))
    done = _compare(tmp_path, tmp_path, mongodb, "--", "-k", "same")
    assert "1 of 1 tests pass with stock; 0 are lost." in done.stdout, done.stderr


def test_a_module_that_cannot_be_imported_hides_no_other(tmp_path: Path, mongodb: MongoDB) -> None:
    (tmp_path / "some_tests.py").write_text("def test_it(): pass")
    (tmp_path / "other_tests.py").write_text("import nothing_of_this_name")
    done = _compare(tmp_path, tmp_path, mongodb)
    assert "1 of 2 tests pass with stock; 0 are lost." in done.stdout, done.stderr


def test_a_run_that_cannot_start_is_no_success(tmp_path: Path, mongodb: MongoDB) -> None:
    (tmp_path / "some_tests.py").write_text("import no_such_package")
    assert _compare(tmp_path, tmp_path, mongodb).returncode == 2


def test_tests_that_ours_does_not_reach_are_lost() -> None:
    comparison = Comparison(stock=[{"a": "passed", "b": "passed"}], ours=[{"a": "passed"}])
    assert comparison.lost == {"b": ["not run"]}


def test_tests_that_are_unsteady_with_stock_do_not_count() -> None:
    comparison = Comparison(stock=[{"a": "passed"}, {"a": "failed"}], ours=[{"a": "failed"}])
    assert comparison.lost == {}
    assert comparison.unsteady == ["a"]


def test_a_report_that_was_not_written_has_no_outcomes(tmp_path: Path) -> None:
    assert read_outcomes(tmp_path / "missing.xml") == {}


def test_an_api_connection_is_compared_too(tmp_path: Path, mongodb: MongoDB) -> None:
    (tmp_path / "some_tests.py").write_text(
        "import fiftyone as fo, pytest\n"
        "def test_works(): fo.Dataset().add_sample(fo.Sample('a.jpg'))\n"
        "def test_is_direct(): assert not getattr(fo.config, 'api_uri', None)"
    )
    done = _compare(tmp_path, tmp_path, mongodb, "--api")
    assert "ours: 2 of 2 tests pass with stock; 0 are lost." in done.stdout, done.stderr
    assert "LOST some_tests::test_is_direct: failed\nthrough the API: 2 of 2" in done.stdout
    assert done.returncode == 1
