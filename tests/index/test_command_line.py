"""The `safelight-index` command."""

from __future__ import annotations

import json
import sqlite3
from argparse import ArgumentTypeError
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_index.cli import main
from safelight_index.cli.options import duration
from safelight_index.tokens import TokenText
from support.index_wheels import make_wheel


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "state"
    monkeypatch.setenv("SAFELIGHT_INDEX_STATE_DIR", str(directory))
    return directory


def test_a_new_token_is_the_only_thing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "create", "--name", "alice", "--expires", "90d"]) == 0
    shown = capsys.readouterr()
    token = TokenText.parse(shown.out.strip())
    assert token is not None
    assert token.id in shown.err
    assert token.reveal() not in shown.err


def test_scripts_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["token", "create", "--name", "ci", "--scope", "upload", "--json"])
    created = json.loads(capsys.readouterr().out)
    main(["token", "list", "--json"])
    (listed,) = json.loads(capsys.readouterr().out)
    assert {**listed, "token": created["token"]} == created
    assert (listed["name"], listed["scope"], listed["state"]) == ("ci", "upload", "active")


def test_a_list_shows_every_token_and_no_secret(capsys: pytest.CaptureFixture[str], state_dir: Path) -> None:
    main(["token", "create", "--name", "alice"])
    text = capsys.readouterr().out.strip()
    token_id = text.removeprefix("slix_")[:8]
    main(["token", "revoke", token_id])
    main(["token", "list"])
    shown = capsys.readouterr().out
    assert token_id in shown
    assert "revoked" in shown
    assert text not in shown + (state_dir / "audit.jsonl").read_text()


def test_files_are_published_listed_yanked_and_offered_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state_dir: Path
) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0")
    assert main(["publish", str(wheel)]) == 0
    assert main(["yank", wheel.name, "--reason", "it burns"]) == 0
    capsys.readouterr()
    main(["files"])
    assert capsys.readouterr().out == f"{wheel.name} (yanked: it burns)\n"
    assert main(["unyank", wheel.name]) == 0
    events = [json.loads(line)["event"] for line in (state_dir / "audit.jsonl").read_text().splitlines()]
    assert events == ["upload", "yank", "unyank"]


def test_names_are_added_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["names", "add", "acme", "acme-*"]) == 0
    capsys.readouterr()
    main(["names", "list"])
    assert capsys.readouterr().out.split() == ["acme", "acme-*", "fiftyone", "safelight", "safelight-*"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["publish", "missing-1.0-py3-none-any.whl"], "missing-1.0"),
        (["token", "revoke", "AAAAAAAA"], "token list"),
        (["names", "add", "Not Normal"], "normalised"),
        (["yank", "acme-1.0-py3-none-any.whl"], "no file"),
        (["serve", "--port", "eighty"], "port"),
    ],
)
def test_a_refusal_is_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(arguments) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("safelight-index: ")
    assert message in shown
    assert shown.count("\n") == 1


def test_a_state_of_a_newer_version_is_refused(capsys: pytest.CaptureFixture[str], state_dir: Path) -> None:
    main(["token", "list"])
    with closing(sqlite3.connect(state_dir / "index.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert main(["token", "list"]) == 1
    assert "upgrade safelight-index" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["token"], ["token", "create"], ["publish"], ["yank"], ["names"]]
)
def test_help_teaches(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 8


@given(st.integers(1, 999999), st.sampled_from("mhdw"))
def test_durations_are_read(number: int, unit: str) -> None:
    seconds = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}[unit]
    assert duration(f"{number}{unit}") == timedelta(seconds=number * seconds)


@pytest.mark.parametrize("text", ["", "0d", "90", "d", "-1d", "1.5h", "1y", "9999999w"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        duration(text)
