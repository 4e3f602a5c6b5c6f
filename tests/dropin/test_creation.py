"""Datasets created at the same time, by threads and by processes, against the real database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

_TWO_THREADS = """
import collections, json, threading
import fiftyone as fo
from fiftyone.core import dataset as upstream

names = {names}
fo.delete_datasets("*")
both = threading.Barrier(2)
check = upstream._validate_dataset_name
first = threading.local()
def checked(name, skip=None):
    slug = check(name, skip=skip)
    if not hasattr(first, "time"):
        first.time = True
        both.wait()  # both have found the name free, and neither has created the dataset
    return slug
upstream._validate_dataset_name = checked
class Clock:
    times = [1, 1, 2]
    @classmethod
    def now(cls):
        return cls
    @classmethod
    def strftime(cls, format):
        return f"at {{cls.times.pop(0)}}"
upstream.datetime = type("Time", (), {{"now": Clock.now, "utcnow": upstream.datetime.utcnow}})
ends = []
def create(name):
    try:
        ends.append(fo.Dataset(name).name)
    except Exception as error:
        ends.append(f"{{type(error).__name__}}: {{error}}")
threads = [threading.Thread(target=create, args=(name,)) for name in names]
for thread in threads: thread.start()
for thread in threads: thread.join()
database = upstream.foo.get_db_conn()
known = {{each["sample_collection_name"] for each in database.datasets.find()}}
left = [name for name in database.list_collection_names() if name.startswith("samples.")]
print(json.dumps([sorted(ends), sorted(fo.list_datasets()), sorted(set(left) - known)]))
"""


def run(script: str, **environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "FIFTYONE_DATABASE_NAME": "creation", **environment},
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_who_loses_the_race_for_a_name_is_told_as_if_there_had_been_none() -> None:
    ends, names, orphans = run(_TWO_THREADS.format(names=["same", "same"]))
    assert ends == ["ValueError: Dataset name 'same' is not available", "same"]
    assert names == ["same"]
    assert orphans == []


def test_with_stock_it_is_the_drivers_error() -> None:
    ends, _, _ = run(_TWO_THREADS.format(names=["same", "same"]), SAFELIGHT_DISABLE_PATCHES="creation")
    assert ends[0].startswith("DuplicateKeyError")


def test_the_same_microsecond_gives_two_datasets() -> None:
    ends, names, orphans = run(_TWO_THREADS.format(names=[None, None]))
    assert ends == names == ["at 1", "at 2"]
    assert orphans == []


def test_other_errors_are_upstreams() -> None:
    script = (
        "import json, fiftyone as fo\n"
        "fo.delete_datasets('*')\n"
        "try: fo.Dataset(media_type='smell')\n"
        "except ValueError as error: print(json.dumps([str(error), fo.list_datasets()]))"
    )
    message, names = run(script)
    assert message.startswith("Invalid media type 'smell'")
    assert names == []


_PROCESSES = """
import json, multiprocessing, sys
import fiftyone as fo

def create(barrier, names):
    ends = []
    for name in names:
        barrier.wait()
        try:
            ends.append(fo.Dataset(name, persistent=True).name)
        except ValueError:
            ends.append(None)
    return ends

def worker(barrier, names, queue):
    queue.put(create(barrier, names))

if __name__ == "__main__":
    fo.delete_datasets("*")
    context, count = multiprocessing.get_context("fork"), 4
    names = {names}
    barrier, queue = context.Barrier(count), context.Queue()
    workers = [context.Process(target=worker, args=(barrier, names, queue)) for _ in range(count)]
    for each in workers: each.start()
    ends = [queue.get() for _ in workers]
    for each in workers: each.join()
    print(json.dumps([ends, sorted(fo.list_datasets())]))
"""


@pytest.mark.parametrize("named", [True, False])
def test_processes_create_datasets_at_the_same_time(named: bool) -> None:
    names = [f"dataset {number}" if named else None for number in range(10)]
    ends, existing = run(_PROCESSES.format(names=names))
    created = sorted(name for each in ends for name in each if name)
    assert created == existing
    # One process has each name; without names, all have all of theirs.
    assert len(created) == (10 if named else 40)
