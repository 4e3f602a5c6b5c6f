"""The App: pages get paths that they can reach, and the media route answers them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _create_media_urls(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.app.documents import reachable

    @wraps(original)
    def create_media_urls(*args: Any, **kwargs: Any) -> Any:
        filepath, source, urls = original(*args, **kwargs)
        return filepath, source, [{**entry, "url": reachable(entry["url"])} for entry in urls]

    return create_media_urls


def _read_metadata(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.storage.uri import is_remote

    @wraps(original)
    async def read_metadata(filepath: Any, is_video: bool) -> Any:
        if not is_remote(filepath):
            return await original(filepath, is_video)
        import anyio

        from safelight.dropin.app.dimensions import read_dimensions

        return await anyio.to_thread.run_sync(read_dimensions, filepath, is_video)

    return read_metadata


def _get(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.app.signed_paths import address_of, is_signed_path

    @wraps(original)
    async def get(self: Any, request: Any) -> Any:
        path = request.query_params.get("filepath")
        if not path or not is_signed_path(path):
            return await original(self, request)
        from fiftyone.server.routes import media

        from safelight.dropin.app.delivery import deliver

        address = address_of(path)
        if address is None:
            return media._not_found_response()  # noqa: SLF001 - as upstream answers for what it does not serve
        headers = media._media_headers()  # noqa: SLF001 - upstream has no public name for it
        return await deliver(request, address, headers, self._file_response)

    return get


def _frames_response(original: Any) -> Any:
    def respond(content: Any, *args: Any, **kwargs: Any) -> Any:
        from safelight.dropin.app.documents import rewrite_frames

        return original(rewrite_frames(content), *args, **kwargs)

    return respond


def _extract_urls(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.app.documents import reachable

    @wraps(original)
    def extract_urls(*args: Any, **kwargs: Any) -> Any:
        return {field: reachable(url) for field, url in original(*args, **kwargs).items()}

    return extract_urls


PATCH = Patch(
    name="app",
    summary="the App shows remote media: by ranges, from the cache, and only what datasets refer to",
    targets=(
        Target(
            module="fiftyone.server.metadata",
            attribute="_create_media_urls",
            make=_create_media_urls,
            why="browsers would get addresses of stores",
            signature=(
                "(collection, sample, sample_media_type, cache, additional_fields=None, opm_field=None, "
                "detections_fields=None)"
            ),
        ),
        Target(
            module="fiftyone.server.metadata",
            attribute="read_metadata",
            make=_read_metadata,
            why="opens the path; a remote one would get aspect ratio 1 and 30 frames a second",
            signature="(filepath, is_video)",
        ),
        Target(
            module="fiftyone.server.routes.media",
            attribute="Media.get",
            make=_get,
            why="serves local files only",
            signature="(self, request)",
        ),
        Target(
            module="fiftyone.server.routes.frames",
            attribute="JSONResponse",
            make=_frames_response,
            why="frames would tell browsers addresses of stores",
        ),
        Target(
            module="fiftyone.server.routes.groups",
            attribute="_extract_urls",
            make=_extract_urls,
            why="slices of groups would be addresses of stores",
            signature='(data, prefix="")',
        ),
    ),
)
