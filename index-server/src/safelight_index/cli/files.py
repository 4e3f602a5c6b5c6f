"""`safelight-index publish | files | yank | unyank`: the catalogue, without HTTP."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from safelight_index.cli.options import add_state_dir, audit, operator, state_dir
from safelight_index.publishing import open_publishing


def add_parsers(commands: Any) -> None:
    """Add the commands to the parser."""
    publish: argparse.ArgumentParser = commands.add_parser(
        "publish",
        help="add files of this machine to the index",
        description="Check wheels and source distributions and add them. Their names become private names,"
        " which never fall back to the public index. Publishing the same file again changes nothing.",
    )
    publish.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a .whl or .tar.gz")
    publish.set_defaults(run=_publish)

    listing = commands.add_parser(
        "files",
        help="list the published files",
        description="List the published files; those that no page lists, and those that were yanked, say so.",
    )
    listing.set_defaults(run=_list)

    yank = commands.add_parser(
        "yank",
        help="withdraw a file from new resolutions; who pinned it still gets it",
        description="Withdraw a file from new resolutions (PEP 592). Nothing is deleted: locks may name it.",
    )
    yank.add_argument("--reason", default="", help="shown by installers")
    yank.set_defaults(run=_yank)
    unyank = commands.add_parser(
        "unyank", help="take a yank back", description="Offer a yanked file to new resolutions again."
    )
    unyank.set_defaults(run=_unyank)
    for parser in (yank, unyank):
        parser.add_argument("filename", metavar="FILENAME", help="as `safelight-index files` lists it")
    for parser in (publish, listing, yank, unyank):
        add_state_dir(parser)


def _publish(chosen: argparse.Namespace) -> int:
    directory = state_dir(chosen)
    publishing = open_publishing(directory)
    for path in chosen.files:
        file = publishing.publish_file(path, operator())
        audit(directory, "upload", file=file.filename, size=file.size, sha256=file.sha256)
        print(f"published {file.filename}  sha256:{file.sha256}")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    for file in open_publishing(state_dir(chosen)).files():
        notes = [
            "" if file.listed else "(not listed)",
            "" if file.yanked is None else f"(yanked: {file.yanked})",
        ]
        print(" ".join(filter(None, [file.filename, *notes])))
    return 0


def _yank(chosen: argparse.Namespace) -> int:
    return _set_yank(chosen, chosen.reason)


def _unyank(chosen: argparse.Namespace) -> int:
    return _set_yank(chosen, None)


def _set_yank(chosen: argparse.Namespace, reason: str | None) -> int:
    directory = state_dir(chosen)
    file = open_publishing(directory).yank(chosen.filename, reason)
    audit(directory, "unyank" if reason is None else "yank", file=file.filename, reason=reason)
    print(f"{file.filename} is {'offered again' if reason is None else 'yanked'}")
    return 0
