"""What the App's server answers about local media."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import fiftyone as fo
import fiftyone.server.metadata as fosm
from fiftyone.server.routes.media import Media
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from upstream.bench import Bench
from upstream.recording import operation, operation_for

_KEPT_HEADERS: Final = ("accept-ranges", "content-length", "content-range", "content-type")
_REQUESTS: Final[dict[str, dict[str, Any]]] = {
    "whole": {},
    "part": {"headers": {"range": "bytes=10-19"}},
    "end": {"headers": {"range": "bytes=-5"}},
    "beyond": {"headers": {"range": "bytes=999999-"}},
    "head": {"method": "HEAD"},
    "options": {"method": "OPTIONS"},
}


def _answer(path: Path | str, method: str = "GET", headers: dict[str, str] | None = None) -> Any:
    client = TestClient(Starlette(routes=[Route("/media", Media)]), raise_server_exceptions=False)
    response = client.request(method, "/media", params={"filepath": str(path)}, headers=headers)
    return [
        response.status_code,
        {name: response.headers.get(name) for name in _KEPT_HEADERS},
        response.content,
    ]


@operation_for(_REQUESTS)
def media(bench: Bench, request: dict[str, Any]) -> Any:
    return [_answer(bench.media.images[0], **request), _answer(bench.media.video, **request)]


@operation
def media_that_is_missing(bench: Bench) -> Any:
    return [_answer(bench.directory / "missing.jpg")[0], _answer(bench.directory)[0], _answer("")[0]]


@operation_for({"images": "dataset", "videos": "videos"})
def sample_metadata(bench: Bench, kind: str) -> Any:
    dataset = getattr(bench, kind)()
    return [asyncio.run(_metadata(dataset, document)) for document in dataset._sample_collection.find()]


async def _metadata(dataset: Any, document: dict[str, Any]) -> Any:
    return await fosm.get_metadata(dataset, document, dataset.media_type, {}, {})


@operation
def metadata_of_what_is_missing(_: Bench) -> Any:
    dataset = fo.Dataset("missing")
    dataset.add_sample(fo.Sample(filepath="/missing/x.jpg"))
    document = dataset._sample_collection.find_one()
    return asyncio.run(_metadata(dataset, document))
