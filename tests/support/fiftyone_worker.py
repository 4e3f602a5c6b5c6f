"""A process that acts for several people, one after the other: FiftyOne has one connection at a time.

It reads a JSON document a line (`key`, `action`, `name`) and answers each with one: `error` is null when the
action did its work. `build images` and the like make the dataset.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any


def become(key: str) -> None:
    """Connect again, as whoever has this key."""
    import fiftyone as fo
    from fiftyone.core.odm import database

    if fo.config.api_key != key:
        database._disconnect()
        fo.config.api_key = key
        database._connect()
    fo.Dataset._instances.clear()
    # Upstream cannot save a sample whose saving failed before, and it finds what is not yet garbage here.
    fo.Sample._instances.clear()


def build(kind: str, name: str) -> None:
    """Make one of the datasets that actions act on."""
    from support.actions.stage import build as build_dataset

    build_dataset(kind, name)


def run(request: dict[str, Any], actions: dict[str, Any]) -> dict[str, Any]:
    """Run one action, and say how it ended."""
    try:
        become(request["key"])
        if request["action"].startswith("build "):
            build(request["action"].removeprefix("build "), request["name"])
        else:
            actions[request["action"]].run(request["name"])
    except Exception as error:  # noqa: BLE001 - whatever upstream makes of a refusal is the answer
        return {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    return {"error": None, "trace": ""}


def main() -> None:
    """Answer until the input ends; only answers go to the real output."""
    answers, sys.stdout = sys.stdout, sys.stderr
    from support.actions import load_all

    actions = load_all()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), actions)), file=answers, flush=True)


if __name__ == "__main__":
    main()
