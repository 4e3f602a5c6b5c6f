"""The audit log: one JSON object per line for each download, upload, refusal and change.

    {"time": "2026-11-21T09:00:00.000Z", "event": "download", "file":
    "fiftyone-1.22.1+safelight.1-py3-none-any.whl",
     "token_id": "AbCd3fGh", "token_name": "alice", "address": "10.0.0.7", "client": "pip/26.3", "status":
     200}

Lines are appended with one write each, so several processes share a file, and `logrotate`'s copytruncate
works. A token's text never gets here: the log is handed tokens' ids, and no header but User-Agent.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime, timezone
from pathlib import Path

from safelight_index.tokens import Token

FILENAME = "audit.jsonl"
_log = logging.getLogger(__name__)
_MAX_CLIENT = 60


class AuditLog:
    """Appends to the audit log of a state directory."""

    def __init__(self, state_dir: Path) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._descriptor = os.open(state_dir / FILENAME, flags, mode=0o600)

    def record(
        self,
        event: str,
        *,
        token: Token | None = None,
        address: str | None = None,
        client: str | None = None,
        **details: str | int | None,
    ) -> None:
        """Write one line.

        Args:
            event: what happened, in a word
            token: who did it, None when that is not known
            address: the peer
            client: its User-Agent; only the start is kept
            details: what else there is to say
        """
        now = datetime.now(timezone.utc)
        line: dict[str, str | int | None] = {
            "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "event": event,
            **details,
            "token_id": token.id if token else None,
            "token_name": token.name if token else None,
            "address": address,
            "client": client[:_MAX_CLIENT] if client else None,
        }
        present = {key: value for key, value in line.items() if value is not None}
        try:
            os.write(self._descriptor, json.dumps(present).encode() + b"\n")
        except OSError as error:
            # A full disk must not stop installations; the operator's log says that lines are missing.
            _log.error("the audit log cannot be written: %s", error)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
