"""File operations of `eta.core.utils`, which most of upstream goes through."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from safelight.dropin.files import guarded
from safelight.dropin.files.dispatch import get_files, when_either_remote, when_remote
from safelight.dropin.patch import Patch, Target
from safelight.errors import DestructiveOperationError, ObjectNotFoundError
from safelight.files import paths
from safelight.files.guard import check

logger = logging.getLogger(__name__)

_made: Final[set[str]] = set()
"""Remote directories that upstream has made and may list before it writes into them."""


def _read_file(inpath: str, binary: bool = False) -> str | bytes:
    return get_files().read_bytes(inpath) if binary else get_files().read_text(inpath)


def _write_file(str_or_bytes: str | bytes, outpath: str) -> None:
    get_files().write(outpath, str_or_bytes.encode() if isinstance(str_or_bytes, str) else str_or_bytes)


def _assert_same_extensions(*names: str) -> None:
    if len({paths.splitext(name)[1] for name in names}) > 1:
        raise OSError(f"Expected {names} to have the same extensions")


def _copy_file(inpath: str, outpath: str, check_ext: bool = False) -> None:
    if check_ext and paths.splitext(outpath)[1]:
        _assert_same_extensions(inpath, outpath)
    guarded.copy_file(inpath, guarded.destination(inpath, outpath))


def _move_file(inpath: str, outpath: str, check_ext: bool = False) -> None:
    if not paths.splitext(outpath)[1]:
        # Upstream takes an output without extension for a directory.
        outpath = paths.join(outpath, paths.basename(inpath))
    elif check_ext:
        _assert_same_extensions(inpath, outpath)
    guarded.move_file(inpath, guarded.destination(inpath, outpath))


def _copy_dir(indir: str, outdir: str) -> None:
    guarded.copy_dir(indir, outdir)


def _move_dir(indir: str, outdir: str) -> None:
    guarded.move_dir(indir, outdir)


def _delete_dir(dir_: str) -> None:
    guarded.delete_dir(paths.normpath(dir_))


def _link_file(filepath: str, linkpath: str, check_ext: bool = False) -> None:
    """Copy: stores have no links, and a link into the media cache would dangle after the next eviction."""
    if check_ext:
        _assert_same_extensions(filepath, linkpath)
    guarded.copy_file(filepath, linkpath)


def _list_files(
    dir_path: str,
    abs_paths: bool = False,
    recursive: bool = False,
    include_hidden_files: bool = False,
    sort: bool = True,
) -> list[str]:
    found = get_files().list_files(dir_path, recursive=recursive, hidden=include_hidden_files, sort=sort)
    return _listed(dir_path, found, abs_paths=abs_paths, required=not recursive)


def _list_subdirs(dir_path: str, abs_paths: bool = False, recursive: bool = False) -> list[str]:
    found = get_files().list_subdirs(dir_path, recursive=recursive)
    return _listed(dir_path, found, abs_paths=abs_paths, required=not recursive)


def _listed(directory: str, found: list[str], *, abs_paths: bool, required: bool) -> list[str]:
    """Names as upstream's listings return them: a flat one of a missing directory is an error."""
    if required and not found and _key_of(directory) not in _made and not get_files().isdir(directory):
        raise ObjectNotFoundError("there is no such directory", directory)
    return [paths.join(directory, name) for name in found] if abs_paths else found


def _get_glob_matches(glob_patt: str) -> list[str]:
    return get_files().glob(glob_patt, directories=False)


def _ensure_dir(dirname: str) -> None:
    """Object stores have no directories to make: from here on this one is an empty one."""
    _made.add(_key_of(dirname))


def _key_of(directory: str) -> str:
    return paths.normpath(directory).removesuffix("/")


def _ensure_empty_dir(dirname: str, cleanup: bool = False) -> None:
    if get_files().isdir(dirname) and get_files().listdir(dirname):
        if not cleanup:
            raise ValueError(f"{dirname} not empty")
        guarded.delete_dir(dirname)


def _ensure_path(path: str) -> None:
    if get_files().isfile(path):
        check("overwrite", path)


def _make_unique_path(path: str, suffix: str = "") -> str:
    root, extension = paths.splitext(path)
    unique = root + suffix + extension
    while get_files().isfile(unique):
        unique = f"{root}{suffix}_{uuid.uuid4().hex[:6]}{extension}"
    return unique


def _make_archive(original: Callable[..., Any]) -> Callable[..., Any]:
    def remotely(dir_path: str, archive_path: str, cleanup: bool = False) -> None:
        with get_files().local_directory(dir_path) as source, guarded.new_file(archive_path) as archive:
            original(source, archive)
        if cleanup:
            guarded.delete_dir(dir_path)

    return wraps(original)(when_either_remote(remotely)(original))


def _extract_archive(original: Callable[..., Any]) -> Callable[..., Any]:
    def remotely(archive_path: str, outdir: str | None = None, delete_archive: bool = False) -> None:
        target = outdir or paths.dirname(archive_path) or os.curdir
        with (
            get_files().local_file(archive_path) as archive,
            get_files().staged_directory(target) as contents,
        ):
            original(archive, outdir=contents)
        if delete_archive:
            _delete_if_allowed(archive_path)

    return wraps(original)(when_either_remote(remotely)(original))


def _delete_if_allowed(archive: str) -> None:
    """Delete an archive that was unpacked.

    A remote one stays unless that is allowed: `from_archive` deletes by default, so nobody may have meant it.
    """
    try:
        guarded.delete_file(archive)
    except DestructiveOperationError:
        logger.info("%s is kept: fo.allow_remote_changes() allows deleting it after unpacking", archive)


def _target(attribute: str, signature: str, why: str, make: Callable[[Any], Any]) -> Target:
    return Target(module="eta.core.utils", attribute=attribute, make=make, why=why, signature=signature)


_PAIR = "(inpath, outpath, check_ext=False)"
_LINK = "(filepath, linkpath, check_ext=False)"
_LISTING = "(dir_path, abs_paths=False, recursive=False, include_hidden_files=False, sort=True)"

PATCH = Patch(
    name="eta_files",
    summary="files are handled where they belong, and nothing remote is destroyed unasked",
    targets=(
        _target("read_file", "(inpath, binary=False)", "opens the path", when_remote(_read_file)),
        _target("write_file", "(str_or_bytes, outpath)", "opens the path", when_remote(_write_file, at=1)),
        _target("copy_file", _PAIR, "exporters copy media with it", when_either_remote(_copy_file)),
        _target("move_file", _PAIR, 'export_media="move" and transforms', when_either_remote(_move_file)),
        _target("link_file", _LINK, "links have no meaning in a store", when_either_remote(_link_file)),
        _target("symlink_file", _LINK, 'export_media="symlink"', when_either_remote(_link_file)),
        _target("copy_dir", "(indir, outdir)", "walks the directory", when_either_remote(_copy_dir)),
        _target("move_dir", "(indir, outdir)", "walks the directory", when_either_remote(_move_dir)),
        _target("delete_file", "(path)", "deletes media in passing", when_remote(guarded.delete_file)),
        _target("delete_dir", "(dir_)", "overwrite=True empties directories", when_remote(_delete_dir)),
        _target("list_files", _LISTING, "importers find media with it", when_remote(_list_files)),
        _target(
            "list_subdirs",
            "(dir_path, abs_paths=False, recursive=False)",
            "importers find classes with it",
            when_remote(_list_subdirs),
        ),
        _target("get_glob_matches", "(glob_patt)", "globs the disk", when_remote(_get_glob_matches)),
        _target("ensure_dir", "(dirname)", "would make a local `s3:` directory", when_remote(_ensure_dir)),
        _target(
            "ensure_empty_dir",
            "(dirname, cleanup=False)",
            "deletes what is there",
            when_remote(_ensure_empty_dir),
        ),
        _target("ensure_path", "(path)", "deletes what is there", when_remote(_ensure_path)),
        _target(
            "make_unique_path",
            '(path, suffix="")',
            "asks the disk which names are free",
            when_remote(_make_unique_path),
        ),
        _target("make_archive", "(dir_path, archive_path, cleanup=False)", "packs on disk", _make_archive),
        _target(
            "extract_archive",
            "(archive_path, outdir=None, delete_archive=False)",
            "unpacks on disk",
            _extract_archive,
        ),
    ),
)
