"""`safelight storage whoami`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Final

from safelight.command_line import Command


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("url", help="an object, prefix or bucket, such as s3://bucket")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _run(arguments: Namespace) -> int:
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    uri = runtime.stores.parse(arguments.url)
    identity = runtime.portal.run(runtime.stores.store_for(uri).identity())
    if arguments.json:
        print(json.dumps({"provider": uri.provider} | asdict(identity), indent=2))
        return 0
    print(f"{uri.root or uri.public_text} is {uri.provider} at {identity.endpoint}")
    print(f"requests are made as: {identity.principal} ({identity.method})")
    for number, candidate in enumerate(identity.candidates, 1):
        mark = ">" if candidate.outcome.startswith("chosen") else " "
        print(f"{mark} {number:2}. {candidate.source} - {candidate.outcome}")
    return 0


COMMAND: Final = Command(
    "whoami",
    "Say as whom a store is asked, and which source of credentials said so.",
    _run,
    _configure,
    "Sources are asked in the order shown; the first that has something wins. Secrets are never shown.",
)
