"""`fos.upload_media`: bring a collection's media to where the team has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from safelight.dropin.files.dispatch import get_files
from safelight.dropin.files.progress import ProgressOption, file_progress
from safelight.dropin.files.scenes import Shipment, plan
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
    order of the samples, so that the same call names them alike again. 3D scenes take their assets along,
    and refer to them by relative paths at the new place.

    Args:
        sample_collection: a dataset or view; of a grouped one all slices
        remote_dir: where to, e.g. `s3://bucket/images`
        rel_dir: a directory to strip from each path: what remains of it is kept below `remote_dir`
        media_field: the field with the paths
        update_filepaths: whether to write the new paths to that field, except those of files that failed, or
            scenes of which an asset failed
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
    with TemporaryDirectory(prefix="safelight-scenes-") as staging:
        shipments = plan(dict.fromkeys(_flatten(values)), _placing(remote_dir, rel_dir), Path(staging))
        wanted = shipments if overwrite else _absent(shipments)
        failed = _copy(wanted, skip_failures=skip_failures, progress=progress)
        if cache:
            # Only what was sent just now is known to be what the store has.
            sent = [shipment for shipment in wanted if shipment.source not in failed]
            _enter_cache(sent, "move" if cache == "move" else "copy")
    if update_filepaths:
        arrived = [
            shipment for shipment in shipments if failed.isdisjoint([shipment.source, *shipment.needs])
        ]
        samples.set_values(field, _replace(values, _targets(arrived)))
    new_paths: list[Any] = _replace(values, _targets(shipments))
    return new_paths


def _all_slices(collection: Any) -> Any:
    if collection.media_type != "group":
        return collection
    return collection.select_group_slices(_allow_mixed=True)


def _placing(remote_dir: str, rel_dir: str | None) -> Callable[[str], str]:
    from fiftyone.core.utils import UniqueFilenameMaker

    names = UniqueFilenameMaker(output_dir=remote_dir, rel_dir=rel_dir, ignore_existing=True)
    place: Callable[[str], str] = names.get_output_path
    return place


def _targets(shipments: Iterable[Shipment]) -> dict[str, str]:
    return {shipment.source: shipment.target for shipment in shipments}


def _absent(shipments: Iterable[Shipment]) -> list[Shipment]:
    files = get_files()
    with one_snapshot():
        return [shipment for shipment in shipments if not files.isfile(shipment.target)]


def _copy(wanted: Sequence[Shipment], *, skip_failures: bool, progress: ProgressOption) -> set[str]:
    """Send files. Returns the sources of those that failed."""
    contents = [shipment.content for shipment in wanted]
    targets = [shipment.target for shipment in wanted]
    with file_progress(len(wanted), progress) as step:
        failures = get_files().copy_files(contents, targets, skip_failures=skip_failures, progress=step)
    return {shipment.source for shipment in wanted if shipment.content in failures}


def _enter_cache(sent: Iterable[Shipment], method: CacheMethod) -> None:
    from safelight.runtime import get_runtime

    cache = get_runtime().cache
    for shipment in sent:
        if is_remote(shipment.target) and not is_remote(shipment.content):
            cache.add(shipment.target, shipment.content, method=method)
            if method == "move" and not is_remote(shipment.source):
                Path(shipment.source).unlink(missing_ok=True)  # of a scene with new references


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
