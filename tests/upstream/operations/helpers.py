"""ETA's own helpers, which FiftyOne's code calls far more often than its storage module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import eta.core.serial as etas
import eta.core.utils as etau

from upstream.bench import Bench
from upstream.recording import attempt, operation, operation_for


def _tree(bench: Bench) -> Path:
    root = bench.directory / "tree"
    for name in ("a.txt", "b.jpg", "sub/c.txt", "sub/deep/d.txt", ".hidden.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@operation_for({f.__name__: f for f in (etau.copy_file, etau.move_file, etau.link_file, etau.symlink_file)})
def transfer_file(bench: Bench, function: Callable[..., None]) -> Any:
    root = _tree(bench)
    function(str(root / "a.txt"), str(root / "new" / "a.txt"))
    function(str(root / "b.jpg"), str(root / "sub"), check_ext=False)
    return attempt(function, str(root / "b.jpg"), str(root / "b.png"), check_ext=True)


@operation_for({f.__name__: f for f in (etau.copy_dir, etau.move_dir)})
def transfer_directory(bench: Bench, function: Callable[[str, str], None]) -> Any:
    (bench.directory / "target").mkdir()
    return attempt(function, str(_tree(bench)), str(bench.directory / "target"))


@operation_for(
    {
        "flat": {},
        "recursive": {"recursive": True},
        "absolute": {"abs_paths": True},
        "hidden": {"include_hidden_files": True},
    }
)
def list_files(bench: Bench, options: dict[str, bool]) -> Any:
    return etau.list_files(str(_tree(bench)), **options)


@operation
def list_directories(bench: Bench) -> Any:
    root = _tree(bench)
    return [
        etau.list_subdirs(str(root)),
        etau.list_subdirs(str(root), abs_paths=True, recursive=True),
        attempt(etau.list_subdirs, str(root / "missing")),
        attempt(etau.list_files, str(root / "missing")),
        sorted(etau.get_glob_matches(str(root / "*.*"))),
        etau.get_glob_matches(str(root / "none*")),
    ]


@operation
def ensure_directories(bench: Bench) -> Any:
    root = _tree(bench)
    etau.ensure_dir(str(bench.directory / "one" / "two"))
    etau.ensure_basedir(str(bench.directory / "three" / "file.txt"))
    etau.ensure_path(str(bench.directory / "four" / "file.txt"))
    refused = attempt(etau.ensure_empty_dir, str(root))
    etau.ensure_empty_dir(str(root / "sub"), cleanup=True)
    etau.ensure_empty_file(str(root / "empty.txt"))
    return [refused, sorted(path.name for path in bench.directory.rglob("*"))]


@operation
def delete(bench: Bench) -> Any:
    root = _tree(bench)
    etau.delete_file(str(root / "sub" / "deep" / "d.txt"))
    etau.delete_dir(str(root / "sub"))
    missing = str(root / "missing")
    return [attempt(etau.delete_file, missing), attempt(etau.delete_dir, missing)]


@operation_for({"text": "text", "bytes": b"\x00\x01"})
def read_and_write(bench: Bench, content: str | bytes) -> Any:
    path = str(bench.directory / "new" / "file.txt")
    etau.write_file(content, path)
    return [
        etau.read_file(path, binary=isinstance(content, bytes)),
        attempt(etau.read_file, path + "-"),
    ]


@operation
def serialize(bench: Bench) -> Any:
    path = str(bench.directory / "new" / "x.json")
    lines = str(bench.directory / "x.ndjson")
    etas.write_json({"a": [1, None, "é"]}, path, pretty_print=True)
    etas.write_ndjson([{"a": 1}], lines)
    etas.write_ndjson([{"a": 2}], lines, append=True)
    read = [etas.read_json(path), etas.read_ndjson(lines), etas.load_json(path), etas.load_json('{"a": 1}')]
    return [read, etas.load_ndjson(lines), attempt(etas.read_json, "missing.json")]


@operation_for({suffix: suffix for suffix in (".zip", ".tar", ".tar.gz", ".7z")})
def archive(bench: Bench, suffix: str) -> Any:
    target = str(bench.directory / f"x{suffix}")
    made = attempt(etau.make_archive, str(_tree(bench)), target)
    extracted = attempt(etau.extract_archive, target, outdir=str(bench.directory / "out"))
    Path(target).unlink(missing_ok=True)
    return [made, extracted]


@operation
def names(bench: Bench) -> Any:
    root = _tree(bench)
    return [
        attempt(etau.make_unique_path, str(root / "a.txt")),
        attempt(etau.make_unique_path, str(root / "z.txt"), suffix="-1"),
        etau.split_path(str(root / "a.txt"))[-2:],
        etau.has_extension("a.tar.gz", ".tar.gz"),
        attempt(etau.assert_same_extensions, "a.jpg", "b.png"),
    ]


@operation
def temporary_directory(bench: Bench) -> Any:
    with etau.TempDir(basedir=str(bench.directory)) as inside:
        during = Path(inside).is_dir()
    return [during, Path(inside).exists()]
