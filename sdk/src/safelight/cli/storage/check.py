"""`safelight storage check`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import Final

from safelight.command_line import Command


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("url", help="an object, prefix or bucket, such as s3://bucket/images/1.jpg")
    parser.add_argument("--origin", help="origin of web pages that should read it")
    parser.add_argument("--write", action="store_true", help="also write and delete a small object there")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _run(arguments: Namespace) -> int:
    from safelight.doctor.storage import check_storage
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    report = check_storage(
        runtime.stores, runtime.portal, arguments.url, origin=arguments.origin, write=arguments.write
    )
    if arguments.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        print("\n".join(report.lines()))
    return 1 if report.failed else 0


COMMAND: Final = Command(
    "check",
    "Follow every hop to an object, and say which one fails and what to do.",
    _run,
    _configure,
    "It finds the credentials, resolves the endpoint's name, connects, checks TLS and clock, lists, reads\n"
    "one byte, signs a URL and fetches it as a browser would, and reads the CORS rules.\n"
    "Exit status 1: a hop failed.",
)
