"""The package index's read path, beside stock pypiserver: `wrk` asks both for the same files, one after the
other.

Needs `wrk` (a Debian package). Each project has ten files. Ours checks a token on every request and writes an
audit line for every download; pypiserver runs open, with its default backend, under waitress, which it takes
when it is there.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.place import Place
from benchmarks.report import Table
from safelight_index.database import Database
from safelight_index.publishing import Publisher, open_publishing
from safelight_index.tokens import TokenStore

NUMBERS: Final = (10, 1_000, 10_000)
SECONDS: Final = 5
CONNECTIONS: Final = 8
LISTINGS: Final = 50
TIMEOUT: Final = 10.0
LARGE: Final = "large-1.0-py3-none-any.whl"
_SUMMARY: Final = re.compile(
    r"^ +50% +(\S+).*?^ +99% +(\S+).*?(\d+) requests in.*?Requests/sec:\s+(\S+)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Contender:
    """A server that answers.

    Attributes:
        title: for the table
        port: on the loopback interface
        process: its process
        headers: what each request carries
    """

    title: str
    port: int
    process: subprocess.Popen[bytes]
    headers: Sequence[str] = ()

    @property
    def resident_megabytes(self) -> float:
        """Its memory now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def processor_seconds(self) -> float:
        """What it has cost so far: unlike the rate, this does not depend on who else is at work."""
        times = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def measure(place: Place, _rounds: int) -> list[Table]:
    if shutil.which("wrk") is None:
        raise SystemExit("the index benchmark needs wrk: apt-get install wrk")
    rows, slow = [], []
    for number in NUMBERS:
        directory = place.directory / f"index-{number}"
        wheel = make_wheel(directory, "seed", f"# {os.urandom(2_000).hex()}")
        for start in (start_ours, start_pypiserver):
            with start(directory, wheel, number) as contender:
                for kind, path in (
                    ("page", "/simple/bulk0/"),
                    ("file", "/packages/bulk0-1.3-py3-none-any.whl"),
                ):
                    rows.append([f"{number:,}", contender.title, kind, *load(contender, path)])
                if number == NUMBERS[0]:
                    slow.append([contender.title, *listing_beside_slow_downloads(contender)])
    head = ["files", "server", "request", "requests/s", "median", "99 %", "processor a request", "memory"]
    return [
        Table("index-read", head, rows),
        Table("index-slow", ["server", "median", f"worst of {LISTINGS}"], slow),
    ]


def make_wheel(directory: Path, name: str, content: str) -> Path:
    """Write version 1.0 of a project that is one module."""
    files = {
        f"{name}.py": content,
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{path},sha256={digest},{len(text)}\n"
    files[f"{name}-1.0.dist-info/RECORD"] = f"{record}{name}-1.0.dist-info/RECORD,,\n"
    directory.mkdir(exist_ok=True)
    target = directory / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return target


@contextmanager
def start_ours(directory: Path, wheel: Path, number: int) -> Iterator[Contender]:
    """Start `safelight-index` with `number` small files and a large one."""
    state = directory / "state"
    publishing = open_publishing(state)
    file = publishing.publish_file(wheel, Publisher("benchmark", may_claim=True))
    large = make_wheel(directory, "large", f"# {os.urandom(16 << 20).hex()}")
    publishing.publish_file(large, Publisher("benchmark", may_claim=True))
    publishing.claim("bulk*", Publisher("benchmark"))
    columns = (
        "version, sha256, size, uploaded_at, uploaded_by, requires_python, metadata_sha256, yanked, listed"
    )
    insert = (
        f"INSERT INTO files SELECT ?, ?, {columns}, revision FROM files WHERE filename = '{file.filename}'"
    )
    with closing(sqlite3.connect(state / "index.sqlite")) as connection, connection:
        connection.executemany(
            insert, ((f"{name}-1.{n % 10}-py3-none-any.whl", name) for n, name in names(number))
        )
    token = TokenStore(Database(state))
    text = token.create("benchmark")[0].reveal()
    header = f"Authorization: Basic {base64.b64encode(f'{text}:'.encode()).decode()}"
    command = [
        sys.executable,
        "-m",
        "safelight_index",
        "serve",
        "--state-dir",
        str(state),
        "--fallback",
        "off",
    ]
    with running(command) as (process, port):
        yield Contender("safelight-index", port, process, [header])


@contextmanager
def start_pypiserver(directory: Path, wheel: Path, number: int) -> Iterator[Contender]:
    """Start stock pypiserver with the same files."""
    packages = directory / "packages"
    packages.mkdir()
    for n, name in names(number):
        os.link(wheel, packages / f"{name}-1.{n % 10}-py3-none-any.whl")
    os.link(directory / LARGE, packages / LARGE)
    options = ["-P", ".", "-a", ".", "--disable-fallback"]
    with running([sys.executable, "-W", "ignore", "-m", "pypiserver", "run", *options, str(packages)]) as (
        process,
        port,
    ):
        yield Contender("pypiserver", port, process)


def names(number: int) -> Iterator[tuple[int, str]]:
    """Number and project of each file."""
    return ((n, f"bulk{n // 10}") for n in range(number))


@contextmanager
def running(command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a server that takes `--port`, until it answers and to the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{command} ended with {process.returncode}")
        yield process, port
    finally:
        process.kill()
        process.wait()


def load(contender: Contender, path: str) -> list[str]:
    """Ask for one path as fast as it goes; return the cells of the row."""
    url = f"http://127.0.0.1:{contender.port}{path}"
    headers = [option for header in contender.headers for option in ("-H", header)]
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--timeout", "30", "--latency", *headers]
    spent = contender.processor_seconds
    output = subprocess.run(["wrk", *options, url], capture_output=True, text=True, check=True).stdout
    spent = contender.processor_seconds - spent
    found = _SUMMARY.search(output)
    if found is None or "Non-2xx" in output:
        raise SystemExit(f"{contender.title} {path}: {output}")
    median, slowest, requests, rate = found.groups()
    cost = f"{spent / max(int(requests), 1) * 1e6:,.0f} µs"
    return [f"{float(rate):,.0f}", median, slowest, cost, f"{contender.resident_megabytes:.0f} MB"]


def listing_beside_slow_downloads(contender: Contender) -> list[str]:
    """Time listings while eight clients each hold a large download and read nothing."""
    waits = []
    with ExitStack() as stack, suppress(TimeoutError):
        for _ in range(8):
            request_on(contender, f"/packages/{LARGE}", stack.enter_context(socket.socket()))
        for _ in range(LISTINGS):
            started = time.perf_counter()
            with socket.socket() as connection:
                request_on(contender, "/simple/bulk0/", connection)
                if not connection.recv(100).startswith(b"HTTP/1."):
                    raise SystemExit(f"{contender.title} gave no answer")
            waits.append(time.perf_counter() - started)
    if len(waits) < LISTINGS:
        return [f"no answer in {TIMEOUT:.0f} s"] * 2
    return [f"{statistics.median(waits) * 1e3:.1f} ms", f"{max(waits) * 1e3:.1f} ms"]


def request_on(contender: Contender, path: str, connection: socket.socket) -> None:
    """Send a request and leave its answer unread."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(TIMEOUT)
    connection.connect(("127.0.0.1", contender.port))
    lines = [f"GET {path} HTTP/1.1", "Host: x", "Connection: close", *contender.headers, "", ""]
    connection.sendall("\r\n".join(lines).encode())
