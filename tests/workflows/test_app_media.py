"""The App's server on remote media: what it tells pages, and what its media route serves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import fiftyone as fo
import fiftyone.core.threed as fo3d
import fiftyone.server.metadata as fosm
import httpx
import pytest

from safelight import runtime
from safelight.dropin.app.documents import rewrite_frames
from safelight.dropin.app.signed_paths import address_of, is_signed_path, signed_path
from safelight.errors import CredentialsError
from safelight.storage.s3.store import S3Store
from support.cloud import Cloud, MakeDataset
from support.media_route import fetch
from support.pictures import encode, photograph
from support.point_cloud import motorcycle
from support.recording_proxy import RecordingProxy

PICTURE = encode(photograph("coffee"))


def told(dataset: Any) -> list[dict[str, Any]]:
    """What pages are told of each sample."""

    async def each() -> list[dict[str, Any]]:
        found = dataset._sample_collection.find()
        return [await fosm.get_metadata(dataset, each, each["_media_type"], {}, {}) for each in found]

    return asyncio.run(each())


def test_pages_get_paths_that_they_can_reach(cloud: Cloud, make_dataset: MakeDataset) -> None:
    url = cloud.put("a b%20.jpg", PICTURE)
    (sample,) = told(make_dataset([url]))
    (entry,) = sample["urls"]
    assert sample["aspect_ratio"] == 600 / 400
    assert entry["field"] == "filepath"
    assert fetch(entry["url"]).content == PICTURE


def test_masks_too(cloud: Cloud, make_dataset: MakeDataset) -> None:
    mask = encode(photograph("coffee")[..., 0], "PNG")
    sample = fo.Sample(
        filepath=cloud.put("a.jpg", PICTURE), mask=fo.Segmentation(mask_path=cloud.put("m.png", mask))
    )
    (told_of,) = told(make_dataset([sample]))
    by_field = {entry["field"]: entry["url"] for entry in told_of["urls"]}
    assert fetch(by_field["mask.mask_path"]).content == mask


def test_what_is_local_or_on_the_web_stays(make_dataset: MakeDataset, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    urls = [
        entry["url"]
        for sample in told(make_dataset([str(tmp_path / "a.jpg"), "https://pictures.invalid/b.jpg"]))
        for entry in sample["urls"]
    ]
    assert urls == [str(tmp_path / "a.jpg"), "https://pictures.invalid/b.jpg"]


def test_videos_are_probed_where_they_are(cloud: Cloud, video_file: Path, make_dataset: MakeDataset) -> None:
    (sample,) = told(make_dataset([cloud.put("video.mp4", video_file)]))
    assert (sample["aspect_ratio"], sample["frame_rate"]) == (160 / 120, 10)
    assert cloud.cached_files() == []


def test_ranges(cloud: Cloud) -> None:
    path = signed_path(cloud.put("video.mp4", PICTURE))
    size = len(PICTURE)
    whole = fetch(path)
    assert (whole.status_code, whole.headers["content-length"]) == (200, str(size))
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"].startswith("image/jpeg"), "as the store says"
    part = fetch(path, Range="bytes=100-199")
    assert (part.status_code, part.headers["content-range"]) == (206, f"bytes 100-199/{size}")
    assert part.content == PICTURE[100:200]
    start = fetch(path, Range="bytes=0-9")
    assert (start.status_code, start.content) == (206, PICTURE[:10])
    end = fetch(path, Range="bytes=-5")
    assert end.content == PICTURE[-5:]
    beyond = fetch(path, Range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    head = fetch(path, method="HEAD")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")


@pytest.fixture(params=["passed through", "kept"])
def picture(request: pytest.FixtureRequest, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> str:
    """A picture's path, with either answer to whether the App keeps pictures in the cache."""
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_APP_IMAGES", str(request.param == "kept").lower())
    runtime.reset()
    return signed_path(cloud.put("a.jpg", PICTURE))


def test_a_browser_asks_whether_its_copy_is_good(picture: str) -> None:
    whole = fetch(picture)
    assert whole.headers["cache-control"].startswith("private, max-age=60")
    assert whole.headers["vary"] == "Origin"
    for condition in (
        {"If_None_Match": whole.headers["etag"]},
        {"If_None_Match": f'"another", W/{whole.headers["etag"]}'},
        {"If_Modified_Since": whole.headers["last-modified"]},
    ):
        again = fetch(picture, **condition)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == whole.headers["etag"]
    assert fetch(picture, If_None_Match='"another"').content == PICTURE


def test_a_part_belongs_to_the_version_that_the_browser_has(picture: str) -> None:
    etag = fetch(picture).headers["etag"]
    same = fetch(picture, Range="bytes=5-9", If_Range=etag)
    assert (same.status_code, same.content) == (206, PICTURE[5:10])
    other = fetch(picture, Range="bytes=5-9", If_Range='"another"')
    assert (other.status_code, other.content) == (200, PICTURE)


def test_a_type_that_says_nothing_is_guessed(cloud: Cloud) -> None:
    url = cloud.put("a.webm", PICTURE)
    key = f"{cloud.folder}/a.webm"
    cloud.client.put_object(Bucket=cloud.bucket, Key=key, Body=PICTURE, ContentType="binary/octet-stream")
    assert fetch(signed_path(url)).headers["content-type"] == "video/webm"


def test_a_video_is_sought_without_being_downloaded(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    body = bytes(20 << 20)
    path = signed_path(cloud.put("video.mp4", body))
    requests_seen.requests.clear()
    assert len(fetch(path, Range=f"bytes={10 << 20}-{(10 << 20) + 99}").content) == 100
    (ranged,) = requests_seen.of("GET", "HEAD")
    assert ranged.sent == 100
    assert cloud.cached_files() == []


def test_a_range_without_an_end_gets_a_piece(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    """A browser that only begins to read makes nobody fetch the rest."""
    size = 3 << 20
    path = signed_path(cloud.put("video.mp4", bytes(size)))
    requests_seen.requests.clear()
    piece = fetch(path, Range="bytes=100-")
    assert piece.status_code == 206
    assert piece.headers["content-range"] == f"bytes 100-{100 + (1 << 19) - 1}/{size}"
    assert len(piece.content) == sum(request.sent for request in requests_seen.requests) == 1 << 19
    rest = fetch(path, Range=f"bytes={size - 10}-")
    assert rest.headers["content-range"] == f"bytes {size - 10}-{size - 1}/{size}"


def test_an_empty_object(cloud: Cloud) -> None:
    answer = fetch(signed_path(cloud.put("empty.mp4", b"")))
    assert (answer.status_code, answer.content) == (200, b"")


def test_one_request_for_a_picture(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    path = signed_path(cloud.put("a.jpg", PICTURE))
    requests_seen.requests.clear()
    assert fetch(path).content == PICTURE
    assert len(requests_seen.of("GET", "HEAD")) <= 2, "one for the bucket's region, one for the picture"
    requests_seen.requests.clear()
    assert fetch(path).content == PICTURE
    assert [request.method for request in requests_seen.of("GET", "HEAD")] == ["GET"]


def test_pictures_are_kept_on_request(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, requests_seen: RecordingProxy
) -> None:
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_APP_IMAGES", "true")
    runtime.reset()
    picture, video = cloud.put("a.jpg", PICTURE), cloud.put("v.mp4", PICTURE)
    assert fetch(signed_path(picture)).content == PICTURE
    assert fetch(signed_path(video)).content == PICTURE
    assert cloud.cached_files() == ["a.jpg"]
    requests_seen.requests.clear()
    assert fetch(signed_path(picture), Range="bytes=0-9").content == PICTURE[:10]
    assert requests_seen.requests == []


def test_browsers_are_sent_to_the_store_on_request(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_APP_SIGNED_URLS", "true")
    runtime.reset()
    path = signed_path(cloud.put("a b%20.jpg", PICTURE))
    for method, expected in (("GET", PICTURE), ("HEAD", b"")):
        answer = fetch(path, method)
        assert (answer.status_code, answer.content) == (307, b"")
        there = httpx.request(method, answer.headers["location"])
        assert (there.status_code, there.content) == (200, expected)
    part = httpx.get(fetch(path, Range="bytes=10-19").headers["location"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, PICTURE[10:20])
    assert cloud.cached_files() == []


def test_nobody_is_sent_away_where_nothing_can_be_signed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the public, and where the cache has the picture already."""
    monkeypatch.setenv("SAFELIGHT_APP_SIGNED_URLS", "true")
    runtime.reset()
    fo.media_cache.get_local_path(cached := cloud.put("b.jpg", PICTURE))
    assert fetch(signed_path(cached)).content == PICTURE
    unsigned = CredentialsError("no credentials to sign with", "s3://bucket/a.jpg")
    monkeypatch.setattr(S3Store, "sign", AsyncMock(side_effect=unsigned))
    assert fetch(signed_path(cloud.put("a.jpg", PICTURE))).content == PICTURE


def test_scenes_lead_to_their_assets(cloud: Cloud, tmp_path: Path) -> None:
    definition = fo3d.Scene()
    definition.add(fo3d.PointCloud("motorcycle", "clouds/motorcycle.pcd"))
    definition.background = fo3d.SceneBackground(image=cloud.put("sky/sky.png", b"sky"))
    definition.write(str(tmp_path / "scene.fo3d"))
    cloud.put("3d/clouds/motorcycle.pcd", motorcycle())
    answer = fetch(signed_path(cloud.put("3d/scene.fo3d", tmp_path / "scene.fo3d")))
    scene = json.loads(answer.content)
    assert fetch(scene["children"][0]["pcdPath"]).content == motorcycle()
    assert fetch(scene["background"]["image"]).content == b"sky"


def test_frames_lead_to_their_media(cloud: Cloud) -> None:
    frames = [
        {"filepath": cloud.url("1.jpg"), "label": {"mask_path": cloud.url("m.png"), "label": "s3://text"}},
        {"filepath": "/local/2.jpg", "n": 1},
    ]
    rewritten = rewrite_frames({"frames": frames, "range": [1, 2]})
    assert rewritten["range"] == [1, 2]
    first, second = rewritten["frames"]
    assert address_of(first["filepath"]) == cloud.url("1.jpg")
    assert address_of(first["label"]["mask_path"]) == cloud.url("m.png")
    assert first["label"]["label"] == "s3://text"
    assert second == frames[1]


def test_what_the_store_says_no_to(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    missing = fetch(signed_path(cloud.url("missing.jpg")))
    assert missing.status_code == 404
    assert "missing.jpg" in caplog.text
    nowhere = fetch(signed_path("s3://no-such-bucket-anywhere/a.jpg"))
    assert nowhere.status_code == 404


def test_local_files_are_upstreams_business(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    assert fetch(str(tmp_path / "a.jpg")).content == PICTURE
    assert not is_signed_path(str(tmp_path / "a.jpg"))
