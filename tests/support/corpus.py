"""What FiftyOne sends: `PYTHONPATH=tests python -m support.corpus` records it again.

Every action of `support.actions` runs on stock FiftyOne against a MongoDB of its own, and the driver reports
each command. A line of the corpus is one action: what it needs, its dataset's id, and its commands in their
order, without the fields of sessions, each different one once.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path
from typing import Any

import bson
from bson import json_util
from pymongo import monitoring

CORPUS = Path(__file__).parents[1] / "authz" / "corpus.jsonl.gz"
_ENVELOPE = ("lsid", "$clusterTime", "txnNumber", "$readPreference")
_HANDSHAKES = {"hello", "isMaster", "ismaster"}


class Recorder(monitoring.CommandListener):
    """Keeps every command that the driver sends."""

    def __init__(self) -> None:
        self.commands: list[bytes] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name not in _HANDSHAKES:
            command = {key: value for key, value in event.command.items() if key not in _ENVELOPE}
            self.commands.append(bson.encode(command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def read_corpus() -> list[dict[str, Any]]:
    """The recorded actions."""
    with gzip.open(CORPUS, "rt") as lines:
        return [json_util.loads(line, json_options=json_util.CANONICAL_JSON_OPTIONS) for line in lines]


def record(recorder: Recorder) -> list[dict[str, Any]]:
    """Run every action; upstream is imported here, when the recorder is registered."""
    import fiftyone as fo

    from support.actions import load_all
    from support.actions.stage import build

    recorded = []
    for number, action in enumerate(load_all().values()):
        name = f"darkroom-{number}"
        dataset_id = build(action.kind, name)._doc.id
        fo.Dataset._instances.clear()  # what follows comes from a user whose process never saw the dataset
        recorder.commands.clear()
        action.run(name)
        commands = [bson.decode(each) for each in dict.fromkeys(recorder.commands)]
        recorded.append(
            {
                "action": action.name,
                "needs": action.needs,
                "kind": action.kind,
                "dataset": dataset_id,
                "commands": commands,
            }
        )
    return recorded


def main() -> None:
    """Start a MongoDB, record, write the corpus."""
    from safelight_server.quickstart.mongod import Mongod

    with tempfile.TemporaryDirectory() as directory:
        mongod = Mongod(Path(directory))
        mongod.start()
        try:
            mongod.wait_until_ready()
            os.environ["FIFTYONE_DATABASE_URI"] = mongod.uri
            recorder = Recorder()
            monitoring.register(recorder)
            recorded = record(recorder)
        finally:
            mongod.kill()
    lines = (json_util.dumps(each, json_options=json_util.CANONICAL_JSON_OPTIONS) for each in recorded)
    CORPUS.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


if __name__ == "__main__":
    main()
