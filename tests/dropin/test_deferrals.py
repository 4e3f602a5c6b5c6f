"""Import statements that wait: for a module, nothing is different but when its libraries are imported."""

from __future__ import annotations

import builtins
import importlib
import pickle
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from threading import Barrier, Thread
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.dropin.importer import PostImportHooks
from safelight.dropin.imports.deferrals import Deferrals
from safelight.dropin.imports.stand_ins import DeferredModule, DeferredObject
from safelight.dropin.patch import Deferral

_numbers = count()


class Place:
    """A directory on `sys.path` with a library and, later, modules that import it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.library = f"library{next(_numbers)}"
        self.hooks = PostImportHooks()
        self._started: list[Deferrals] = []
        self.write(f"{self.library}/__init__.py", "value = 'outer'")
        self.write(f"{self.library}/inner/__init__.py", "value = 'inner'")
        self.write(
            f"{self.library}/inner/deep.py",
            """
            class Thing:
                kind = "thing"
            def double(number):
                return 2 * number
            """,
        )

    def write(self, name: str, source: str) -> None:
        file = self.directory / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(dedent(source).replace("LIB", self.library))

    def user(self, source: str, *rows: tuple[str, str]) -> ModuleType:
        """Import a new module whose statements for `rows` (attribute, imports) are deferred."""
        name = f"user{next(_numbers)}"
        self.write(f"{name}.py", source)
        importlib.invalidate_caches()
        deferrals = Deferrals(
            [
                Deferral(name, attribute, imports.replace("LIB", self.library), "")
                for attribute, imports in rows
            ],
            self.hooks,
        )
        deferrals.start()
        self._started.append(deferrals)
        return importlib.import_module(name)

    def loaded(self) -> set[str]:
        """Which modules of the library are imported."""
        return {name.replace(self.library, "LIB") for name in sys.modules if name.startswith(self.library)}

    def forget(self) -> None:
        for name in self.loaded():
            del sys.modules[name.replace("LIB", self.library)]

    def close(self) -> None:
        for deferrals in self._started:
            deferrals.stop()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.syspath_prepend(tmp_path)
    place = Place(tmp_path)
    yield place
    place.close()


# Statement, rows of the table that defer it, and what a function of the module says about what it bound.
FORMS = [
    ("import LIB as a0", [("a0", "LIB")], "a0.value"),
    ("import LIB.inner as a1", [("a1", "LIB.inner")], "a1.value"),
    ("import LIB.inner.deep as a2", [("a2", "LIB.inner.deep")], "a2.double(4)"),
    ("from LIB import inner as a3", [("a3", "LIB.inner")], "a3.value"),
    ("from LIB.inner import deep as a4", [("a4", "LIB.inner.deep")], "a4.Thing.kind"),
    ("from LIB.inner.deep import Thing as a5", [("a5", "LIB.inner.deep:Thing")], "a5().kind"),
    (
        "from LIB.inner.deep import Thing as a6, double as a7",
        [("a6", "LIB.inner.deep:Thing"), ("a7", "LIB.inner.deep:double")],
        "(isinstance(a6(), a6), issubclass(a6, a6), a7(3))",
    ),
    ("import LIB.inner.deep", [("LIB", "LIB.inner.deep")], "(LIB.value, LIB.inner.deep.double(1))"),
    ("import LIB.inner", [("LIB", "LIB.inner")], "LIB.inner.value"),
]


@given(
    chosen=st.lists(st.sampled_from(FORMS), min_size=1, unique_by=lambda form: form[0]),
    deferred=st.sets(st.sampled_from([form[0] for form in FORMS])),
    guarded=st.booleans(),
    data=st.data(),
)
def test_a_module_does_what_it_does_without_us(
    chosen: list[tuple[str, Any, str]], deferred: set[str], guarded: bool, data: st.DataObject
) -> None:
    lines = [form[0] for form in chosen]
    if guarded:
        lines = [f"try:\n    {line}\nexcept ImportError:\n    pass" for line in lines]
    order = data.draw(st.permutations([form[2] for form in chosen]))
    source = "\n".join([*lines, "def answer():", f"    return [{', '.join(order)}]"])
    rows = [row for form in chosen if form[0] in deferred for row in form[1]]
    with TemporaryDirectory() as directory:
        sys.path.insert(0, directory)
        place = Place(Path(directory))
        try:
            ours = place.user(source, *rows)
            answers = ours.answer()
            bound = {name: value for name, value in vars(ours).items() if not name.startswith("__")}
            stock = place.user(source)
            assert stock.answer() == answers == ours.answer()
            for name in set(bound) - {"answer"}:
                assert vars(ours)[name] is vars(stock)[name]
        finally:
            place.close()
            sys.path.remove(directory)


def test_nothing_is_imported_before_it_is_used(place: Place) -> None:
    user = place.user(
        "import LIB.inner.deep as deep\ndef f(): return deep.double(2)", ("deep", "LIB.inner.deep")
    )
    assert place.loaded() == set()
    assert repr(user.deep).endswith("imported on first use>")
    assert isinstance(user.deep, ModuleType)
    assert user.deep.__name__ == f"{place.library}.inner.deep"
    assert place.loaded() == set()
    assert user.f() == 4
    assert place.loaded() == {"LIB", "LIB.inner", "LIB.inner.deep"}
    assert user.deep is sys.modules[f"{place.library}.inner.deep"]


def test_what_is_used_at_import_is_imported_then(place: Place) -> None:
    source = "from LIB.inner.deep import Thing, double\nclass Special(Thing): number = double(4)"
    user = place.user(source, ("Thing", "LIB.inner.deep:Thing"), ("double", "LIB.inner.deep:double"))
    assert user.Special.number == 8
    assert user.Special.__mro__[1] is user.Thing is sys.modules[f"{place.library}.inner.deep"].Thing


def test_a_library_that_is_not_installed_is_missed_where_upstream_misses_it(place: Place) -> None:
    source = "try:\n    import no_such_library\n    found = True\nexcept ImportError:\n    found = False"
    assert place.user(source, ("no_such_library", "no_such_library")).found is False


def test_a_name_that_does_not_exist_is_an_import_error(place: Place) -> None:
    user = place.user("from LIB.inner.deep import missing", ("missing", "LIB.inner.deep:missing"))
    with pytest.raises(ImportError, match="cannot import name 'missing'"):
        user.missing()
    with pytest.raises(ImportError):
        place.close()


def test_an_imported_library_is_not_deferred(place: Place) -> None:
    library = importlib.import_module(place.library)
    user = place.user("import LIB as library", ("library", "LIB"))
    assert user.library is library


def test_imports_of_functions_and_of_other_modules_are_real(place: Place) -> None:
    place.write(f"{place.library}_other.py", "import LIB.inner as inner")
    source = """
        import LIB.inner as inner
        import LIB_other as other
        def local():
            import LIB.inner
            return LIB.inner
        early = local()
        """
    user = place.user(dedent(source), ("inner", "LIB.inner"))
    assert type(user.early) is type(user.other.inner) is ModuleType


def test_whoever_imports_the_package_finds_its_deferred_modules(place: Place) -> None:
    place.user("import LIB.inner.deep as deep", ("deep", "LIB.inner.deep"))
    assert importlib.import_module(place.library).inner.deep.double(1) == 2


def test_threads_may_use_it_first_at_the_same_time(place: Place) -> None:
    place.write(f"{place.library}/slow.py", "import time; time.sleep(0.05); value = 1")
    user = place.user("import LIB.slow as slow", ("slow", "LIB.slow"))
    barrier, seen = Barrier(8), []

    def use() -> None:
        barrier.wait()
        seen.append(user.slow.value)

    threads = [Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert seen == [1] * 8


def test_other_threads_import_as_always_meanwhile(place: Place) -> None:
    """While a module of the table executes, others get real modules."""
    place.write(
        "busy.py",
        """
        from threading import Thread
        import importlib, sys
        import LIB.inner as inner
        seen = []
        def look():
            seen.append(type(importlib.import_module("LIB_stranger").inner).__name__)
        thread = Thread(target=look)
        thread.start()
        thread.join(10)
        """,
    )
    place.write(f"{place.library}_stranger.py", "import LIB.inner as inner")
    deferrals = Deferrals([Deferral("busy", "inner", f"{place.library}.inner", "")], place.hooks)
    deferrals.start()
    busy = importlib.import_module("busy")
    del sys.modules["busy"]
    assert busy.seen == ["module"]
    deferrals.stop()


def test_stand_ins_pickle_as_what_they_stand_for(place: Place) -> None:
    source = "import LIB.inner as inner\nfrom LIB.inner.deep import Thing"
    user = place.user(source, ("inner", "LIB.inner"), ("Thing", "LIB.inner.deep:Thing"))
    module, thing = vars(user)["inner"], vars(user)["Thing"]
    assert type(module) is DeferredModule
    assert type(thing) is DeferredObject
    copies = pickle.loads(pickle.dumps((module, thing)))
    assert copies == (sys.modules[f"{place.library}.inner"], sys.modules[f"{place.library}.inner.deep"].Thing)


def test_what_is_set_on_a_stand_in_is_set_on_the_module(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = place.user("import LIB.inner as inner", ("inner", "LIB.inner"))
    monkeypatch.setattr(vars(user)["inner"], "value", "changed")
    assert importlib.import_module(f"{place.library}.inner").value == "changed"


def test_stopping_imports_what_is_left(place: Place) -> None:
    user = place.user("import LIB.inner as inner", ("inner", "LIB.inner"))
    place.close()
    assert type(vars(user)["inner"]) is ModuleType
    assert place.hooks not in sys.meta_path


def test_reloading_defers_nothing_that_is_there(place: Place) -> None:
    user = place.user("import LIB.inner as inner", ("inner", "LIB.inner"))
    assert user.inner.value == "inner"
    importlib.reload(user)
    assert type(vars(user)["inner"]) is ModuleType


def test_somebody_else_may_replace_import_meanwhile(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)  # puts back what was there
    source = """
        import builtins
        ours = builtins.__import__
        def theirs(*args, **kwargs):
            return ours(*args, **kwargs)
        builtins.__import__ = theirs
        import LIB.inner as inner
        """
    for _ in range(2):
        user = place.user(dedent(source), ("inner", "LIB.inner"))
        assert builtins.__import__ is user.theirs
        assert type(vars(user)["inner"]) is DeferredModule
    assert place.user("import LIB.inner as inner").inner.value == "inner"
