"""Who may destroy what in a bucket: the decision, and how permissions travel."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import DestructiveOperationError
from safelight.files.guard import allow_remote_changes, check, check_beside, is_allowed

NAME = st.text("ab./", max_size=8)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("s3://b/out", True),
        ("s3://b/out/", True),
        ("s3://b/out/a/b.jpg", True),
        ("s3://b/outer/a.jpg", False),
        ("s3://b/out/../a.jpg", False),
        ("s3://b/a/../out/x.jpg", False),
        ("s3://c/out/a.jpg", False),
        ("s3://b/out?versionId=3", True),
    ],
)
def test_a_prefix_covers_itself_and_what_is_below(path: str, allowed: bool) -> None:
    assert is_allowed(path, ["s3://b/out"]) is allowed
    assert is_allowed(path, ["s3://b/out/"]) is allowed


@given(name=NAME)
def test_nothing_is_allowed_unasked(name: str) -> None:
    assert not is_allowed(f"s3://b/{name}", [])
    assert not is_allowed(f"s3://b/{name}", ["s3://b/out/of/reach", "s3://c"])


@given(name=NAME.filter(lambda name: ".." not in name))
def test_a_bucket_covers_everything_in_it(name: str) -> None:
    assert is_allowed(f"s3://b/{name}", ["s3://b"])


def test_local_paths_are_nobodys_business() -> None:
    check("delete", "/home/me/file.jpg")


def test_the_refusal_says_how_to_ask() -> None:
    with pytest.raises(DestructiveOperationError) as raised:
        check("overwrite", "https://host/a.jpg?signature=secret")
    assert "with fo.allow_remote_changes('https://host/a.jpg'):" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_refusal_to_write_beside_counts_the_files() -> None:
    with pytest.raises(DestructiveOperationError) as raised:
        check_beside(["/local/0.jpg", "s3://b/in/1.jpg", "s3://b/in/2.jpg"])
    assert "s3://b/in/1.jpg: refused to write beside or over this remote file and 1 others" in str(
        raised.value
    )
    assert "with fo.allow_remote_changes('s3://b/in'):" in str(raised.value)
    check_beside(["/local/0.jpg"])
    with allow_remote_changes("s3://b/in"):
        check_beside(["s3://b/in/1.jpg"])


def test_permission_ends_with_the_block_also_when_it_fails() -> None:
    def fail() -> None:
        with allow_remote_changes("s3://b/out"):
            check("delete", "s3://b/out/a.jpg")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with pytest.raises(DestructiveOperationError):
        check("delete", "s3://b/out/a.jpg")


def test_blocks_nest() -> None:
    with allow_remote_changes("s3://b/out", "s3://b/tmp"):
        with allow_remote_changes("s3://b/out"):
            check("move", "s3://b/out/a.jpg")
        check("move", "s3://b/out/a.jpg")
        check("move", "s3://b/tmp/a.jpg")


def test_threads_share_the_permission() -> None:
    refused: list[BaseException] = []

    def work() -> None:
        try:
            check("delete", "s3://b/out/a.jpg")
        except DestructiveOperationError as error:
            refused.append(error)

    with allow_remote_changes("s3://b/out"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert not refused


def test_spawned_processes_inherit_the_permission() -> None:
    code = "from safelight.files.guard import check; check('delete', 's3://b/a b/c.jpg')"
    with allow_remote_changes("s3://b/a b"):
        subprocess.run([sys.executable, "-c", code], check=True)
    refused = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "DestructiveOperationError" in refused.stderr


@pytest.mark.parametrize("prefixes", [(), ("/local",), ("s3://",), ("s3://b/a\nb",)])
def test_permissions_need_a_remote_place(prefixes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="name"), allow_remote_changes(*prefixes):
        pass
