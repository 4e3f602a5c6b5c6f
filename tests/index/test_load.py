"""The read path costs the same at any number of files."""

from __future__ import annotations

import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

from support.index_server import RunningIndex, index_program
from support.index_wheels import make_wheel

ROUNDS = 150


def fill(index: RunningIndex, wheel: Path, projects: int) -> None:
    """Enter ten files for each of many projects; the bytes are those of one wheel."""
    (file,) = index.publish(wheel)
    row = (
        "SELECT ?, ?, version, sha256, size, uploaded_at, uploaded_by, requires_python, metadata_sha256,"
        " yanked, 1, ?"
    )
    with closing(sqlite3.connect(index.state_dir / "index.sqlite")) as connection, connection:
        connection.execute("UPDATE revision SET value = value + 1")
        (revision,) = connection.execute("SELECT value FROM revision").fetchone()
        names = (
            (f"bulk{n // 10}-1.{n % 10}-py3-none-any.whl", f"bulk{n // 10}") for n in range(projects * 10)
        )
        connection.executemany(
            f"INSERT INTO files {row} FROM files WHERE filename = '{file.filename}'",
            ((filename, project, revision) for filename, project in names),
        )


def median_times(index: RunningIndex, projects: int) -> dict[str, float]:
    """Median seconds of a listing and of a download."""
    times: dict[str, list[float]] = {"listing": [], "download": []}
    with index.client(index.token()) as client:
        for n in range(ROUNDS):
            name = f"bulk{n * 7 % projects}"
            for kind, path in (
                ("listing", f"/simple/{name}/"),
                ("download", f"/packages/{name}-1.3-py3-none-any.whl"),
            ):
                started = time.perf_counter()
                assert client.get(path).status_code == 200, path
                times[kind].append(time.perf_counter() - started)
    return {kind: statistics.median(values) for kind, values in times.items()}


def test_ten_thousand_files_are_as_fast_as_ten(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0")
    results = []
    for projects in (1, 1000):
        with index_program(tmp_path / f"state{projects}", fallback="off") as index:
            fill(index, wheel, projects)
            with closing(sqlite3.connect(index.state_dir / "index.sqlite")) as connection, connection:
                connection.execute(
                    "INSERT INTO private_names SELECT 'bulk*', 0, 'tests', value FROM revision"
                )
            results.append(median_times(index, projects))
    small, large = results
    for kind in small:
        # Stock pypiserver is 100 times slower then. Twice leaves room for a busy machine.
        assert large[kind] < 2 * small[kind] + 0.002, (kind, small, large)
