"""compute_metadata() of cloud media: the same answers as for local files, for as few requests as possible."""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

import fiftyone as fo
import fiftyone.core.metadata as fom
import numpy as np
import pytest
from PIL import Image

from support.cloud import Cloud, MakeDataset
from support.pictures import encode, photograph
from support.recording_proxy import RecordingProxy, recording_proxy
from support.web_server import web_server

HEADER = "bytes=0-65535"


@pytest.mark.parametrize(
    ("suffix", "format_name"),
    [
        ("jpg", "JPEG"),
        ("png", "PNG"),
        ("bmp", "BMP"),
        ("gif", "GIF"),
        ("tif", "TIFF"),
        ("jp2", "JPEG2000"),
    ],
)
def test_one_ranged_request_tells_all_about_an_image(
    cloud: Cloud,
    requests_seen: RecordingProxy,
    tmp_path: Path,
    suffix: str,
    format_name: str,
) -> None:
    content = encode(photograph("hubble_deep_field"), format_name)
    local = tmp_path / f"hubble.{suffix}"
    local.write_bytes(content)
    url = cloud.put(f"hubble.{suffix}", content)

    metadata = fom.ImageMetadata.build_for(url)

    assert metadata.to_dict() == fom.ImageMetadata.build_for(str(local)).to_dict()
    assert metadata.size_bytes == len(content) > 65536
    (request,) = requests_seen.requests
    assert (request.method, request.range, request.status, request.sent) == ("GET", HEADER, 206, 65536)
    assert cloud.cached_files() == []


def large_exif_jpeg() -> bytes:
    """A JPEG whose dimensions stand behind more than 64 KB of colour profile."""
    return encode(photograph("coffee"), "JPEG", icc_profile=os.urandom(200_000))


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("coffee.webp", encode(photograph("hubble_deep_field"), "WEBP", quality=100)),
        ("coffee.avif", encode(photograph("hubble_deep_field"), "AVIF", quality=90)),
        ("coffee.jpg", large_exif_jpeg()),
    ],
    ids=["webp", "avif", "large header"],
)
def test_the_whole_file_is_read_where_the_header_is_not_enough(
    cloud: Cloud, requests_seen: RecordingProxy, key: str, content: bytes
) -> None:
    url = cloud.put(key, content)

    metadata = fom.ImageMetadata.build_for(url)

    with Image.open(io.BytesIO(content)) as image:
        assert (metadata.width, metadata.height) == image.size
    assert metadata.size_bytes == len(content)
    assert len(requests_seen.of("GET")) == 2
    assert cloud.cached_files() == [key]


def test_dimensions_respect_the_exif_orientation(cloud: Cloud) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    url = cloud.put("turned.jpg", encode(photograph("coffee"), "JPEG", exif=exif))

    metadata = fom.ImageMetadata.build_for(url)

    assert (metadata.width, metadata.height) == (400, 600)


def test_what_is_cached_needs_no_request(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    url = cloud.put("coffee.jpg", encode(photograph("coffee")))
    fo.media_cache.get_local_path(url)
    requests_seen.requests.clear()

    assert fom.ImageMetadata.build_for(url).width == 600
    assert requests_seen.requests == []


def test_a_dataset_costs_one_ranged_request_per_image(
    cloud: Cloud, requests_seen: RecordingProxy, make_dataset: MakeDataset
) -> None:
    urls = cloud.put_photographs()
    dataset = make_dataset(urls)

    dataset.compute_metadata(progress=False)

    assert dataset.exists("metadata", False).count() == 0
    assert dataset.values("metadata.width") == [photograph(Path(url).stem).shape[1] for url in urls]
    assert dataset.values("metadata.mime_type") == ["image/jpeg"] * len(urls)
    assert [request.range for request in requests_seen.requests] == [HEADER] * len(urls)


def test_failures_are_counted_and_the_rest_is_done(
    cloud: Cloud, make_dataset: MakeDataset, caplog: pytest.LogCaptureFixture
) -> None:
    good = cloud.put("good.jpg", encode(photograph("coffee")))
    missing, broken = cloud.url("missing.jpg"), cloud.put("broken.jpg", b"no image")
    dataset = make_dataset([good, missing, broken])

    with caplog.at_level(logging.WARNING):
        dataset.compute_metadata(progress=False)
    with pytest.raises(OSError, match=r"missing\.jpg|cannot identify"):
        dataset.compute_metadata(skip_failures=False, progress=False)

    assert dataset.exists("metadata").values("filepath") == [good]
    assert "Failed to populate metadata on 2 samples" in caplog.text
    assert missing in caplog.text
    assert broken in caplog.text


def test_other_files_cost_one_head_request(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    url = cloud.put("cloud.pcd", b"p" * 1000)

    metadata = fom.Metadata.build_for(url)

    assert (metadata.size_bytes, metadata.mime_type) == (1000, "application/octet-stream")
    assert [request.method for request in requests_seen.requests] == ["HEAD"]


def test_the_store_knows_the_type_of_names_that_tell_nothing(cloud: Cloud) -> None:
    key = f"{cloud.folder}/0001"
    content = encode(photograph("coffee"))
    cloud.client.put_object(Bucket=cloud.bucket, Key=key, Body=content, ContentType="image/jpeg")

    assert fom.ImageMetadata.build_for(cloud.url("0001")).mime_type == "image/jpeg"


def test_images_on_web_servers_with_and_without_ranges(cloud: Cloud, tmp_path: Path) -> None:
    content = encode(photograph("hubble_deep_field"), "PNG")
    (tmp_path / "hubble.png").write_bytes(content)

    with web_server(tmp_path) as server, recording_proxy(server) as seen:
        metadata = fom.ImageMetadata.build_for(f"{seen.url}/hubble.png?token=secret")

    assert (metadata.width, metadata.height, metadata.size_bytes) == (1000, 872, len(content))
    assert metadata.mime_type == "image/png"
    assert cloud.cached_files() == []


def test_pixels_in_memory_behave_as_in_stock() -> None:
    metadata = fom.ImageMetadata.build_for(np.zeros((4, 6, 3), dtype=np.uint8))

    assert (metadata.width, metadata.height, metadata.num_channels) == (6, 4, 3)
