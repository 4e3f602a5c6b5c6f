"""The page on what each provider can do, made from the tests that show it.

PYTHONPATH=tests python -m support.storage_table > docs/guides/storage-support.md
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from support.guide import CREDENTIALS, GUIDES

PAGE: Final = GUIDES / "storage-support.md"
_ROOT: Final = Path(__file__).parents[2]
_CONTRACT: Final = "tests/storage/test_contract.py"

#: Rigs in the order of the table, with what each one is.
_RIGS: Final[Mapping[str, tuple[str, str]]] = {
    "s3": ("S3", "SeaweedFS"),
    "moto": ("S3", "moto"),
    "minio": ("MinIO", "SeaweedFS"),
    "gcs": ("Google Cloud", "fake-gcs-server behind a proxy that checks tokens and signatures"),
    "azure": ("Azure", "Azurite"),
    "oci": ("Oracle", "a small server that checks signatures"),
    "databricks-volumes": ("Databricks volumes", "a small server that checks tokens"),
    "databricks-dbfs": ("DBFS", "a small server that checks tokens"),
    "alipan": ("Alipan", "a small server that checks tokens"),
    "memory": ("fsspec `memory://`", "itself"),
    "sftp": ("fsspec `sftp://`", "an SSH server"),
    "ftp": ("fsspec `ftp://`", "an FTP server"),
    "webdav": ("fsspec `webdav://`", "a WebDAV server"),
    "http": ("web", "SeaweedFS"),
    "local": ("local", "this machine's disk"),
}
_ID: Final = re.compile(r"::test_(?P<name>\w+)\[(?P<parameters>.+)\]\Z")
_HEADING: Final = re.compile(r"^## (?P<title>.+)$|^<!-- recipe: (?P<recipe>\S+) -->$", re.MULTILINE)


def page() -> str:
    """The page as the tests are now."""
    return "\n".join(_lines(_collected())) + "\n"


def _lines(tested: Mapping[str, set[str]]) -> Iterator[str]:
    rigs = [rig for rig in _RIGS if any(rig in shown for shown in tested.values())]
    yield "# What each provider can do"
    yield ""
    yield "Made from the tests by `PYTHONPATH=tests python -m support.storage_table`; a test compares it with"
    yield "them. Every row is a test of the contract suite, every mark a run of it against that server."
    yield ""
    yield from _table(
        ["", *(_RIGS[rig][0] for rig in rigs)], [["tested against", *(_RIGS[r][1] for r in rigs)]]
    )
    for name, shown in tested.items():
        yield _row([name.replace("_", " "), *("yes" if rig in shown else "" for rig in rigs)])
    yield ""
    yield "A blank: the provider has no such thing (nobody can write to a web address), or the suite's server"
    yield "has not, and the provider's own tests show it in another way."
    yield ""
    yield "## Ways to give credentials"
    yield ""
    yield "Each is an example of [cloud-credentials.md](cloud-credentials.md); a test pastes it into a shell."
    yield ""
    yield from _table(["provider", "example"], [[title, ", ".join(names)] for title, names in _recipes()])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _recipes() -> Iterator[tuple[str, list[str]]]:
    title, names = "", []
    for match in _HEADING.finditer(CREDENTIALS.read_text(encoding="utf-8")):
        if match["recipe"]:
            names.append(match["recipe"])
            continue
        if names:
            yield title, names
        title, names = match["title"], []
    if names:
        yield title, names


def _collected() -> dict[str, set[str]]:
    """The rigs on which each contract test runs, in the order of the suite."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", _CONTRACT]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True, timeout=120)
    tested: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        if match := _ID.search(line):
            tested.setdefault(match["name"], set()).add(_rig_in(match["parameters"]))
    return tested


def _rig_in(parameters: str) -> str:
    """The rig's name: the longest that the parameters begin or end with."""
    fitting = [
        r for r in _RIGS if parameters == r or parameters.startswith(f"{r}-") or parameters.endswith(f"-{r}")
    ]
    if not fitting:
        raise ValueError(f"{parameters!r} names no rig: add it to the table of support.storage_table")
    return max(fitting, key=len)


if __name__ == "__main__":
    sys.stdout.write(page())
