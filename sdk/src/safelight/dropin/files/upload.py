"""`fos.upload_media`: bring a collection's media to where the team has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from safelight.dropin.files.dispatch import get_files
from safelight.dropin.files.progress import ProgressOption, file_progress
from safelight.files.listing import one_snapshot
from safelight.storage.uri import is_remote

CacheMethod = Literal["copy", "move"]


def upload_media(  # noqa: PLR0917 - the public signature
    sample_collection: Any,
    remote_dir: str,
    rel_dir: str | None = None,
    media_field: str = "filepath",
    update_filepaths: bool = False,
    cache: bool | CacheMethod = False,
    overwrite: bool = False,
    skip_failures: bool = False,
    progress: ProgressOption = None,
) -> list[Any]:
    """Copy the media of a collection into one directory, which may be remote, as may be the media.

    Names are kept; files from different directories that have the same name get a number behind it, in the
    order of the samples, so that the same call names them alike again.

    Args:
        sample_collection: a dataset or view; of a grouped one all slices
        remote_dir: where to, e.g. `s3://bucket/images`
        rel_dir: a directory to strip from each path: what remains of it is kept below `remote_dir`
        media_field: the field with the paths
        update_filepaths: whether to write the new paths to that field, except those of files that failed
        cache: whether the media cache gets the files too, so that they need not be downloaded again: True or
            `"copy"` copies them, `"move"` moves the local originals there
        overwrite: whether to replace files that exist in `remote_dir`; by default they are left alone, count
            as uploaded, and do not enter the cache
        skip_failures: whether to go on when a file fails, and end with one warning
        progress: whether to show a progress bar, None for `fiftyone.config.show_progress_bars`, or a callback

    Returns:
        the new path of each sample's media, in order

    Raises:
        StorageError: a file cannot be read or written, and `skip_failures` is False
        ValueError: `media_field` holds no media, or `cache` is none of the above
    """
    if cache not in (False, True, "copy", "move"):
        raise ValueError(f"cache must be True, False, 'copy' or 'move', not {cache!r}")
    field = sample_collection._parse_media_field(media_field)[0]  # noqa: SLF001 - upstream has no public name for it
    samples = _all_slices(sample_collection)
    values = samples.values(field)
    targets = _targets(values, remote_dir, rel_dir)
    wanted = targets if overwrite else _absent(targets)
    failed = _copy(wanted, skip_failures=skip_failures, progress=progress)
    if cache:
        # Only what was sent just now is known to be what the store has.
        sent = {source: target for source, target in wanted.items() if source not in failed}
        _enter_cache(sent, "move" if cache == "move" else "copy")
    if update_filepaths:
        arrived = {source: target for source, target in targets.items() if source not in failed}
        samples.set_values(field, _replace(values, arrived))
    new_paths: list[Any] = _replace(values, targets)
    return new_paths


def _all_slices(collection: Any) -> Any:
    if collection.media_type != "group":
        return collection
    return collection.select_group_slices(_allow_mixed=True)


def _targets(values: list[Any], remote_dir: str, rel_dir: str | None) -> dict[str, str]:
    from fiftyone.core.utils import UniqueFilenameMaker

    names = UniqueFilenameMaker(output_dir=remote_dir, rel_dir=rel_dir, ignore_existing=True)
    return {source: names.get_output_path(source) for source in dict.fromkeys(_flatten(values))}


def _absent(targets: Mapping[str, str]) -> dict[str, str]:
    files = get_files()
    with one_snapshot():
        return {source: target for source, target in targets.items() if not files.isfile(target)}


def _copy(
    wanted: Mapping[str, str], *, skip_failures: bool, progress: ProgressOption
) -> Mapping[str, Exception]:
    with file_progress(len(wanted), progress) as step:
        return get_files().copy_files(
            list(wanted), list(wanted.values()), skip_failures=skip_failures, progress=step
        )


def _enter_cache(arrived: Mapping[str, str], method: CacheMethod) -> None:
    from safelight.runtime import get_runtime

    cache = get_runtime().cache
    for source, target in arrived.items():
        if is_remote(target) and not is_remote(source):
            cache.add(target, source, method=method)


def _flatten(values: Any) -> Iterator[str]:
    """The paths in nested lists; missing ones are left out."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif value:
            yield from _flatten(value)


def _replace(values: Any, by: Mapping[str, str]) -> Any:
    """The same nested lists with other paths."""
    return [
        by.get(value, value) if isinstance(value, str) else value and _replace(value, by) for value in values
    ]
