"""Functions of paths: each is asked about the same list of local paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import eta.core.utils as etau
import fiftyone.core.media as fom
import fiftyone.core.storage as fos
import fiftyone.core.utils as fou

from upstream.bench import Bench
from upstream.recording import attempt, operation, operation_for

PATHS: Final = (
    "",
    ".",
    "a/b/c.jpg",
    "./a/../b.jpg",
    "a//b/",
    "/abs/olute/file.JPEG",
    "/abs/./x/../y.png",
    "/",
    "~/x.jpg",
    "with space/ünï 100%.jpg",
    "query?versionId=3.jpg",
    "hash#1.mp4",
    "C:\\photos\\x.jpg",
    "back\\slash.png",
    "scene.fo3d",
    "cloud.pcd",
    "noext",
    ".hidden",
    "archive.tar.gz",
    "100%25.tiff",
    "file:///tmp/x.jpg",
    "s3",
    "s3:",
    "http",
)
_ONE_PATH: Final[dict[str, Callable[[str], Any]]] = {
    "normalize_path": fos.normalize_path,
    "normpath": fos.normpath,
    "abspath": fos.abspath,
    "realpath": fos.realpath,
    "isabs": fos.isabs,
    "exists": fos.exists,
    "isfile": fos.isfile,
    "isdir": fos.isdir,
    "is_local": fos.is_local,
    "ensure_local": fos.ensure_local,
    "get_file_system": fos.get_file_system,
    "split_prefix": fos.split_prefix,
    "get_bucket_name": fos.get_bucket_name,
    "sep": fos.sep,
    "get_glob_root": fos.get_glob_root,
    "guess_mime_type": etau.guess_mime_type,
    "get_media_type": fom.get_media_type,
}


@operation_for(_ONE_PATH)
def of_one_path(_: Bench, function: Callable[[str], Any]) -> Any:
    return {path: attempt(function, path) for path in PATHS}


@operation_for(
    {"two": ("b", "c.jpg"), "absolute": ("/b", "c"), "none": (), "up": ("..", "c"), "empty": ("", "")}
)
def join(_: Bench, parts: tuple[str, ...]) -> Any:
    return {path: fos.join(path, *parts) for path in PATHS}


@operation
def commonpath(_: Bench) -> Any:
    pairs = [["/a/b/c", "/a/b/d"], ["a/b", "a/c"], ["/a", "b"], [], ["/a/b"]]
    return [attempt(fos.commonpath, pair) for pair in pairs]


@operation
def safe_relpath(_: Bench) -> Any:
    return {path: attempt(fou.safe_relpath, path, "/abs", default="-") for path in PATHS}


@operation
def wrong_types(_: Bench) -> Any:
    calls = (
        fos.normalize_path,
        fos.normpath,
        fos.isabs,
        fos.exists,
        fos.is_local,
        fos.join,
        fom.get_media_type,
    )
    return [[attempt(call, bad) for bad in (None, 3, b"/x")] for call in calls]


@operation
def unique_names(bench: Bench) -> Any:
    maker = fou.UniqueFilenameMaker(output_dir=str(bench.directory), default_ext=".jpg")
    names = ["/a/x.jpg", "/b/x.jpg", "/a/x.jpg", None, "/c/y z.png", "/c/q?1.png"]
    return [maker.get_output_path(name) for name in names]


@operation
def unique_names_below_a_directory(bench: Bench) -> Any:
    maker = fou.UniqueFilenameMaker(output_dir=str(bench.directory), rel_dir="/data", ignore_exts=True)
    return [maker.get_output_path(name) for name in ("/data/a/x.jpg", "/data/b/x.png", "/data/x.jpg")]
