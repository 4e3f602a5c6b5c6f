"""`safelight storage copy` and `safelight storage move`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, Final

from safelight.command_line import Command


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("source", help="an object, or a directory of objects")
    parser.add_argument("target", help="where the object, or what is in the directory, goes")
    parser.add_argument("--again", action="store_true", help="copy also what is there already")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _copy(arguments: Namespace) -> int:
    return _transfer(arguments, remove=False)


def _move(arguments: Namespace) -> int:
    return _transfer(arguments, remove=True)


def _transfer(arguments: Namespace, *, remove: bool) -> int:
    from safelight.errors import ObjectNotFoundError
    from safelight.runtime import get_runtime

    files = get_runtime().files
    single = files.isfile(arguments.source)
    find_pairs = _single if single else files.pairs_below
    sources, targets = find_pairs(arguments.source, arguments.target)
    if not sources:
        raise ObjectNotFoundError("there is nothing to copy", arguments.source)
    todo = sources, targets
    if not single and not arguments.again:
        todo = files.missing_below(arguments.source, arguments.target)
    with _bar("Copying", len(todo[0]), arguments) as bar:
        files.copy_files(*todo, progress=bar.update)
    print(f"{len(todo[0])} files copied, {len(sources) - len(todo[0])} were there already")
    if remove:
        with _bar("Deleting", len(sources), arguments) as bar:
            files.delete_files(sources, progress=bar.update)
        print(f"{len(sources)} files deleted at {arguments.source}")
    return 0


def _single(source: str, target: str) -> tuple[list[str], list[str]]:
    from safelight.files import paths

    return [source], [paths.join(target, paths.basename(source)) if target.endswith("/") else target]


def _bar(description: str, total: int, arguments: Namespace) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, unit="file", desc=description, disable=arguments.quiet)


_DETAILS: Final = (
    "Objects go from store to store without a file on this machine, verified at both ends; within one store\n"
    "they do not pass through this machine at all. What an interrupted run has copied (same size, and same\n"
    "MD5 where both are known) is left alone by the next."
)

COPY: Final = Command(
    "copy", "Copy an object or a directory, within a store or between two.", _copy, _configure, _DETAILS
)
MOVE: Final = Command(
    "move",
    "Copy, and delete the originals when all of them have arrived.",
    _move,
    _configure,
    _DETAILS,
)
