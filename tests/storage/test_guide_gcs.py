"""The page on credentials: what it says of Google Cloud Storage, as the reader pastes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.gcs.place import GCSPlace
from support.guide import credentials_recipe, read_after, run_in_shell
from support.s3_server import S3Server

_FILE = "/path/to/gcp-credentials.json"
_BUCKET = "streaming-bucket"
_SHOW = """<<'END'
import sys
import fiftyone as fo

dataset = fo.Dataset()
dataset.add_sample(fo.Sample(filepath=sys.argv[1]))
dataset.download_media()
print(open(dataset.first().local_path).read(), dataset.first().filepath)
END
"""


@pytest.fixture
def address(gcs: GCSPlace) -> str:
    bucket = gcs.new_bucket()
    gcs.client.bucket(bucket).blob("images/1.jpg").upload_from_string(b"picture")
    return f"gs://{bucket}/images/1.jpg"


def where(folder: Path, url: str, **settings: Any) -> dict[str, str]:
    """The environment of a reader whose media cache config says where the tests' server is."""
    path = folder / "config.json"
    endpoint = {"extra_client_kwargs": {"gcs": {"client_options": {"api_endpoint": url}}}}
    path.write_text(json.dumps(endpoint | settings))
    return {"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(path)}


def test_a_file(gcs: GCSPlace, address: str, tmp_path: Path) -> None:
    script = credentials_recipe("gcs-file", {_FILE: gcs.credentials_file()})
    environment = where(tmp_path, gcs.front.url)
    assert read_after(script, address, environment) == "picture"
    said = run_in_shell(f"{script}\nsafelight storage whoami {address}", environment)
    assert "GOOGLE_APPLICATION_CREDENTIALS - chosen" in said
    assert "service account key" in said


def test_a_dataset(gcs: GCSPlace, address: str, tmp_path: Path) -> None:
    script = credentials_recipe("gcs-file", {_FILE: gcs.credentials_file()})
    environment = where(tmp_path, gcs.front.url) | {"FIFTYONE_MEDIA_CACHE_DIR": str(tmp_path / "cache")}
    said = run_in_shell(f"{script}\npython - {address} {_SHOW}", environment)
    assert f"picture {address}" in said


def test_the_media_cache_config(gcs: GCSPlace, address: str, tmp_path: Path) -> None:
    settings = json.loads(credentials_recipe("gcs-media-cache-config", {_FILE: gcs.credentials_file()}))
    assert read_after("true", address, where(tmp_path, gcs.front.url, **settings)) == "picture"


def test_an_hmac_key(s3: S3Server, bucket: str, tmp_path: Path) -> None:
    s3.client().put_object(Bucket=bucket, Key="images/1.jpg", Body=b"picture")
    values = {
        "EXAMPLEFODNN7EXAMPLE": s3.access_key,
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": s3.secret_key,
    }
    script = credentials_recipe("gcs-hmac", values)
    environment = where(tmp_path, s3.endpoint_url)
    assert read_after(script, f"gs://{bucket}/images/1.jpg", environment) == "picture"


def test_requester_pays(gcs: GCSPlace, address: str, tmp_path: Path) -> None:
    bucket = address.split("/")[2]
    file = credentials_recipe("gcs-file", {_FILE: gcs.credentials_file()})
    pays = credentials_recipe("gcs-requester-pays", {_BUCKET: bucket})
    gcs.front.payers.add(bucket)
    try:
        assert read_after(f"{file}\n{pays}", address, where(tmp_path, gcs.front.url)) == "picture"
        payers = {request.headers.get("x-goog-user-project") for request in gcs.front.requests[-1:]}
        assert payers == {"our-project"}
    finally:
        gcs.front.payers.clear()


def test_check_and_cors(gcs: GCSPlace, address: str, tmp_path: Path) -> None:
    script = credentials_recipe("gcs-file", {_FILE: gcs.credentials_file()})
    environment = where(tmp_path, gcs.front.url)
    bucket = "/".join(address.split("/")[:3])
    lines = f"""
        safelight storage cors apply {bucket} --origin https://app.example.com
        safelight storage cors show {bucket}
        safelight storage check --write {address}
    """
    said = run_in_shell(script + lines, environment)
    assert "https://app.example.com" in said
