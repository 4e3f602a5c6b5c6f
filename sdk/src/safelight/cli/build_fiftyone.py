"""`safelight build-fiftyone`: the drop-in wheel."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from safelight.command_line import Command


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--upstream", metavar="X.Y.Z", help="upstream's version (default: the newest that Safelight supports)"
    )
    parser.add_argument(
        "--upstream-wheel",
        type=Path,
        metavar="FILE",
        help="upstream's wheel, instead of downloading it with pip",
    )
    parser.add_argument(
        "--build", type=int, default=1, metavar="N", help="N of the version X.Y.Z+safelight.N (default: 1)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("dist"),
        metavar="DIR",
        help="where the wheel goes (default: dist)",
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="keep upstream's version and file name: only for a direct link in a requirements.txt",
    )


def _run(arguments: Namespace) -> int:
    from safelight.dropin.packaging.build import build_fiftyone

    def report(heading: str, text: str) -> None:
        print(f"{heading:10}{text}", flush=True)

    built = build_fiftyone(
        arguments.upstream,
        upstream_wheel=arguments.upstream_wheel,
        build=arguments.build,
        output=arguments.output,
        plain=arguments.plain,
        report=report,
    )
    report("Install", f"pip install {built.file}")
    return 0


COMMAND = Command(
    "build-fiftyone",
    "Build the drop-in `fiftyone` wheel from upstream's.",
    _run,
    _configure,
    details=(
        "Takes upstream's own wheel, adds the safelight package and one line that activates it, and writes\n"
        "fiftyone-X.Y.Z+safelight.N-py3-none-any.whl. The same inputs give the same bytes."
    ),
)
