"""Upstream imports this module while it reads its configuration, in every process (upstream_processes.py)."""

from __future__ import annotations

import json
import os
import sys
import threading
import time


def report_now() -> None:
    """Append one line about this process to the log."""
    from safelight.dropin import instrument

    active = instrument.active()
    record = {
        "process": " ".join(sys.orig_argv),
        "active": active is not None,
        "replaced": sorted(target.name for target in active.replaced) if active else [],
        "off": sorted(active.off) if active else [],
    }
    with open(os.environ["PROCESS_PROBE_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123 - no more imports than needed
        log.write(json.dumps(record) + "\n")


def _report_when_imported() -> None:
    # Upstream is being imported at this moment; what matters is what it looks like afterwards.
    while getattr(sys.modules["fiftyone"].__spec__, "_initializing", False):
        time.sleep(0.01)
    report_now()


threading.Thread(target=_report_when_imported, daemon=True).start()
