"""The first use of the database, in processes of their own: the real server, and one that is not there."""

from __future__ import annotations

import os
import subprocess
import sys

from safelight_server.quickstart.ports import find_free_port


def run(script: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return done.stdout.splitlines()


def test_a_server_that_is_not_there_is_named_each_time_without_the_password() -> None:
    place = f"127.0.0.1:{find_free_port()}"
    script = """
import fiftyone as fo
for _ in range(2):
    try:
        fo.list_datasets()
    except ConnectionError as error:
        print(error, '|', type(error.__cause__).__name__)
"""
    uri = f"mongodb://someone:hunter2@{place}/?serverSelectionTimeoutMS=200"
    first, second = run(script, FIFTYONE_DATABASE_URI=uri)
    assert first == second
    assert first.startswith(f"Could not connect to `mongod` at {place}. ")
    assert "FIFTYONE_DATABASE_URI" in first
    assert first.endswith("| ServerSelectionTimeoutError")
    assert "hunter2" not in first


SECOND_THREAD = """
import threading, time, fiftyone as fo
from fiftyone.core.odm import database
connect, outcome = database.mongoengine.connect, []
def slowly(*args, **kwargs):
    time.sleep(0.5)
    return connect(*args, **kwargs)
database.mongoengine.connect = slowly
first = threading.Thread(target=fo.list_datasets)
first.start()
while database._client is None:
    time.sleep(0.01)
try:
    fo.Dataset()
    print('created')
except Exception as error:
    print(type(error).__name__)
first.join()
"""


def test_a_second_thread_waits_until_the_first_has_connected_altogether() -> None:
    assert "created" in run(SECOND_THREAD)


def test_with_stock_it_does_not() -> None:
    assert "ConnectionFailure" in run(SECOND_THREAD, SAFELIGHT_DISABLE_PATCHES="connection")


def test_a_fork_while_another_thread_connects_can_connect() -> None:
    script = """
import os, threading, fiftyone as fo
from fiftyone.core.odm import database
entered, leave = threading.Event(), threading.Event()
def slow(config):
    entered.set()
    leave.wait(20)
establish, database.establish_db_conn = database.establish_db_conn, slow
thread = threading.Thread(target=fo.list_datasets)
thread.start()
entered.wait()
pid = os.fork()
if pid == 0:
    database.establish_db_conn = establish
    os._exit(0 if isinstance(fo.list_datasets(), list) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
leave.set()
os._exit(0)
"""
    assert run(script)[-1] == "0"
