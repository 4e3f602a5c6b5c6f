"""The composition root of the stack: start everything, watch it, stop it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from safelight_server.quickstart.api import ApiServer
from safelight_server.quickstart.errors import QuickstartError
from safelight_server.quickstart.fiftyone_wheel import publish_build, publish_wheel
from safelight_server.quickstart.index import IndexServer
from safelight_server.quickstart.leftovers import creation_time, stop_leftovers
from safelight_server.quickstart.mongod import Mongod
from safelight_server.quickstart.seaweedfs import ALL_ACTIONS, Identity, SeaweedFS
from safelight_server.quickstart.service import Service
from safelight_server.quickstart.stack import Stack, s3_access
from safelight_server.quickstart.state import RunRecord, StateDirectory, write_private

_WATCH_S = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for.

    Attributes:
        wheel: a `fiftyone` wheel to publish; built when None
        publish: whether to publish one at all
        announce: whether to print the instructions, which hold secrets: not into a log
    """

    wheel: Path | None = None
    publish: bool = True
    announce: bool = True

    def as_arguments(self) -> list[str]:
        """The same, for the command line."""
        return [
            *(["--fiftyone-wheel", str(self.wheel.absolute())] if self.wheel else []),
            *([] if self.publish else ["--no-fiftyone"]),
            *([] if self.announce else ["--quiet"]),
        ]


def run(root: Path, options: Options) -> int:
    """Run the stack until it is told to stop (Ctrl-C, SIGTERM).

    Returns:
        the exit status

    Raises:
        QuickstartError: it could not be started, or a server ended by itself; everything else was stopped
    """
    state = StateDirectory(root)
    # One way to be told to stop, also while things are still starting.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with state.owned():
        try:
            _run_owned(state, options)
        except KeyboardInterrupt:
            return 0
        except QuickstartError as error:
            state.write_failure(f"{error}\n")
            raise
    return 0


def _run_owned(state: StateDirectory, options: Options) -> None:
    earlier = state.read_stack()
    record = state.read_run()
    for name in stop_leftovers(record) if record else []:
        _say(f"Stopped {name}, left over from a run that was killed.")
    services = _Services(state, earlier)
    with _started(state, services):
        stack = services.describe(earlier)
        if options.wheel:
            publish_wheel(services.index, options.wheel, stack.index_token)
        elif options.publish:
            _say("Building fiftyone with Safelight in it.")
            publish_build(services.index, stack.index_token, state.dist, _say)
        write_private(state.stack_json, stack.as_json())
        write_private(state.env_sh, stack.as_shell())
        _record(state, services.all, ready=True)
        _say(stack.instructions(str(state.env_sh)) if options.announce else "Everything is ready.")
        _watch(services.all)


def _watch(services: Sequence[Service]) -> NoReturn:
    while True:
        for service in services:
            service.check()
        time.sleep(_WATCH_S)


class _Services:
    """The servers of one stack, in the order in which they start."""

    def __init__(self, state: StateDirectory, earlier: dict[str, Any]) -> None:
        ports: dict[str, int] = earlier.get("ports", {})
        access = s3_access(earlier)
        identity = Identity("owner", ALL_ACTIONS, access.access_key, access.secret_key)
        self._access = access
        self.mongod = Mongod(state.root / "mongod", ports.get("mongodb"))
        self.s3 = SeaweedFS(state.root / "seaweedfs", [identity], ports, bucket=access.bucket)
        self.index = IndexServer(state.root / "index", ports.get("index"))
        self.api = ApiServer(state.root / "api", self.mongod, ports.get("api"))
        self.first: tuple[Service, ...] = (self.mongod, self.s3, self.index)
        self.all: tuple[Service, ...] = (*self.first, self.api)

    def describe(self, earlier: dict[str, Any]) -> Stack:
        """The stack that these servers make; needs all of them to answer."""
        return Stack(
            mongodb_uri=self.mongod.uri,
            index_url=self.index.url,
            index_token=self.index.read_token(earlier.get("index_token")),
            api_uri=self.api.uri,
            admin_api_key=self.api.admin_key(earlier.get("admin_api_key")),
            s3=replace(self._access, endpoint_url=self.s3.endpoint_url),
            ports={role: port for service in self.all for role, port in service.ports.items()},
        )


@contextmanager
def _started(state: StateDirectory, services: _Services) -> Iterator[None]:
    """All services, answering; stopped when the context ends, however it ends."""
    try:
        _start(state, services, services.first)
        services.api.prepare()
        _start(state, services, (services.api,))
        yield
    finally:
        # A second Ctrl-C must not leave half of them running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _say("Stopping.")
        services.api.stop()  # before MongoDB, which the commands that it lets finish need
        for service in services.first:
            service.ask_to_stop()
        for service in services.first:
            service.wait_until_stopped()


def _start(state: StateDirectory, services: _Services, some: Sequence[Service]) -> None:
    for service in some:
        service.start()
    _record(state, services.all, ready=False)
    for service in some:
        service.wait_until_ready()
        _say(f"{service.name} is ready (process {service.pid}).")


def _record(state: StateDirectory, services: Sequence[Service], *, ready: bool) -> None:
    pids = {service.name: service.pid for service in services}
    alive = {name: (pid, creation_time(pid)) for name, pid in pids.items() if pid is not None}
    state.write_run(RunRecord(os.getpid(), ready, alive))


def _say(text: str) -> None:
    # Flushed: a detached run's words are followed as they come.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
