from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelight.dropin.packaging.archive import Member, write_archive
from safelight.dropin.patch import Patch, Target
from safelight.dropin.sources import InstalledSource, Source, WheelSource
from safelight.dropin.upstream import misfits, verdicts_of
from support.modules import WriteModule

SOURCE = """\
import os
import numpy as np

try:
    from elsewhere import optional
except ImportError:
    optional = None

if os.name == "nt":
    def read(path): ...
else:
    def read(path, mode="r"): ...

constant: int = 1

async def fetch(url): ...

class Reader:
    @staticmethod
    def static(path: str) -> str: ...

    class Inner:
        def method(self): ...
"""


@pytest.fixture(params=["environment", "wheel"])
def source(request: pytest.FixtureRequest, write_module: WriteModule, tmp_path: Path) -> Source:
    if request.param == "environment":
        write_module("stand_in_upstream.inner.io", SOURCE)
        return InstalledSource()
    members = [
        Member.of("stand_in_upstream/__init__.py", b""),
        Member.of("stand_in_upstream/inner/__init__.py", b""),
        Member.of("stand_in_upstream/inner/io.py", SOURCE.encode()),
    ]
    write_archive(tmp_path / "a.whl", members)
    return WheelSource([tmp_path / "a.whl"])


def make(original: Any) -> Any:
    return original


def problems(source: Source, *targets: Target, **options: Any) -> list[str]:
    patch = Patch("sample", "a test patch", targets)
    return [str(verdict) for verdict in misfits([patch], source, options.pop("version", "1.22.1"), **options)]


def target(attribute: str, signature: str | None = None, **options: Any) -> Target:
    module = options.pop("module", "stand_in_upstream.inner.io")
    return Target(module, attribute, make, "a test", signature, **options)


def test_what_is_there_fits(source: Source) -> None:
    assert not problems(
        source,
        target("os"),
        target("np"),
        target("optional"),
        target("constant"),
        target("read", "(path, mode='r')"),
        target("fetch", "(url)"),
        target("Reader.static", "(path)"),
        target("Reader.Inner.method", "(self)"),
        target("brand_new", added=True),
        target("Reader.brand_new", added=True),
    )


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (target("gone"), "is missing"),
        (target("gone", module="stand_in_upstream.inner.gone"), "upstream has no such module"),
        (target("gone", module="no_such_package_at_all.inner"), "upstream has no such module"),
        (target("Gone.method"), "has lost its class Gone"),
        (target("read.method"), "has lost its class read"),
        (target("read", "(path)"), "has the signature (path, mode='r'), not (path)"),
        (target("constant", "()"), "is no longer a function"),
        (target("read", added=True), "exists already"),
    ],
)
def test_what_does_not_fit_is_named(source: Source, bad: Target, problem: str) -> None:
    [message] = problems(source, target("os"), bad)
    assert message.startswith(bad.name)
    assert problem in message


def test_targets_of_other_versions_are_left_out(source: Source) -> None:
    old, new = target("gone", until="1.21.9"), target("gone", since="1.22.2")
    patch = Patch("sample", "a test patch", (old, new, target("os")))
    assert not problems(source, *patch.targets)
    assert [verdict.applies for verdict in verdicts_of([patch], source, "1.22.1")] == [False, False, True]
    assert len(problems(source, old, new, version="1.21.0")) == 1
    assert len(problems(source, old, new, version="1.23.0")) == 1
    assert len(problems(source, old, new, version=None)) == 0


def test_looking_for_modules_only_reads_none(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: Source, module: str) -> str:
        pytest.fail(f"read {module}")

    monkeypatch.setattr(type(source), "read", fail)
    found = problems(source, target("gone"), target("x", module="stand_in_upstream.gone"), only_modules=True)
    assert len(found) == 1


def test_a_source_knows_which_modules_it_has(source: Source) -> None:
    assert source.has("stand_in_upstream.inner")
    assert source.has("stand_in_upstream.inner.io")
    assert not source.has("stand_in_upstream.io")
    assert source.read("stand_in_upstream.gone") is None


def test_looking_imports_nothing(write_module: WriteModule) -> None:
    write_module("stand_in_explosive.inner", "raise RuntimeError")
    Path(_file_of(write_module, "stand_in_explosive")).write_text("raise RuntimeError")
    assert InstalledSource().has("stand_in_explosive.inner")


def _file_of(write_module: Callable[[str, str], str], package: str) -> Path:
    source = InstalledSource()
    write_module(f"{package}.other", "")
    [directory] = source._directories(package)
    return directory / "__init__.py"
