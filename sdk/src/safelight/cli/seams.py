"""`safelight seams`: every place where Safelight touches upstream, and whether it still fits."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from safelight.command_line import Command


def _configure(parser: ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="for documents")
    form.add_argument("--json", dest="form", action="store_const", const="json", help="for programs")
    parser.add_argument(
        "--wheel",
        type=Path,
        action="append",
        metavar="FILE",
        help="look into these wheels (fiftyone, voxel51-eta, fiftyone-brain) instead of the environment",
    )


def _run(arguments: Namespace) -> int:
    from safelight.dropin import table, targets, upstream, versions
    from safelight.dropin.packaging.wheel import Wheel
    from safelight.dropin.sources import InstalledSource, Source, WheelSource

    source: Source = InstalledSource()
    version = versions.installed_version()
    if arguments.wheel:
        wheels = [Wheel.read(file) for file in arguments.wheel]
        source = WheelSource(arguments.wheel)
        version = next((wheel.version for wheel in wheels if wheel.name == "fiftyone"), version)
    verdicts = list(upstream.verdicts_of(targets.ALL, source, version))
    form = {"markdown": table.as_markdown, "json": table.as_json}.get(arguments.form, table.as_text)
    print(form(verdicts))
    misfits = [verdict for verdict in verdicts if verdict.problem]
    applying = [verdict for verdict in verdicts if verdict.applies]
    fitting = f"{len(applying) - len(misfits)} of {len(applying)} seams fit"
    tested = f"tested with {versions.OLDEST} to {versions.NEWEST}"
    print(f"FiftyOne {version or '(unknown version)'}: {fitting} ({tested})", file=sys.stderr)
    return 1 if misfits else 0


COMMAND = Command(
    "seams",
    "List every upstream attribute that Safelight replaces, why, and whether it fits.",
    _run,
    _configure,
    details="Upstream is read, not imported. Exit status 1 when something does not fit.",
)
