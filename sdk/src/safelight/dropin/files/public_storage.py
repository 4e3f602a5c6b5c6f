"""The public functions of `fiftyone.core.storage` for remote paths.

They do what their name says without asking the guard: whoever calls `fos.delete_files` means it. Only a
directory that `copy_dir` and `move_dir` would delete by their *default* needs to be asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import wraps
from typing import Any

from safelight.dropin.files.dispatch import get_files
from safelight.dropin.files.progress import ProgressOption, file_progress
from safelight.files import paths
from safelight.files.guard import check
from safelight.storage.uri import is_remote


def list_files(  # noqa: PLR0917 - upstream's signature
    dirpath: str,
    abs_paths: bool = False,
    recursive: bool = False,
    include_hidden_files: bool = False,
    return_metadata: bool = False,
    sort: bool = True,
) -> list[Any]:
    """`fos.list_files` of a remote directory; one that does not exist has no files."""
    entries = [
        entry
        for entry in get_files().entries(dirpath, recursive=recursive)
        if include_hidden_files or not paths.basename(entry.relative).startswith(".")
    ]
    if sort:
        entries.sort()
    names = [paths.join(dirpath, entry.relative) if abs_paths else entry.relative for entry in entries]
    if not return_metadata:
        return names
    return [
        {
            "name": paths.basename(name),
            "size": entry.info.size,
            "last_modified": _local_time(entry.info.last_modified),
            "filepath": name,
        }
        for name, entry in zip(names, entries, strict=True)
    ]


def _local_time(moment: datetime | None) -> datetime:
    """Naive local time, as upstream gives it for local files; the epoch where the store does not say."""
    return (moment or datetime.fromtimestamp(0, timezone.utc)).astimezone().replace(tzinfo=None)


def list_subdirs(dirpath: str, abs_paths: bool = False, recursive: bool = False) -> list[str]:
    """`fos.list_subdirs` of a remote directory."""
    found = get_files().list_subdirs(dirpath, recursive=recursive)
    return [paths.join(dirpath, name) for name in found] if abs_paths else found


def ensure_empty_dir(dirpath: str, cleanup: bool = False) -> None:
    """`fos.ensure_empty_dir` of a remote directory."""
    if get_files().isdir(dirpath) and get_files().listdir(dirpath):
        if not cleanup:
            raise ValueError(f"{dirpath} not empty")
        get_files().delete_dir(dirpath)


def make_temp_dir(basedir: str) -> str:
    """Name a new directory below a remote one; it exists as soon as there is a file in it."""
    return paths.join(basedir, f"tmp{os.urandom(8).hex()}")


def get_file_size(path_or_file: str) -> int:
    """`fos.get_file_size` of an object."""
    return get_files().size(path_or_file)


def write_file(str_or_bytes: str | bytes, path: str) -> None:
    """`fos.write_file` to an object."""
    get_files().write(path, str_or_bytes.encode() if isinstance(str_or_bytes, str) else str_or_bytes)


def open_ranged(path: str) -> Any:
    """`fos.open_ranged` of an object."""
    return get_files().open_ranged(path)


def copy_file(inpath: str, outpath: str) -> None:
    """`fos.copy_file` from or to an object."""
    get_files().copy_file(inpath, paths.inside_directory(inpath, outpath))


def move_file(inpath: str, outpath: str) -> None:
    """`fos.move_file` from or to an object."""
    get_files().move_files([inpath], [paths.inside_directory(inpath, outpath)])


def delete_file(path: str) -> None:
    """`fos.delete_file` of an object."""
    get_files().delete_files([path])


def delete_dir(dirpath: str) -> None:
    """`fos.delete_dir` of a remote directory."""
    get_files().delete_dir(dirpath)


def copy_files(
    inpaths: Sequence[str],
    outpaths: Sequence[str],
    skip_failures: bool | str = False,
    progress: ProgressOption = None,
) -> None:
    """`fos.copy_files` in any combination of this machine and stores."""
    with file_progress(len(inpaths), progress) as step:
        get_files().copy_files(inpaths, outpaths, skip_failures=skip_failures, progress=step)


def move_files(
    inpaths: Sequence[str],
    outpaths: Sequence[str],
    skip_failures: bool | str = False,
    progress: ProgressOption = None,
) -> None:
    """`fos.move_files` in any combination of this machine and stores."""
    with file_progress(len(inpaths), progress) as step:
        get_files().move_files(inpaths, outpaths, skip_failures=skip_failures, progress=step)


def deleting(original: Callable[..., Any]) -> Callable[..., Any]:
    """Make `fos.delete_files`: upstream's for the local paths among them, which also prunes directories."""

    @wraps(original)
    def delete_files(paths: Any, skip_failures: bool | str = False, progress: ProgressOption = None) -> None:
        paths = list(paths)
        remote = [path for path in paths if is_remote(path)]
        if len(remote) < len(paths):
            local = [path for path in paths if not is_remote(path)]
            original(local, skip_failures=skip_failures, progress=progress)
        if remote:
            with file_progress(len(remote), progress) as step:
                get_files().delete_files(remote, skip_failures=skip_failures, progress=step)

    return delete_files


def on_many(remote: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make a function of two lists of paths: upstream's when all are local."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def many(inpaths: Any, outpaths: Any, *args: Any, **kwargs: Any) -> None:
            inpaths, outpaths = list(inpaths), list(outpaths)
            anywhere = any(map(is_remote, inpaths)) or any(map(is_remote, outpaths))
            (remote if anywhere else original)(inpaths, outpaths, *args, **kwargs)

        return many

    return make


def on_directories(name: str) -> Callable[[Any], Any]:
    """Make `fos.copy_dir` or `fos.move_dir`.

    An existing remote output directory is deleted only if the caller said `overwrite=True` or the guard
    allows it: `overwrite` is True by default, which nobody may have meant for a bucket.
    """

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def directories(
            indir: str,
            outdir: str,
            overwrite: bool | None = None,
            skip_failures: bool | str = False,
            progress: ProgressOption = None,
        ) -> None:
            if not is_remote(indir) and not is_remote(outdir):
                asked = True if overwrite is None else overwrite
                original(indir, outdir, overwrite=asked, skip_failures=skip_failures, progress=progress)
                return
            files = get_files()
            if overwrite is not False and files.isdir(outdir):
                if overwrite is None:
                    check("delete", outdir)
                _clear(outdir)
            with file_progress(sum(len(names) for _, _, names in files.walk(indir)), progress) as step:
                getattr(files, name)(indir, outdir, skip_failures=skip_failures, progress=step)

        return directories

    return make


def _clear(directory: str) -> None:
    import fiftyone.core.storage as fos

    fos.delete_dir(directory)
