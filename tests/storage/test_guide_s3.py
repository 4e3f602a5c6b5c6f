"""The page on credentials: what it says of S3, MinIO and of every store, as the reader pastes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.guide import CREDENTIALS, credentials_recipe, read_after, recipes, run_in_shell
from support.s3_server import S3Server


@pytest.fixture
def address(s3: S3Server, bucket: str) -> str:
    s3.client().put_object(Bucket=bucket, Key="images/1.jpg", Body=b"picture")
    return f"s3://{bucket}/images/1.jpg"


def aws_file(path: Path, s3: S3Server, section: str = "default") -> Path:
    keys = f"aws_access_key_id = {s3.access_key}\naws_secret_access_key = {s3.secret_key}\n"
    path.write_text(f"[{section}]\n{keys}")
    return path


def keys(s3: S3Server) -> dict[str, str]:
    return {"AKIAEXAMPLE": s3.access_key, "EXAMPLESECRET": s3.secret_key}


def where(s3: S3Server) -> dict[str, str]:
    return {"S3_ENDPOINT_URL": s3.endpoint_url}


def minio_ini(path: Path, s3: S3Server) -> Path:
    values = {
        "EXAMPLEKEY": s3.access_key,
        "EXAMPLESECRET": s3.secret_key,
        "https://minio.example.com": s3.endpoint_url,
    }
    path.write_text(credentials_recipe("minio-ini", values))
    return path


def cache_config(path: Path, text: str) -> dict[str, str]:
    path.write_text(text)
    return {"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(path)}


def test_keys(s3: S3Server, address: str) -> None:
    script = credentials_recipe("s3-keys", keys(s3)).replace("export AWS_SESSION_TOKEN", "# export")
    assert read_after(script, address, where(s3)) == "picture"


def test_web_identity(tmp_path: Path, places: object, moto: S3Server) -> None:
    moto.client().create_bucket(Bucket="identity-guide")
    moto.client().put_object(Bucket="identity-guide", Key="a.jpg", Body=b"picture")
    (tmp_path / "token").write_text("a.web.token")
    script = credentials_recipe("s3-web-identity", {"/path/to/token": str(tmp_path / "token")})
    elsewhere = {"AWS_ENDPOINT_URL": moto.endpoint_url}
    assert read_after(script, "s3://identity-guide/a.jpg", elsewhere) == "picture"
    said = run_in_shell(f"{script}\nsafelight storage whoami s3://identity-guide", elsewhere)
    assert "AWS_WEB_IDENTITY_TOKEN_FILE (or in the AWS files) - chosen" in said


@pytest.mark.parametrize(
    ("name", "file"), [("s3-config-file", "aws-config.ini"), ("s3-shared-file", "aws-credentials.ini")]
)
def test_files(s3: S3Server, address: str, tmp_path: Path, name: str, file: str) -> None:
    script = credentials_recipe(name, {f"/path/to/{file}": str(aws_file(tmp_path / file, s3))})
    assert read_after(script, address, where(s3)) == "picture"


def test_media_cache_config(s3: S3Server, address: str, tmp_path: Path) -> None:
    file = aws_file(tmp_path / "aws-config.ini", s3)
    text = credentials_recipe("s3-media-cache-config", {"/path/to/aws-config.ini": str(file)})
    environment = cache_config(tmp_path / "config.json", text) | where(s3)
    assert read_after("true", address, environment) == "picture"


def test_requester_pays_and_canned_acl(s3: S3Server, address: str) -> None:
    script = credentials_recipe("s3-compatible", keys(s3) | {"https://s3.example.com": s3.endpoint_url})
    pays = credentials_recipe("s3-requester-pays", {"streaming-bucket": address.split("/")[2]})
    copy = f"safelight storage copy --quiet {address} {address}.copy"
    assert "1 files copied" in run_in_shell(f"{script}\n{pays}\n{copy}")


def test_compatible_stores(s3: S3Server, address: str) -> None:
    script = credentials_recipe("s3-compatible", keys(s3) | {"https://s3.example.com": s3.endpoint_url})
    assert read_after(script, address) == "picture"


def test_minio_variables(s3: S3Server, address: str) -> None:
    values = {
        "EXAMPLEKEY": s3.access_key,
        "EXAMPLESECRET": s3.secret_key,
        "https://minio.example.com": s3.endpoint_url,
    }
    script = credentials_recipe("minio-variables", values)
    path = address.removeprefix("s3://")
    for form in (f"minio://{path}", f"pictures://{path}", f"{s3.endpoint_url}/{path}"):
        assert read_after(script, form) == "picture"


def test_minio_files(s3: S3Server, address: str, tmp_path: Path) -> None:
    ini = str(minio_ini(tmp_path / "minio.ini", s3))
    form = address.replace("s3://", "pictures://")
    script = credentials_recipe("minio-file", {"/path/to/minio-config.ini": ini})
    assert read_after(script, form) == "picture"
    text = credentials_recipe("minio-media-cache-config", {"/path/to/minio-config.ini": ini})
    assert read_after("true", form, cache_config(tmp_path / "config.json", text)) == "picture"


def test_extra_client_arguments(s3: S3Server, address: str, tmp_path: Path) -> None:
    text = credentials_recipe("extra-client-kwargs", {})
    environment = cache_config(tmp_path / "config.json", text) | s3.environment
    assert read_after("true", address, environment) == "picture"
    wrong = text.replace("read_timeout", "no_such_argument")
    with pytest.raises(AssertionError, match="no_such_argument"):
        read_after("true", address, cache_config(tmp_path / "config.json", wrong) | s3.environment)


def test_looking_into_a_store(s3: S3Server, address: str) -> None:
    bucket = address.split("/")[2]
    ours = {"our-bucket": bucket}
    assert "testkey" in run_in_shell(credentials_recipe("whoami", ours), s3.environment)
    assert "+ signed URL" in run_in_shell(credentials_recipe("check", ours), s3.environment)
    said = run_in_shell(credentials_recipe("cors", ours), s3.environment)
    assert "may now GET, HEAD" in said
    shown = run_in_shell(f"safelight storage cors show s3://{bucket}", s3.environment)
    assert json.loads(shown)[0]["origins"] == ["https://fiftyone.example.com"]


def test_copying(s3: S3Server, address: str, tmp_path: Path) -> None:
    other = s3.new_bucket()
    ours = address.split("/")[2]
    s3.client().put_object(Bucket=ours, Key="inbox/2.jpg", Body=b"2")
    script = credentials_recipe("copy", {"our-bucket": ours, "other-bucket": other})
    cached = credentials_recipe("cache-control", {})
    run_in_shell(f"{cached}\n{script}", s3.environment)
    listed = s3.client().list_objects_v2(Bucket=other)["Contents"]
    assert [each["Key"] for each in listed] == ["images/1.jpg", "inbox/2.jpg"]
    run_in_shell(f"{cached}\nsafelight storage copy --quiet {__file__} s3://{other}/test.py", s3.environment)
    head = s3.client().head_object(Bucket=other, Key="test.py")
    assert head["CacheControl"] == "public, max-age=86400"


def test_every_recipe_is_run_by_some_test() -> None:
    tests = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*guide*.py"))
    assert [name for name in recipes(CREDENTIALS) if f'"{name}"' not in tests] == []
