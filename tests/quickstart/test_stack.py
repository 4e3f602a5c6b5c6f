"""The whole stack as its users run it: the command, real processes, without building `fiftyone`."""

from __future__ import annotations

import json
import os
import signal
import socketserver
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pymongo
import pytest

COMMAND = [sys.executable, "-m", "safelight_server.cli"]


def safelight_server(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=120)


def start(state: Path) -> dict[str, Any]:
    done = safelight_server("quickstart", "--detach", "--no-fiftyone", "--state-dir", str(state))
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads((state / "stack.json").read_text()))


def stop(state: Path) -> None:
    done = safelight_server("stop", "--state-dir", str(state))
    assert done.returncode == 0, done.stderr


def running(state: Path) -> dict[str, int]:
    """Process ids of a stack, by name."""
    record = json.loads((state / "run.json").read_text())
    return {
        "supervisor": record["pid"],
        **{name: pid for name, (pid, _created) in record["services"].items()},
    }


def wait_until_gone(pids: dict[str, int]) -> None:
    deadline = time.monotonic() + 30
    while alive := [name for name, pid in pids.items() if psutil.pid_exists(pid)]:
        assert time.monotonic() < deadline, f"still running: {alive}"
        time.sleep(0.1)


def store(stack: dict[str, Any]) -> Any:
    s3 = stack["s3"]
    return boto3.client(
        "s3",
        endpoint_url=s3["endpoint_url"],
        aws_access_key_id=s3["access_key"],
        aws_secret_access_key=s3["secret_key"],
        region_name="us-east-1",
    )


def answers(stack: dict[str, Any], path: str, token: str = "") -> int:
    """The index's status code for a request."""
    request = urllib.request.Request(stack["index_url"] + path)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def whoami(stack: dict[str, Any]) -> dict[str, Any]:
    """As whom the admin's key acts."""
    request = urllib.request.Request(f"{stack['api_uri']}/api/v1/whoami")
    request.add_header("Authorization", f"Bearer {stack['admin_api_key']}")
    with urllib.request.urlopen(request, timeout=10) as response:
        return dict(json.load(response))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state directory whose stack, if any, is stopped afterwards."""
    directory = tmp_path / "stack"
    yield directory
    safelight_server("stop", "--state-dir", str(directory))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state directory of a stack that runs, for tests that only look at it."""
    directory = tmp_path_factory.mktemp("shared") / "stack"
    start(directory)
    yield directory
    stop(directory)


def described(state: Path) -> dict[str, Any]:
    return dict(json.loads((state / "stack.json").read_text()))


class _HangUp(socketserver.BaseRequestHandler):
    """A stranger on our port: it takes the connection and closes it."""


def test_a_stack_starts_serves_stops_and_goes_on_with_its_data(state: Path) -> None:
    stack = start(state)
    with pymongo.MongoClient[dict[str, Any]](stack["mongodb_uri"]) as client:
        client["team"]["notes"].insert_one({"_id": "kept"})
    store(stack).put_object(Bucket=stack["s3"]["bucket"], Key="kept", Body=b"kept")
    assert answers(stack, "/whoami", stack["index_token"]) == 200
    assert answers(stack, "/whoami") == 401
    assert whoami(stack)["role"] == "ADMIN"
    before = running(state)

    status = safelight_server("status", "--state-dir", str(state))
    assert status.returncode == 0
    assert all(str(pid) in status.stdout for pid in before.values())
    assert stack["index_token"] not in status.stdout
    assert stack["admin_api_key"] not in status.stdout

    again = safelight_server("quickstart", "--detach", "--no-fiftyone", "--state-dir", str(state))
    assert again.returncode == 1
    assert "already running" in again.stderr

    stop(state)
    wait_until_gone(before)
    status = safelight_server("status", "--state-dir", str(state))
    assert status.returncode == 1
    assert "Nothing runs" in status.stdout

    assert start(state) == stack, "ports, keys and the token are kept"
    with pymongo.MongoClient[dict[str, Any]](stack["mongodb_uri"]) as client:
        assert client["team"]["notes"].find_one() == {"_id": "kept"}
    assert store(stack).get_object(Bucket=stack["s3"]["bucket"], Key="kept")["Body"].read() == b"kept"


def test_only_its_owner_can_read_what_it_writes_and_logs_hold_no_secrets(shared: Path) -> None:
    stack = described(shared)
    for name in ("stack.json", "env.sh"):
        assert stat.S_IMODE((shared / name).stat().st_mode) == 0o600
    secrets = [stack["index_token"], stack["admin_api_key"], stack["s3"]["secret_key"]]
    logs = [*shared.glob("*.log"), *shared.glob("*/*.log")]
    assert len(logs) >= 5
    assert not [log for log in logs for secret in secrets if secret in log.read_text()]


def test_env_sh_points_a_shell_at_the_stack(shared: Path) -> None:
    stack = described(shared)
    shown = subprocess.run(
        ["sh", "-c", f". {shared}/env.sh && env"], capture_output=True, text=True, check=True
    )
    environment = dict(line.split("=", 1) for line in shown.stdout.splitlines() if "=" in line)
    assert environment["FIFTYONE_DATABASE_URI"] == stack["mongodb_uri"]
    assert environment["AWS_SECRET_ACCESS_KEY"] == stack["s3"]["secret_key"]
    assert environment["S3_ENDPOINT_URL"] == stack["s3"]["endpoint_url"]
    assert environment["SAFELIGHT_PACKAGES_URL"].endswith(stack["index_url"].removeprefix("http://"))


def test_everything_listens_on_the_loopback_interface_only(shared: Path) -> None:
    children = psutil.Process(running(shared)["supervisor"]).children(recursive=True)
    sockets = [c for child in children for c in child.net_connections("inet") if c.status == "LISTEN"]
    assert len(sockets) >= 5
    assert {connection.laddr.ip for connection in sockets} == {"127.0.0.1"}


def test_a_server_that_dies_is_named_with_its_last_words_and_the_rest_is_stopped(state: Path) -> None:
    start(state)
    before = running(state)
    os.kill(before["mongod"], signal.SIGKILL)
    wait_until_gone(before)
    status = safelight_server("status", "--state-dir", str(state))
    assert status.returncode == 1
    assert "mongod was ended by SIGKILL. Its last log lines:" in status.stdout
    assert "  | {" in status.stdout


def test_a_killed_stack_starts_again_although_its_process_ids_are_still_written_down(state: Path) -> None:
    stack = start(state)
    before = running(state)
    os.kill(before["supervisor"], signal.SIGKILL)
    wait_until_gone({"supervisor": before["supervisor"]})
    status = safelight_server("status", "--state-dir", str(state))
    assert "was killed" in status.stdout
    assert start(state) == stack


def test_ports_that_somebody_took_meanwhile_are_replaced_and_the_data_are_still_there(state: Path) -> None:
    stack = start(state)
    with pymongo.MongoClient[dict[str, Any]](stack["mongodb_uri"]) as client:
        client["team"]["notes"].insert_one({"_id": "kept"})
    stop(state)
    with socketserver.TCPServer(("127.0.0.1", stack["ports"]["mongodb"]), _HangUp) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        moved = start(state)
        assert moved["mongodb_uri"] != stack["mongodb_uri"]
        assert moved["s3"] == stack["s3"]
        with pymongo.MongoClient[dict[str, Any]](moved["mongodb_uri"]) as client:
            assert client["team"]["notes"].find_one() == {"_id": "kept"}
        stranger.shutdown()


def test_ctrl_c_stops_everything(state: Path) -> None:
    command = [*COMMAND, "quickstart", "--no-fiftyone", "--state-dir", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = ""
        while "env.sh" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        before = running(state)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    wait_until_gone(before)


def test_stopping_nothing_says_so(tmp_path: Path) -> None:
    done = safelight_server("stop", "--state-dir", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "Nothing runs" in done.stderr
