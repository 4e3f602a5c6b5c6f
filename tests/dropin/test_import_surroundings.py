"""`import fiftyone` among threads, processes, notebooks and debuggers: its stand-ins are in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

LARGE: Final = "[name for name in ('scipy', 'sklearn', 'plotly', 'matplotlib') if name in sys.modules]"


def run(*lines: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_threads_may_import_it_at_the_same_time() -> None:
    printed = run(
        "import sys, threading",
        "start, ends = threading.Barrier(4), []",
        "def load():",
        "    start.wait()",
        "    import fiftyone as fo",
        "    ends.append(fo.Sample('/a.jpg').media_type)",
        "threads = [threading.Thread(target=load) for _ in range(4)]",
        "for each in threads: each.start()",
        "for each in threads: each.join()",
        f"print(ends, {LARGE})",
    )
    assert printed == ["['image', 'image', 'image', 'image'] []"]


def test_threads_may_use_a_library_first_at_the_same_time() -> None:
    printed = run(
        "import threading, fiftyone.core.labels as labels",
        "start, found = threading.Barrier(8), []",
        "def use():",
        "    start.wait()",
        "    found.append(len(labels.spn.find_objects([[1, 0], [0, 2]])))",
        "threads = [threading.Thread(target=use) for _ in range(8)]",
        "for each in threads: each.start()",
        "for each in threads: each.join()",
        "print(found)",
    )
    assert printed == ["[2, 2, 2, 2, 2, 2, 2, 2]"]


def test_processes_may_import_it_for_the_first_time_at_the_same_time(tmp_path: Path) -> None:
    """Nobody has a home directory or bytecode yet."""
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}
    script = "import fiftyone as fo; print(fo.Sample('/a.jpg').media_type)"
    started = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [(each.communicate()[0], each.returncode) for each in started] == [(b"image\n", 0)] * 3


def test_a_fork_before_the_first_use_can_use_it() -> None:
    printed = run(
        "import os, sys, fiftyone.core.labels as labels",
        "pid = os.fork()",
        "if pid == 0: os._exit(len(labels.spn.find_objects([[1, 0], [0, 2]])))",
        f"print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), {LARGE})",
    )
    assert printed == ["2 []"]


def test_a_debugger_sees_all_modules_without_importing_anything() -> None:
    """What debuggers and completions do: trace the import, print each variable, look for a frame's module."""
    printed = run(
        "import bdb, inspect, sys",
        "class Watcher(bdb.Bdb):",
        "    def user_line(self, frame): self.set_continue()",
        "Watcher().runcall(__import__, 'fiftyone')",
        "modules = [module for name, module in list(sys.modules.items()) if name.startswith('fiftyone.')]",
        "for module in modules:",
        "    for name, value in vars(module).items():",
        "        repr(value), type(value).__name__, inspect.ismodule(value), inspect.isclass(value)",
        "    inspect.getmodule(module)",
        f"print(len(modules) > 100, {LARGE})",
    )
    assert printed == ["True []"]


def test_a_notebooks_autoreload_watches_without_importing_anything(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text("from fiftyone.core.labels import spn\nversion = 1\n")
    printed = run(
        "import os, sys, time, pathlib",
        "from IPython.core.interactiveshell import InteractiveShell",
        "shell = InteractiveShell.instance()",
        "def cell(text): shell.run_cell(text).raise_error()",
        "cell('%load_ext autoreload'); cell('%autoreload 2')",
        "cell('import fiftyone as fo, fiftyone.core.labels, mine')",
        f"print({LARGE})",
        "import mine; file = pathlib.Path(mine.__file__)",
        "file.write_text(file.read_text().replace('version = 1', 'version = 20'))",
        "os.utime(file, (time.time() + 10,) * 2)",
        "cell('pass'); cell('print(mine.version)')",
        "cell('print(len(mine.spn.find_objects([[1, 0], [0, 2]])))')",
        PYTHONPATH=str(tmp_path),
        IPYTHONDIR=str(tmp_path / "ipython"),
    )
    assert printed == ["[]", "20", "2"]


def test_what_uses_a_library_pickles_by_name() -> None:
    printed = run(
        "import pickle, sys, fiftyone.core.labels as labels",
        "made = pickle.loads(pickle.dumps([labels.spn, labels.Detection]))",
        "print(made[0] is sys.modules['scipy.ndimage'], made[1] is labels.Detection)",
    )
    assert printed == ["True True"]
