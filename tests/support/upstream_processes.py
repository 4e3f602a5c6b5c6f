"""A script: start every kind of process that upstream starts.

Run by the Python of a throw-away environment, with `FIFTYONE_MODULE_PATH=process_probe`: each process that
imports FiftyOne, this one included, then tells the probe's log about itself.
"""

from __future__ import annotations

import importlib
import multiprocessing
import sys


def import_upstream(_index: int) -> None:
    import fiftyone  # noqa: F401 - what every worker of upstream does first

    # Found on PYTHONPATH, under the name by which upstream imported it.
    importlib.import_module("process_probe").report_now()


def run_workers() -> None:
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            pool.map(import_upstream, [0])


def run_delegated_operation() -> None:
    from fiftyone.operators import delegated

    service = delegated.DelegatedOperationService()
    operation = service.queue_operation(
        operator="@nobody/nothing", context={"request_params": {"params": {}, "dataset_name": None}}
    )
    # The operator does not exist: that is for the child to find out.
    service.execute_operation(operation, monitor=True, check_interval_seconds=1)


def run_app(port: int) -> None:
    import fiftyone.core.service as services

    server = services.ServerService(port)
    server.stop()


if __name__ == "__main__":
    # Submodules first: a package's `__init__` still runs before them.
    import fiftyone.core.storage  # noqa: F401

    run_workers()
    run_delegated_operation()
    run_app(int(sys.argv[1]))
