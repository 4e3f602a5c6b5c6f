from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from safelight.runtime import get_runtime, reset
from support.s3_server import S3Server


def run(program: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_importing_it_starts_and_reads_nothing(tmp_path: Path) -> None:
    out = run(
        """
        import sys, threading
        opened = []
        sys.addaudithook(lambda event, args: opened.append(args[0]) if event in ("socket.__new__",) else None)
        import safelight.runtime
        runtime = safelight.runtime.get_runtime()
        print(threading.active_count(), opened, "boto3" in sys.modules, "obstore" in sys.modules)
        """,
        HOME=str(tmp_path),
        FIFTYONE_MEDIA_CACHE_SIZE_BYTES="wrong, but nobody has asked yet",
    )
    assert out.split() == ["1", "[]", "False", "False"]
    assert list(tmp_path.iterdir()) == []


def test_there_is_one_runtime_per_process() -> None:
    found = []
    threads = [threading.Thread(target=lambda: found.append(get_runtime().cache)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(cache) for cache in found}) == 1


def test_reset_reads_the_settings_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_DIR", str(tmp_path / "one"))
    assert reset().cache.options.cache_dir == tmp_path / "one"
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_DIR", str(tmp_path / "two"))
    assert get_runtime().cache.options.cache_dir == tmp_path / "one"
    assert reset().cache.options.cache_dir == tmp_path / "two"
    reset()


USE = """
    import os, sys
    from safelight.runtime import get_runtime
    first, second = os.environ["URIS"].split()
    path = get_runtime().cache.get_local_path(first)
    child = os.fork()
    if child == 0:
        assert get_runtime().cache.get_local_path(first) == path
        assert os.path.exists(get_runtime().cache.get_local_path(second))
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert get_runtime().cache.is_cached(second)
"""


def test_a_forked_child_gets_its_own_and_both_end_in_order(s3: S3Server, bucket: str, tmp_path: Path) -> None:
    for key in ("a.jpg", "b.jpg"):
        s3.client().put_object(Bucket=bucket, Key=key, Body=b"1")
    uris = f"s3://{bucket}/a.jpg s3://{bucket}/b.jpg"
    run(USE, **s3.environment, URIS=uris, FIFTYONE_MEDIA_CACHE_DIR=str(tmp_path))
    assert list((tmp_path / "leases").iterdir()) == []


WORKERS = """
    import multiprocessing, os, sys
    from safelight.runtime import get_runtime

    def use(uri):
        return os.path.exists(get_runtime().cache.get_local_path(uri))

    if __name__ == "__main__":
        first, second = os.environ["URIS"].split()
        assert use(first)
        for method in ("fork", "spawn"):
            with multiprocessing.get_context(method).Pool(2) as pool:
                assert all(pool.map(use, [first, second]))
                pool.close()
                pool.join()
"""


def test_worker_processes_end_in_order_too(s3: S3Server, bucket: str, tmp_path: Path) -> None:
    for key in ("a.jpg", "b.jpg"):
        s3.client().put_object(Bucket=bucket, Key=key, Body=b"1")
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(WORKERS))
    uris = f"s3://{bucket}/a.jpg s3://{bucket}/b.jpg"
    cache = {"URIS": uris, "FIFTYONE_MEDIA_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, program], env={**os.environ, **s3.environment, **cache}, check=True, timeout=60
    )
    assert list((tmp_path / "cache/leases").iterdir()) == []
