"""What `--help` says, of every command of `safelight` and `safelight-server`."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator

import pytest

from safelight.cli.main import PROGRAM as SDK
from safelight.command_line import Program
from safelight_server.cli.main import PROGRAM as SERVER
from safelight_server.settings import describe


def parsers(parser: ArgumentParser) -> Iterator[ArgumentParser]:
    """The parser, and those of the commands below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for below in action.choices.values():
                yield from parsers(below)


@pytest.mark.parametrize("program", [SDK, SERVER], ids=lambda program: program.name)
def test_every_command_and_every_argument_is_explained(program: Program) -> None:
    for parser in parsers(program.parser()):
        assert parser.description, parser.prog
        for action in parser._actions:
            assert action.help or isinstance(action, _SubParsersAction), f"{parser.prog}: {action.dest}"


def test_help_is_not_wider_than_a_terminal() -> None:
    for program in (SDK, SERVER):
        for parser in parsers(program.parser()):
            wide = [line for line in (parser.description or "").splitlines() if len(line) > 120]
            assert not wide, parser.prog


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "safelight.cli", "dropin", "status"]
    done = subprocess.run(command, stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, "")


def test_serve_tells_every_setting_and_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        SERVER.run(["serve", "--help"])
    said = capsys.readouterr().out
    assert all(f"  {variable}  " in said or f"  {variable} " in said for variable in describe())
    assert "(default: 127.0.0.1)" in said
    assert "(default: mongodb://127.0.0.1:27017)" in said
