"""`safelight tunnel`: an address for whatever speaks to MongoDB."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pymongo

from support.gateway_rig import KEY, RunningGateway


def test_it_prints_an_address_that_works_until_it_is_interrupted(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    environment = os.environ | {
        "FIFTYONE_API_URI": gateway.url,
        "FIFTYONE_API_KEY": KEY,
        "TMPDIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "safelight.cli", "tunnel"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        uri = process.stdout.readline().strip()
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(uri)
        with client:
            assert client.admin.command("ping")["ok"] == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert list(tmp_path.iterdir()) == []
