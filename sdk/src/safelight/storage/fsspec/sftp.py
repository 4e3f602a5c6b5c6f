"""SFTP as fsspec has it, but no password goes to a host whose key nobody has vouched for."""

from __future__ import annotations

from typing import Any, Final, NoReturn

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

_POLICIES: Final = {"auto_add": paramiko.AutoAddPolicy, "warning": paramiko.WarningPolicy}


class UnknownHostKeyError(paramiko.SSHException):  # type: ignore[misc]  # paramiko has no types
    """The server's key is not among the known hosts."""


class _Refusing(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko has no types
    """As `ssh` without a person to ask."""

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> NoReturn:  # noqa: ARG002 - paramiko's
        raise UnknownHostKeyError(hostname)


class KnownHostsSFTP(SFTPFileSystem):  # type: ignore[misc]  # fsspec has no types
    """fsspec's SFTP with the known hosts of OpenSSH and finite times.

    Args:
        host: name or address
        host_key_policy: what to do about an unknown host: `reject`, `warning` or `auto_add`
        seconds: how long the server may stay silent
        **ssh_kwargs: arguments of `paramiko.SSHClient.connect`
    """

    cachable = False

    def __init__(
        self, host: str, *, host_key_policy: str = "reject", seconds: float, **ssh_kwargs: Any
    ) -> None:
        self._policy = _POLICIES.get(host_key_policy, _Refusing)()
        self._seconds = seconds
        super().__init__(host, **ssh_kwargs)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(self._policy)
        limits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), self._seconds)
        self.client.connect(self.host, **limits | self.ssh_kwargs)
        self.ftp = self.client.open_sftp()
        channel = self.ftp.get_channel()
        if channel is not None:
            channel.settimeout(self._seconds)

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        file = super()._open(path, mode, **kwargs)
        # Else every 32 KB wait for the server's word; what went wrong is told when the file is closed.
        file.set_pipelined("w" in mode)
        return file

    def close(self) -> None:
        """End the connection."""
        self.client.close()
