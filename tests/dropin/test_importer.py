from __future__ import annotations

import importlib
import importlib.util
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

from safelight.dropin.importer import PostImportHooks
from support.modules import WriteModule


@pytest.fixture
def hooks() -> Iterator[PostImportHooks]:
    hooks = PostImportHooks()
    yield hooks
    if hooks in sys.meta_path:
        sys.meta_path.remove(hooks)


def test_hook_runs_after_the_module_was_executed(hooks: PostImportHooks, write_module: WriteModule) -> None:
    name = write_module("later", "value = 1")
    seen: list[int] = []
    hooks.register(name, lambda module: seen.append(module.value))
    assert seen == []
    importlib.import_module(name)
    assert seen == [1]


def test_hook_runs_at_once_when_the_module_is_imported_already(
    hooks: PostImportHooks, write_module: WriteModule
) -> None:
    module = importlib.import_module(write_module("already", ""))
    seen: list[ModuleType] = []
    hooks.register("already", seen.append)
    assert seen == [module]


def test_hook_on_a_submodule_runs_when_its_package_imports_it(
    hooks: PostImportHooks, write_module: WriteModule
) -> None:
    write_module("pack.inner", "")
    write_module("pack.user", "import pack.inner as inner; value = inner.marked")
    hooks.register("pack.inner", lambda module: setattr(module, "marked", "yes"))
    assert importlib.import_module("pack.user").value == "yes"


def test_hook_runs_again_after_reload_and_after_a_second_import(
    hooks: PostImportHooks, write_module: WriteModule
) -> None:
    module = importlib.import_module(write_module("again", ""))
    seen: list[ModuleType] = []
    hooks.register("again", seen.append)
    importlib.reload(module)
    del sys.modules["again"]
    second = importlib.import_module("again")
    assert seen == [module, module, second]
    assert second is not module


def test_a_lazily_executed_module_is_hooked_when_it_is_executed(
    hooks: PostImportHooks, write_module: WriteModule
) -> None:
    write_module("lazy", "value = 1")
    hooks.register("lazy", lambda module: setattr(module, "marked", module.value + 1))
    spec = importlib.util.find_spec("lazy")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules["lazy"] = module
    spec.loader.exec_module(module)
    assert module.marked == 2


def test_modules_keep_their_own_loader(hooks: PostImportHooks, write_module: WriteModule) -> None:
    write_module("own", "")
    hooks.register("own", lambda _module: None)
    module = importlib.import_module("own")
    assert module.__spec__ is not None
    assert module.__spec__.loader is module.__loader__
    assert type(module.__loader__).__name__ == "SourceFileLoader"


def test_a_hooked_module_can_be_run_by_name(write_module: WriteModule, tmp_path: Path) -> None:
    write_module("runnable", "print(__name__)")
    script = (
        "import runpy; from safelight.dropin.importer import PostImportHooks;"
        "PostImportHooks().register('runnable', print); runpy.run_module('runnable', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "__main__\n"


def test_a_missing_module_stays_missing(hooks: PostImportHooks) -> None:
    hooks.register("no_such_module_anywhere", lambda module: pytest.fail(str(module)))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module_anywhere")


def test_a_removed_hook_does_not_run_and_the_last_one_takes_the_finder_away(
    hooks: PostImportHooks, write_module: WriteModule
) -> None:
    write_module("removed", "")
    seen: list[ModuleType] = []
    hooks.register("removed", seen.append)
    hooks.remove("removed", seen.append)
    hooks.remove("removed", seen.append)
    importlib.import_module("removed")
    assert seen == []
    assert hooks not in sys.meta_path


def test_no_thread_sees_a_module_before_its_hook_has_run(
    hooks: PostImportHooks, write_module: WriteModule
) -> None:
    write_module("slow", "import time; time.sleep(0.05)")
    hooks.register("slow", lambda module: setattr(module, "marked", True))
    seen: list[bool] = []
    threads = [
        Thread(target=lambda: seen.append(hasattr(importlib.import_module("slow"), "marked")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert seen == [True] * 8


def test_registering_while_another_thread_imports_waits_for_the_whole_module(
    hooks: PostImportHooks, write_module: WriteModule
) -> None:
    write_module("busy", "import time; started = True; time.sleep(0.3); finished = True")
    thread = Thread(target=lambda: importlib.import_module("busy"))
    thread.start()
    while not hasattr(sys.modules.get("busy"), "started"):
        pass
    seen: list[bool] = []
    hooks.register("busy", lambda module: seen.append(hasattr(module, "finished")))
    thread.join(timeout=10)
    assert seen
    assert all(seen)


def test_functions_of_a_hooked_module_pickle(hooks: PostImportHooks, write_module: WriteModule) -> None:
    write_module("picklable", "def function(): return 1")
    hooks.register("picklable", lambda _module: None)
    module = importlib.import_module("picklable")
    assert pickle.loads(pickle.dumps(module.function))() == 1
