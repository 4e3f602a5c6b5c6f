"""The methods that datasets and views get: downloading, locating, measuring and clearing their cached media.

Names, arguments and meanings are those of FiftyOne Enterprise's public documentation ("Cloud-Backed Media").
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from safelight.cache.download_context import BatchLimit, DownloadContext
from safelight.dropin.media.paths import (
    SCENE_SUFFIX,
    flatten,
    media_by_sample,
    media_paths,
    resolve_fields,
    with_assets,
)
from safelight.dropin.media.progress import ProgressOption, progress_bar
from safelight.errors import InvalidURIError
from safelight.storage.uri import is_remote

if TYPE_CHECKING:
    from safelight.runtime import Runtime

logger = logging.getLogger(__name__)

Names: TypeAlias = str | Iterable[str] | None


def _runtime() -> Runtime:
    # Every `import fiftyone` imports this module, and few of them need the runtime.
    from safelight.runtime import get_runtime

    return get_runtime()


class CloudMedia:
    """Methods for `fiftyone.core.collections.SampleCollection`, which `self` is in each of them."""

    def download_media(  # noqa: PLR0917 - the documented signature
        self: Any,
        media_fields: Names = None,
        group_slices: Names = None,
        include_assets: bool = True,
        update: bool = False,
        skip_failures: bool = True,
        progress: ProgressOption = None,
    ) -> None:
        """Downloads the cloud media of this collection to the media cache.

        Media that are cached already are not downloaded again, and local media are left alone.

        Args:
            media_fields (None): a field or fields that hold media. By default, all media fields
            group_slices (None): a slice or slices of a grouped collection. By default, all slices
            include_assets (True): whether to download the assets of 3D scenes too
            update (False): whether to download cached media again if they have changed at their source
            skip_failures (True): whether to go on when a file fails. The job then ends with one warning that
                counts the failures and names the first causes
            progress (None): whether to show a progress bar (True/False), None for
                ``fiftyone.config.show_progress_bars``, or a callback that gets the bar

        Raises:
            DownloadError: some files failed, and ``skip_failures`` is False
        """
        if include_assets and update:
            self.download_scenes(update=True, skip_failures=skip_failures, progress=False)
        paths = media_paths(self, media_fields, group_slices, include_assets=include_assets)
        _download(paths, update=update, skip_failures=skip_failures, progress=progress)

    def download_scenes(
        self: Any, update: bool = False, skip_failures: bool = True, progress: ProgressOption = None
    ) -> None:
        """Downloads the ``.fo3d`` files of this collection to the media cache, without their assets.

        Args:
            update (False): whether to download cached scenes again if they have changed at their source
            skip_failures (True): whether to go on when a file fails. The job then ends with one warning
            progress (None): whether to show a progress bar (True/False), None for
                ``fiftyone.config.show_progress_bars``, or a callback that gets the bar

        Raises:
            DownloadError: some files failed, and ``skip_failures`` is False
        """
        paths = media_paths(self, "filepath", include_assets=False)
        scenes = [path for path in paths if path.endswith(SCENE_SUFFIX)]
        _download(scenes, update=update, skip_failures=skip_failures, progress=progress)

    def download_context(  # noqa: PLR0917 - the documented signature
        self: Any,
        batch_size: int | None = None,
        target_size_bytes: int | None = None,
        media_fields: Names = None,
        group_slices: Names = None,
        include_assets: bool = True,
        update: bool = False,
        skip_failures: bool = True,
        clear: bool = False,
        progress: ProgressOption = None,
        **kwargs: Any,
    ) -> DownloadContext:
        """Downloads the cloud media of this collection in batches while you go through its samples.

        Inside the context, media are downloaded shortly before their samples are emitted, and stay in the
        cache at least until the next batch begins. Asking for ``sample.local_path`` downloads its batch too.

        Example::

            with dataset.download_context():
                for sample in dataset:
                    sample.local_path  # is there already

        Args:
            batch_size (None): the number of samples in a batch
            target_size_bytes (None): about how many bytes a batch has, where there is no ``batch_size``.
                Negative for one batch with everything. The default is
                ``fo.media_cache_config.download_size_bytes``
            media_fields (None): a field or fields that hold media. By default, all media fields
            group_slices (None): a slice or slices of a grouped collection. By default, all slices
            include_assets (True): whether to download the assets of 3D scenes too
            update (False): whether to download cached media again if they have changed at their source
            skip_failures (True): whether to go on when a file fails. Each batch then ends with one warning
            clear (False): whether to clear the media from the cache when the context exits
            progress (None): whether to show a progress bar for each batch (True/False), None for
                ``fiftyone.config.show_progress_bars``, or a callback that gets the bar
            **kwargs: ignored, with a warning

        Returns:
            a context manager
        """
        if kwargs:
            logger.warning("download_context() ignores %s", ", ".join(sorted(kwargs)))
        return DownloadContext(
            _runtime().cache,
            media_by_sample(self, media_fields, group_slices, include_assets=include_assets),
            _batch_limit(batch_size, target_size_bytes),
            download=partial(_download, update=update, skip_failures=skip_failures, progress=progress),
            clear=clear,
        )

    def get_local_paths(
        self: Any,
        media_field: str = "filepath",
        include_assets: bool = True,
        download: bool = True,
        skip_failures: bool = True,
        progress: ProgressOption = None,
    ) -> list[Any]:
        """Returns where the media of each sample are on this machine.

        Args:
            media_field ("filepath"): a field that holds media
            include_assets (True): whether to download the assets of 3D scenes too
            download (True): whether to download what is not cached yet. Otherwise the returned paths are
                where the files will be
            skip_failures (True): whether to go on when a file fails. The job then ends with one warning
            progress (None): whether to show a progress bar (True/False), None for
                ``fiftyone.config.show_progress_bars``, or a callback that gets the bar

        Returns:
            a list with one path per sample; lists of paths for fields that hold several, None where a sample
            has none

        Raises:
            DownloadError: some files failed, and ``skip_failures`` is False
        """
        (field,) = resolve_fields(self, media_field)
        values = self.values(field)
        if download:
            takes_assets = include_assets and field == "filepath"
            paths = with_assets(flatten(values)) if takes_assets else list(flatten(values))
            _download(paths, update=False, skip_failures=skip_failures, progress=progress)
        return [_local(value) for value in values]

    def cache_stats(
        self: Any, media_fields: Names = None, group_slices: Names = None, include_assets: bool = True
    ) -> dict[str, Any]:
        """Returns how much of this collection's cloud media is in the media cache.

        Args:
            media_fields (None): a field or fields that hold media. By default, all media fields
            group_slices (None): a slice or slices of a grouped collection. By default, all slices
            include_assets (True): whether to count the assets of those 3D scenes that are cached too

        Returns:
            a dict with the keys ``cache_dir``, ``cache_size``, ``cache_size_str``, ``current_size``,
            ``current_size_str``, ``current_count`` and ``load_factor``
        """
        cache = _runtime().cache
        paths = media_paths(
            self, media_fields, group_slices, include_assets=include_assets, fetch_scenes=False
        )
        return cache.stats([path for path in paths if is_remote(path)])

    def clear_media(
        self: Any, media_fields: Names = None, group_slices: Names = None, include_assets: bool = True
    ) -> None:
        """Deletes this collection's cloud media from the media cache. The originals stay where they are.

        Args:
            media_fields (None): a field or fields that hold media. By default, all media fields
            group_slices (None): a slice or slices of a grouped collection. By default, all slices
            include_assets (True): whether to clear the assets of those 3D scenes that are cached too
        """
        cache = _runtime().cache
        paths = media_paths(
            self, media_fields, group_slices, include_assets=include_assets, fetch_scenes=False
        )
        cache.clear([path for path in paths if is_remote(path)])


def _download(paths: Iterable[str], *, update: bool, skip_failures: bool, progress: ProgressOption) -> None:
    remote = [path for path in paths if is_remote(path)]
    if not remote:
        return
    with progress_bar(progress) as advance:
        _runtime().cache.download(remote, update=update, skip_failures=skip_failures, progress=advance)


def _batch_limit(batch_size: int | None, target_size_bytes: int | None) -> BatchLimit:
    if batch_size is not None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be positive, not {batch_size}")
        return BatchLimit(samples=batch_size)
    if target_size_bytes is None:
        target_size_bytes = _runtime().config.download_size_bytes
    return BatchLimit(size=None if target_size_bytes < 0 else target_size_bytes)


def _local(value: Any) -> Any:
    """The local path of each path in nested lists."""
    if isinstance(value, (list, tuple)):
        return [_local(item) for item in value]
    try:
        return _runtime().cache.local_path_of(value) if is_remote(value) else value
    except InvalidURIError:  # nobody can say where it would be
        return value
