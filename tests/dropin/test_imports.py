"""What `import fiftyone` leaves out, and what it does not do, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from support.virtual_environment import SharedEnvironment

LIBRARIES: Final = [
    "IPython",
    "cv2",
    "dill",
    "matplotlib",
    "pandas",
    "plotly",
    "requests",
    "scipy",
    "sklearn",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> SharedEnvironment:
    """FiftyOne as our build has it."""
    environment = SharedEnvironment(tmp_path_factory.mktemp("built") / "venv")
    environment.install_built_upstream()
    return environment


def run(*lines: str, **environment: str) -> str:
    """Run a script in the tests' own environment, where the `.pth` file activates us."""
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    ).stdout


class TestSideEffects:
    """Seen by an audit hook: whatever Python code asks of the operating system passes it."""

    SCRIPT: Final = """
import json, os, sys
seen = []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
PREFIXES = ("socket.", "subprocess.", "os.fork", "os.posix_spawn", "os.exec", "os.system", "os.mkdir",
            "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "shutil.", "tempfile.")
def hook(event, arguments):
    if imported:
        return
    if event.startswith(PREFIXES) or (event == "open" and arguments[2] & WRITING):
        seen.append([event, str(arguments[0])])
imported = False
sys.addaudithook(hook)
import fiftyone
imported = True
print(json.dumps(seen))
"""

    def test_no_socket_no_process_no_file(self, built: SharedEnvironment, tmp_path: Path) -> None:
        done = built.run("-c", self.SCRIPT, HOME=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")
        assert json.loads(done.stdout) == []
        assert list(tmp_path.iterdir()) == []

    def test_the_hook_sees_what_stock_does(self, built: SharedEnvironment, tmp_path: Path) -> None:
        done = built.run(
            "-c", self.SCRIPT, HOME=str(tmp_path), PYTHONDONTWRITEBYTECODE="1", SAFELIGHT_DISABLE="1"
        )
        events = {event for event, _ in json.loads(done.stdout)}
        assert {"socket.__new__", "open", "os.mkdir"} <= events


class TestLibraries:
    def test_they_are_not_imported(self) -> None:
        script = (
            "import builtins, sys; before = builtins.__import__;"
            f"import fiftyone; print([name for name in {LIBRARIES} if name in sys.modules]);"
            "print(builtins.__import__ is before)"
        )
        assert run(script) == "[]\nTrue\n"

    def test_switched_off_they_are(self) -> None:
        script = f"import fiftyone, sys; print(all(name in sys.modules for name in {LIBRARIES}))"
        assert run(script, SAFELIGHT_DISABLE_PATCHES="imports") == "True\n"

    def test_upstream_finds_them_when_it_needs_them(self) -> None:
        """A regression line needs scikit-learn, a connected component scikit-image, a rotation scipy."""
        assert run(
            "import numpy as np, fiftyone as fo",
            "from fiftyone.core.plots import plotly, utils",
            "from fiftyone.core import labels",
            "segmentation = fo.Segmentation(mask=np.eye(4, dtype=np.uint8))",
            "print(len(segmentation.to_detections(mask_targets={1: 'one'}).detections))",
            "print(abs(fo.Quaternion(0, 0, 0, 1).to_euler().x))",
            "print(labels.spn.__name__, type(labels.spn).__name__, type(utils.skl).__name__)",
        ).splitlines() == ["1", "0.0", "scipy.ndimage module DeferredModule"]

    def test_every_deferred_import_gives_what_stock_gives(self) -> None:
        """Each stand-in, used once, leaves the very object there that the statement would have bound."""
        lines = [
            "import sys, importlib, json, types",
            "import fiftyone, fiftyone.brain, fiftyone.utils.utils3d",
            "from safelight.dropin.patches.imports import PATCH",
            "from safelight.dropin.imports.stand_ins import load",
            "wrong = []",
            "for row in PATCH.deferrals:",
            "    module = importlib.import_module(row.module)",
            "    kind = type(getattr(module, row.attribute)).__name__",
            "    if not kind.startswith('Deferred'): wrong.append([row.name, 'was not deferred'])",
            "for row in PATCH.deferrals:",
            "    module = sys.modules[row.module]",
            "    dir(getattr(module, row.attribute))",
            "    package = row.imports.partition('.')[0]",
            "    real = load(package if row.attribute == package else row.imports)",
            "    if getattr(module, row.attribute) is not real: wrong.append([row.name, 'is another'])",
            "print(json.dumps(wrong), len(PATCH.deferrals))",
        ]
        wrong, _, count = run(*lines).strip().rpartition(" ")
        assert json.loads(wrong) == []
        assert int(count) > 40

    def test_a_library_that_the_script_imported_first_is_not_deferred(self) -> None:
        script = (
            "import sklearn.metrics, fiftyone",
            "from fiftyone.core.plots import utils",
            "print(utils.skm is sklearn.metrics)",
        )
        assert run(*script) == "True\n"

    def test_modules_that_stock_brings_along_are_there(self) -> None:
        assert run("import fiftyone, plotly; print(plotly.express.__name__)") == "plotly.express\n"

    @pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
    def test_workers_use_them(self, method: str) -> None:
        script = (
            "import multiprocessing, fiftyone.core.labels as labels",
            "if __name__ == '__main__':",
            f"    with multiprocessing.get_context({method!r}).Pool(2) as pool:",
            "        found = pool.map(labels.spn.find_objects, [[[1, 0], [0, 2]]] * 2)",
            "    print([len(each) for each in found])",
        )
        assert run(*script) == "[2, 2]\n"
