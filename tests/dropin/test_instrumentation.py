from __future__ import annotations

import importlib
import inspect
import logging
import sys
from collections.abc import Callable
from functools import wraps
from threading import Thread
from typing import Any

import pytest

from safelight.dropin.instrumentation import Instrumentation
from safelight.dropin.patch import MISSING, Patch, Target
from support.modules import WriteModule

Start = Callable[..., Instrumentation]

UPSTREAM = """
    import os

    def read(path, mode='r'):
        return f'stock {path}'

    class Base:
        def inherited(self):
            return 'stock inherited'

    class Reader(Base):
        def method(self, path):
            return f'stock {path}'

        @staticmethod
        def static(path):
            return f'stock {path}'

        @classmethod
        def made(cls, path):
            return (cls, f'stock {path}')

        @property
        def size(self):
            return 1

        class Inner:
            def method(self):
                return 'stock inner'
"""


def ours(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        return ("ours", original(*args, **kwargs))

    return replacement


def target(attribute: str, signature: str | None = None, **options: Any) -> Target:
    module = options.pop("module", "stand_in")
    return Target(module, attribute, options.pop("make", ours), "a test", signature, **options)


def patch(*targets: Target, name: str = "sample") -> Patch:
    return Patch(name, "a test patch", targets)


@pytest.fixture
def stand_in(write_module: WriteModule) -> str:
    return write_module("stand_in", UPSTREAM)


@pytest.mark.usefixtures("stand_in")
class TestReplacing:
    def test_a_function_imported_before(self, start: Start) -> None:
        module = importlib.import_module("stand_in")
        start(patch(target("read", "(path, mode='r')")))
        assert module.read("x") == ("ours", "stock x")

    def test_a_function_imported_after(self, start: Start) -> None:
        start(patch(target("read", "(path, mode='r')")))
        assert importlib.import_module("stand_in").read("x") == ("ours", "stock x")

    def test_kinds_of_members(self, start: Start) -> None:
        start(
            patch(
                target("Reader.method", "(self, path)"),
                target("Reader.static", "(path)"),
                target("Reader.made", "(cls, path)"),
                target("Reader.inherited", "(self)"),
                target("Reader.Inner.method", "(self)"),
                target("Reader.size", make=lambda _original: property(lambda _self: 2)),
            )
        )
        reader_class = importlib.import_module("stand_in").Reader
        reader = reader_class()
        assert reader.method("x") == ("ours", "stock x")
        assert reader.static("x") == reader_class.static("x") == ("ours", "stock x")
        assert reader_class.made("x") == ("ours", (reader_class, "stock x"))
        assert reader.inherited() == ("ours", "stock inherited")
        assert reader_class.Inner().method() == ("ours", "stock inner")
        assert reader.size == 2

    def test_a_global_and_an_addition(self, start: Start) -> None:
        start(
            patch(
                target("os", make=lambda original: ("ours", original)),
                target("open", make=lambda original: original is MISSING, added=True),
            )
        )
        module = importlib.import_module("stand_in")
        assert module.os[0] == "ours"
        assert module.open is True

    def test_the_signature_stays_visible(self, start: Start) -> None:
        start(patch(target("read", "(path, mode='r')")))
        assert str(inspect.signature(importlib.import_module("stand_in").read)) == "(path, mode='r')"

    def test_reload_and_second_import_are_patched_once(self, start: Start) -> None:
        instrumentation = start(patch(target("read"), target("extra", make=lambda _: 1, added=True)))
        module = importlib.import_module("stand_in")
        importlib.reload(module)
        assert module.read("x") == ("ours", "stock x")
        del sys.modules["stand_in"]
        assert importlib.import_module("stand_in").read("x") == ("ours", "stock x")
        assert instrumentation.off == frozenset()

    def test_starting_twice_wraps_once(self, start: Start) -> None:
        instrumentation = start(patch(target("read"), target("Reader.static")))
        module = importlib.import_module("stand_in")
        instrumentation.start()
        assert module.read("x") == ("ours", "stock x")
        assert module.Reader.static("x") == ("ours", "stock x")

    def test_threads_that_import_at_once_all_see_one_replacement(self, start: Start) -> None:
        start(patch(target("read")))
        results: list[object] = []
        threads = [
            Thread(target=lambda: results.append(importlib.import_module("stand_in").read("x")))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        assert results == [("ours", "stock x")] * 8

    def test_a_replacement_that_imports_waits_for_no_lock_of_ours(
        self, start: Start, write_module: WriteModule
    ) -> None:
        """`make` imports a module that another thread is importing, whose own patch wants to go in."""
        write_module("shared", "import time; time.sleep(0.1); value = 1")

        def make(original: Any) -> Any:
            importlib.import_module("shared")
            return ours(original)

        start(patch(target("read", make=make)), patch(target("value", module="shared", make=lambda _: 2)))
        threads = [Thread(target=importlib.import_module, args=(name,)) for name in ("shared", "stand_in")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        assert not any(thread.is_alive() for thread in threads)
        assert importlib.import_module("stand_in").read("x") == ("ours", "stock x")
        assert importlib.import_module("shared").value == 2


@pytest.mark.usefixtures("stand_in")
class TestRemoving:
    def test_restores_exactly_what_was_there(self, start: Start) -> None:
        module = importlib.import_module("stand_in")
        before = dict(vars(module))
        members = dict(vars(module.Reader))
        names = ("method", "static", "made", "inherited", "size")
        instrumentation = start(
            patch(
                target("read"),
                target("os", make=lambda _: None),
                target("open", make=lambda _: None, added=True),
                *(target(f"Reader.{name}", make=lambda _: lambda *_: None) for name in names),
            )
        )
        assert dict(vars(module)) != before
        instrumentation.stop()
        assert dict(vars(module)) == before
        assert dict(vars(module.Reader)) == members
        for name in ("static", "made"):
            assert vars(module.Reader)[name] is members[name]

    def test_later_imports_are_stock(self, start: Start) -> None:
        start(patch(target("read"))).stop()
        assert importlib.import_module("stand_in").read("x") == "stock x"

    def test_what_others_put_on_top_is_left_and_named(
        self, start: Start, caplog: pytest.LogCaptureFixture
    ) -> None:
        module = importlib.import_module("stand_in")
        instrumentation = start(patch(target("read")))
        theirs = object()
        vars(module)["read"] = theirs
        instrumentation.stop()
        assert vars(module)["read"] is theirs
        assert "stand_in:read was replaced again" in caplog.text


@pytest.mark.usefixtures("stand_in")
class TestWholeOrNotAtAll:
    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            (target("gone"), "is missing"),
            (target("Gone.method"), "has lost its class"),
            (target("Reader.method", "(self, path, more)"), "has another signature than (self, path, more)"),
            (target("read", "(path, mode)"), "has another signature"),
            (target("os", "()"), "is not a plain function"),
            (target("read", added=True), "exists already"),
            (target("Reader.size", make=lambda _: 1 / 0), "ZeroDivisionError"),
        ],
        ids=lambda value: value.attribute if isinstance(value, Target) else None,
    )
    def test_a_target_that_does_not_fit_undoes_its_patch_only(
        self, start: Start, caplog: pytest.LogCaptureFixture, bad: Target, reason: str
    ) -> None:
        module = importlib.import_module("stand_in")
        before = dict(vars(module.Reader))
        instrumentation = start(
            patch(target("Reader.static"), bad, target("Reader.made"), name="broken"),
            patch(target("Reader.Inner.method"), name="sound"),
            version="9.9.9",
        )
        assert dict(vars(module.Reader)) == before
        assert module.Reader.Inner().method() == ("ours", "stock inner")
        assert instrumentation.off == {"broken"}
        [record] = caplog.records
        assert record.levelno == logging.WARNING
        for part in ("'broken'", bad.name, reason, "9.9.9", "a test patch"):
            assert part in record.getMessage()

    def test_a_misfit_in_a_later_module_undoes_the_earlier_ones(
        self, start: Start, write_module: WriteModule
    ) -> None:
        write_module("stand_in_later", "")
        start(patch(target("read"), target("gone", module="stand_in_later")))
        module = importlib.import_module("stand_in")
        assert module.read("x") == ("ours", "stock x")
        importlib.import_module("stand_in_later")
        assert module.read("x") == "stock x"
        assert importlib.reload(module).read("x") == "stock x"

    def test_targets_of_other_versions_do_not_count(self, start: Start) -> None:
        instrumentation = start(
            patch(target("read"), target("gone", until="1.21.9"), target("new", since="1.23.0")),
            version="1.22.1+safelight.3",
        )
        assert importlib.import_module("stand_in").read("x") == ("ours", "stock x")
        assert instrumentation.off == frozenset()
        assert [item.attribute for item in instrumentation.replaced] == ["read"]
