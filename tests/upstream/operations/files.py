"""`fiftyone.core.storage` on local files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import fiftyone.core.storage as fos

from upstream.bench import Bench
from upstream.recording import attempt, operation, operation_for


def _tree(bench: Bench) -> Path:
    root = bench.directory / "tree"
    for name in (
        "a.txt",
        "b.jpg",
        "sub/c.txt",
        "sub/deep/d.txt",
        ".hidden.txt",
        "sub/.h/e.txt",
        "sp ace/é.txt",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (root / "empty").mkdir()
    return root


@operation_for({mode: mode for mode in ("w", "wb", "a", "r+", "x")})
def open_file(bench: Bench, mode: str) -> Any:
    path = _tree(bench) / "a.txt"
    with fos.open_file(str(path), mode) as stream:
        stream.write(b"new" if "b" in mode else "new")
    return path.read_text()


@operation
def open_file_that_is_missing(bench: Bench) -> Any:
    return fos.open_file(str(bench.directory / "missing.txt"))


@operation
def open_files(bench: Bench) -> Any:
    root = _tree(bench)
    with fos.open_files([str(root / "a.txt"), str(root / "sub/c.txt")]) as streams:
        return [stream.read() for stream in streams]


@operation
def read_files(bench: Bench) -> Any:
    root = _tree(bench)
    return fos.read_files([str(root / "a.txt"), str(root / "sub/c.txt")], binary=True, progress=False)


@operation_for({"text": ("text", False), "bytes": (b"bytes", True)})
def write_and_read_file(bench: Bench, case: tuple[str | bytes, bool]) -> Any:
    content, binary = case
    path = str(bench.directory / "new" / "directory" / "file")
    fos.write_file(content, path)
    return [fos.read_file(path, binary=binary), fos.get_file_size(path)]


@operation
def open_ranged(bench: Bench) -> Any:
    stream = fos.open_ranged(str(_tree(bench) / "a.txt"))
    return [type(stream).__name__, stream.release()]


_SERIALIZERS: Final[dict[str, tuple[Callable[..., Any], Callable[..., Any], Any]]] = {
    "json": (fos.write_json, fos.read_json, {"a": [1, None, "é"]}),
    "ndjson": (fos.write_ndjson, fos.read_ndjson, [{"a": 1}, {"b": 2}]),
    "yaml": (fos.write_yaml, fos.read_yaml, {"a": [1, None, "é"]}),
}


@operation_for(_SERIALIZERS)
def serialize(bench: Bench, case: tuple[Callable[..., Any], Callable[..., Any], Any]) -> Any:
    write, read, value = case
    path = str(bench.directory / "new" / "file.json")
    write(value, path)
    return [read(path), attempt(read, path + ".missing")]


@operation
def load_json(bench: Bench) -> Any:
    path = bench.directory / "x.json"
    path.write_text('{"a": 1}')
    return [fos.load_json(str(path)), fos.load_json('{"a": 2}'), attempt(fos.load_json, "nothing")]


@operation_for(
    {
        "flat": {},
        "recursive": {"recursive": True},
        "absolute": {"abs_paths": True, "recursive": True},
        "hidden": {"include_hidden_files": True, "recursive": True},
        "unsorted": {"sort": False, "recursive": True},
    }
)
def list_files(bench: Bench, options: dict[str, bool]) -> Any:
    found = fos.list_files(str(_tree(bench)), **options)
    return found if options.get("sort", True) else sorted(found)


@operation
def list_files_with_metadata(bench: Bench) -> Any:
    listed = fos.list_files(str(_tree(bench)), return_metadata=True, recursive=True)
    return [{key: item[key] for key in sorted(item) if key != "last_modified"} for item in listed]


@operation
def list_what_is_missing(bench: Bench) -> Any:
    missing = str(bench.directory / "missing")
    return [attempt(fos.list_files, missing), attempt(fos.list_subdirs, missing)]


@operation_for({"flat": {}, "recursive": {"recursive": True}, "absolute": {"abs_paths": True}})
def list_subdirs(bench: Bench, options: dict[str, bool]) -> Any:
    return fos.list_subdirs(str(_tree(bench)), **options)


@operation
def list_stores(_: Bench) -> Any:
    local = fos.FileSystem.LOCAL
    return [
        local in fos.list_available_file_systems(),
        attempt(fos.list_buckets, local, abs_paths=True),
    ]


@operation_for({pattern: pattern for pattern in ("*.txt", "**/*.txt", "sub/*", "none*", "[ab].*")})
def glob(bench: Bench, pattern: str) -> Any:
    return sorted(fos.get_glob_matches(str(_tree(bench) / pattern)))


@operation_for({function.__name__: function for function in (fos.copy_file, fos.move_file)})
def transfer_file(bench: Bench, function: Callable[[str, str], None]) -> Any:
    root = _tree(bench)
    function(str(root / "a.txt"), str(root / "new" / "a.txt"))
    function(str(root / "b.jpg"), str(root / "sub" / "c.txt"))
    return attempt(function, str(root / "missing"), str(root / "x"))


@operation_for({function.__name__: function for function in (fos.copy_files, fos.move_files)})
def transfer_files(bench: Bench, function: Callable[..., None]) -> Any:
    root = _tree(bench)
    names = ["a.txt", "sub/c.txt"]
    function(
        [str(root / name) for name in names], [str(root / "new" / name) for name in names], progress=False
    )
    return attempt(function, [str(root / "missing")], [str(root / "x")], skip_failures=True)


@operation_for(
    {
        "copy": (fos.copy_dir, {}),
        "copy over": (fos.copy_dir, {"overwrite": True}),
        "move": (fos.move_dir, {}),
        "move over": (fos.move_dir, {"overwrite": True}),
    }
)
def transfer_directory(bench: Bench, case: tuple[Callable[..., None], dict[str, bool]]) -> Any:
    function, options = case
    root = _tree(bench)
    (bench.directory / "target").mkdir()
    (bench.directory / "target" / "old.txt").write_text("old")
    return attempt(function, str(root), str(bench.directory / "target"), progress=False, **options)


@operation
def delete(bench: Bench) -> Any:
    root = _tree(bench)
    fos.delete_file(str(root / "a.txt"))
    fos.delete_files([str(root / "b.jpg")], progress=False)
    fos.delete_dir(str(root / "sub"))
    missing = str(root / "missing")
    return [attempt(fos.delete_file, missing), attempt(fos.delete_dir, missing)]


@operation
def delete_the_last_file(bench: Bench) -> Any:
    fos.delete_file(str(_tree(bench) / "sub" / "deep" / "d.txt"))
    return sorted(path.name for path in (bench.directory / "tree" / "sub").iterdir())


@operation
def ensure_directories(bench: Bench) -> Any:
    fos.ensure_dir(str(bench.directory / "one" / "two"))
    fos.ensure_basedir(str(bench.directory / "three" / "file.txt"))
    root = _tree(bench)
    refused = attempt(fos.ensure_empty_dir, str(root))
    fos.ensure_empty_dir(str(root / "sub"), cleanup=True)
    return [refused, sorted(path.name for path in bench.directory.rglob("*"))]


@operation
def temporary_directories(bench: Bench) -> Any:
    made = Path(fos.make_temp_dir(basedir=str(bench.directory)))
    with fos.TempDir(basedir=str(bench.directory)) as inside:
        during = Path(inside).is_dir()
    return [made.is_dir(), made.parent == bench.directory, during, Path(inside).exists()]


@operation_for({suffix: suffix for suffix in (".zip", ".tar", ".tar.gz")})
def archive(bench: Bench, suffix: str) -> Any:
    target = str(bench.directory / f"x{suffix}")
    fos.make_archive(str(_tree(bench)), target)
    fos.extract_archive(target, outdir=str(bench.directory / "out"), cleanup=True)


@operation
def run_tasks(_: Bench) -> Any:
    return [fos.run(abs, [-1, -2], progress=False), fos.run(abs, [-1], return_results=False, num_workers=2)]
