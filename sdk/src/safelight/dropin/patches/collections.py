"""Datasets and views can download, locate, measure and clear their cloud media."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_MODULE: Final = "fiftyone.core.collections"


def _method(name: str) -> Callable[[Any], Any]:
    def make(_original: Any) -> Any:
        from safelight.dropin.media.methods import CloudMedia

        return vars(CloudMedia)[name]

    return make


def _download_context_class(_original: Any) -> Any:
    from safelight.cache.download_context import DownloadContext

    return DownloadContext


def _added(attribute: str, make: Callable[[Any], Any]) -> Target:
    return Target(_MODULE, attribute, make, why="the public API of cloud-backed media", added=True)


PATCH = Patch(
    name="collections",
    summary="download_media() and its relatives on datasets and views",
    targets=(
        *(
            _added(f"SampleCollection.{name}", _method(name))
            for name in (
                "download_media",
                "download_scenes",
                "download_context",
                "get_local_paths",
                "cache_stats",
                "clear_media",
            )
        ),
        _added("DownloadContext", _download_context_class),
    ),
)
