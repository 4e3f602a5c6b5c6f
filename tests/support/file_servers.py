"""Real file servers in processes of their own: one user, one folder.

SFTP is asyncssh's, FTP pyftpdlib's, WebDAV wsgidav's.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncssh

from safelight_server.quickstart.ports import find_free_port

USER, PASSWORD = "photographer", "s3cret/with@signs"


@dataclass(frozen=True)
class FileServer:
    """What a test knows about it.

    Attributes:
        scheme: `sftp`, `ftp` or `webdav`
        port: on 127.0.0.1
        folder: what it serves
        host_key: the line for `known_hosts`; empty where there is none
        other_host_key: that line with another key
        authorized_keys: the file of keys that the user may log in with; not there at the start
    """

    scheme: str
    port: int
    folder: Path
    host_key: str = ""
    other_host_key: str = ""
    authorized_keys: Path = Path()

    @property
    def url(self) -> str:
        """For who speaks HTTP."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def sftp_server() -> Iterator[FileServer]:
    """SFTP for the time of a `with` block."""
    with TemporaryDirectory(prefix="safelight-sftp-") as folder, TemporaryDirectory() as keys:
        program = Path(__file__).with_name("sftp_program.py")
        authorized = Path(keys) / "authorized_keys"
        command = [sys.executable, str(program), folder, USER, PASSWORD, str(authorized)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                port, _, key = str(process.stdout and process.stdout.readline()).strip().partition(" ")
                other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
                known, wrong = (f"[127.0.0.1]:{port} {each.strip()}\n" for each in (key, other))
                yield FileServer("sftp", int(port), Path(folder), known, wrong, authorized)
            finally:
                process.kill()


@contextmanager
def ftp_server() -> Iterator[FileServer]:
    """FTP for the time of a `with` block."""
    with TemporaryDirectory(prefix="safelight-ftp-") as folder:
        port = find_free_port()
        where = ["--interface=127.0.0.1", f"--port={port}", f"--directory={folder}", "--write"]
        who = [f"--username={USER}", f"--password={PASSWORD}"]
        command = [sys.executable, "-W", "ignore", "-m", "pyftpdlib", *where, *who]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port, process)
                yield FileServer("ftp", port, Path(folder))
            finally:
                process.kill()


@contextmanager
def webdav_server() -> Iterator[FileServer]:
    """WebDAV for the time of a `with` block."""
    with TemporaryDirectory(prefix="safelight-webdav-") as folder, TemporaryDirectory() as settings:
        port = find_free_port()
        config = Path(settings) / "wsgidav.json"
        config.write_text(
            json.dumps(
                {
                    "host": "127.0.0.1",
                    "port": port,
                    "provider_mapping": {"/": folder},
                    "http_authenticator": {"accept_digest": False, "default_to_digest": False},
                    "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
                }
            )
        )
        command = [sys.executable, "-W", "ignore", "-m", "wsgidav.server.server_cli", f"--config={config}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port, process)
                yield FileServer("webdav", port, Path(folder))
            finally:
                process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the file server does not listen: {process.poll()}")
