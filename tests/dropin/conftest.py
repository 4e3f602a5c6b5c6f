"""A stand-in for upstream: small packages on `sys.path` that tests import, patch and throw away."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from safelight.dropin.importer import PostImportHooks
from safelight.dropin.instrumentation import Instrumentation
from safelight.dropin.patch import Patch
from support.modules import WriteModule

Instrument = Callable[..., Instrumentation]


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WriteModule]:
    """Write a module below `tmp_path`; whatever was imported from there is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)

    def write(name: str, source: str) -> str:
        file = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        for parent in list(file.relative_to(tmp_path).parents)[:-1]:
            (tmp_path / parent / "__init__.py").touch()
        file.write_text(dedent(source))
        return name

    yield write
    for name in set(sys.modules) - known:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def start() -> Iterator[Instrument]:
    """Start an instrumentation of its own beside the one of the process, and stop it afterwards."""
    started: list[Instrumentation] = []

    def begin(*patches: Patch, version: str | None = None) -> Instrumentation:
        instrumentation = Instrumentation(patches, PostImportHooks(), version)
        started.append(instrumentation)
        instrumentation.start()
        return instrumentation

    yield begin
    for instrumentation in started:
        instrumentation.stop()
