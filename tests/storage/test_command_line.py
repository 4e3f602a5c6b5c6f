"""`safelight storage whoami`, `copy` and `move`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight import runtime
from safelight.cli import main
from support.s3_server import S3Server


@pytest.fixture(autouse=True)
def _fresh_runtime(s3_environment: S3Server) -> Iterator[None]:
    runtime.reset()
    yield
    runtime.reset()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["storage", *arguments]) == 0
    return capsys.readouterr().out


def test_whoami_names_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "whoami", "s3://bucket/key")
    assert "> " in out
    chosen = next(line for line in out.splitlines() if line.startswith("> "))
    assert "AWS_ACCESS_KEY_ID" in chosen
    assert "testkey" in out
    assert "testsecret" not in out


def test_whoami_says_what_was_passed_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text(
        "[team]\naws_access_key_id = FILEKEY\naws_secret_access_key = hunter2\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "team")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = json.loads(run(capsys, "whoami", "--json", "s3://bucket"))
    outcomes = {each["source"]: each["outcome"] for each in found["candidates"]}
    assert outcomes["AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"] == "not set"
    assert outcomes["shared credentials file"] == "chosen"
    assert outcomes["instance metadata service"] == "not looked at"
    assert found["principal"] == "access key FILEKEY, profile team"
    assert "hunter2" not in json.dumps(found)


def test_whoami_of_a_path_of_this_machine_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "whoami", "pictures/a.jpg").startswith("pictures/a.jpg is local at this machine\n")


def test_copy_of_a_directory_goes_on_where_it_stopped(
    capsys: pytest.CaptureFixture[str], s3: S3Server, bucket: str
) -> None:
    other = s3.new_bucket()
    for key in ("d/a.jpg", "d/e/b.jpg", "d/.hidden"):
        s3.client().put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert "3 files copied, 0 were there" in run(
        capsys, "copy", "--quiet", f"s3://{bucket}/d", f"s3://{other}/x"
    )
    body = s3.client().get_object(Bucket=other, Key="x/e/b.jpg")["Body"].read()
    assert body == b"d/e/b.jpg"
    s3.client().put_object(Bucket=other, Key="x/a.jpg", Body=b"changed")
    out = run(capsys, "copy", "--quiet", f"s3://{bucket}/d", f"s3://{other}/x")
    assert "1 files copied, 2 were there" in out
    assert "3 files copied, 0" in run(
        capsys, "copy", "--quiet", "--again", f"s3://{bucket}/d", f"s3://{other}/x"
    )


def test_move_of_one_object(
    capsys: pytest.CaptureFixture[str], s3: S3Server, bucket: str, tmp_path: Path
) -> None:
    s3.client().put_object(Bucket=bucket, Key="a.jpg", Body=b"a")
    run(capsys, "move", "--quiet", f"s3://{bucket}/a.jpg", f"{tmp_path}/there/")
    assert (tmp_path / "there/a.jpg").read_bytes() == b"a"
    assert "Contents" not in s3.client().list_objects_v2(Bucket=bucket)


def test_upload_of_a_directory(
    capsys: pytest.CaptureFixture[str], s3: S3Server, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.jpg").write_bytes(b"a")
    assert "1 files copied" in run(capsys, "copy", "--quiet", str(tmp_path / "d"), f"s3://{bucket}/up")
    assert "0 files copied, 1 were there" in run(
        capsys, "copy", "--quiet", str(tmp_path / "d"), f"s3://{bucket}/up"
    )


def test_a_source_that_is_not_there(capsys: pytest.CaptureFixture[str], bucket: str) -> None:
    assert main(["storage", "copy", "--quiet", f"s3://{bucket}/nothing", "s3://x/y"]) == 1
    assert f"s3://{bucket}/nothing" in capsys.readouterr().err


def test_progress_is_shown(capsys: pytest.CaptureFixture[str], s3: S3Server, bucket: str) -> None:
    s3.client().put_object(Bucket=bucket, Key="a.jpg", Body=b"a")
    assert main(["storage", "copy", f"s3://{bucket}/a.jpg", f"s3://{bucket}/b.jpg"]) == 0
    assert "Copying" in capsys.readouterr().err
