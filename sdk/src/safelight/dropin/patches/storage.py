"""`fiftyone.core.storage`: the public functions for files, for remote paths too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safelight.dropin.files import file_systems, public_storage
from safelight.dropin.files.dispatch import get_files, when_either_remote, when_remote
from safelight.dropin.files.upload import upload_media
from safelight.dropin.patch import Patch, Target


def _remote(
    attribute: str, signature: str, remote: Callable[..., Any], at: int = 0, since: str | None = None
) -> Target:
    return _target(attribute, signature, when_remote(remote, at), since)


def _target(
    attribute: str, signature: str | None, make: Callable[[Any], Any], since: str | None = None
) -> Target:
    return Target(
        module="fiftyone.core.storage",
        attribute=attribute,
        make=make,
        why="public, and local only",
        signature=signature,
        since=since,
    )


def _addition(attribute: str, value: Any) -> Target:
    return Target(
        module="fiftyone.core.storage",
        attribute=attribute,
        make=lambda _missing: value,
        why="the public name for it",
        added=True,
    )


def _get_local_path(path: str) -> str:
    """Give the path of a file on this machine; a remote one is downloaded into the media cache if need be."""
    from safelight.runtime import get_runtime

    return get_runtime().cache.get_local_path(path)


_MANY = "(inpaths, outpaths, skip_failures=False, progress=None)"
_DIRS = "(indir, outdir, overwrite=True, skip_failures=False, progress=None)"
_LISTING = (
    "(dirpath, abs_paths=False, recursive=False, include_hidden_files=False, "
    "return_metadata=False, sort=True)"
)

PATCH = Patch(
    name="storage",
    summary="fiftyone.core.storage works with addresses, and has upload_media",
    targets=(
        _target("FileSystem", None, file_systems.extend_file_system),
        _remote("get_file_system", "(path)", file_systems.get_file_system),
        _remote("split_prefix", "(path)", file_systems.split_prefix),
        _remote("get_bucket_name", "(path)", file_systems.get_bucket_name),
        _remote("exists", "(path)", lambda path: get_files().exists(path)),
        _remote("isfile", "(path)", lambda path: get_files().isfile(path)),
        _remote("isdir", "(dirpath)", lambda dirpath: get_files().isdir(dirpath)),
        _remote("make_temp_dir", "(basedir=None)", public_storage.make_temp_dir),
        _remote("write_file", "(str_or_bytes, path)", public_storage.write_file, at=1),
        _remote("open_ranged", "(path)", public_storage.open_ranged, since="1.22.0"),
        _remote("get_file_size", "(path_or_file)", public_storage.get_file_size),
        _remote("list_files", _LISTING, public_storage.list_files),
        _remote("list_subdirs", "(dirpath, abs_paths=False, recursive=False)", public_storage.list_subdirs),
        _remote("ensure_empty_dir", "(dirpath, cleanup=False)", public_storage.ensure_empty_dir),
        _target("copy_file", "(inpath, outpath)", when_either_remote(public_storage.copy_file)),
        _target("copy_files", _MANY, public_storage.on_many(public_storage.copy_files)),
        _target("copy_dir", _DIRS, public_storage.on_directories("copy_dir")),
        _target("move_file", "(inpath, outpath)", when_either_remote(public_storage.move_file)),
        _target("move_files", _MANY, public_storage.on_many(public_storage.move_files)),
        _target("move_dir", _DIRS, public_storage.on_directories("move_dir")),
        _remote("delete_file", "(path)", public_storage.delete_file),
        _target("delete_files", "(paths, skip_failures=False, progress=None)", public_storage.deleting),
        _remote("delete_dir", "(dirpath)", public_storage.delete_dir),
        _target("list_buckets", "(fs, abs_paths=False)", file_systems.listing_buckets),
        _addition("get_local_path", _get_local_path),
        _addition("get_url", file_systems.get_url),
        _addition("upload_media", upload_media),
    ),
)
