"""The built wheel in a fresh environment, installed by pip with everything it needs."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from safelight.dropin import versions
from safelight.dropin.packaging.build import build_fiftyone
from support.environment import machine_environment
from support.wheels import download_wheel

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SPAWN = """\
import importlib, json, multiprocessing
from contextlib import suppress


def state(_index):
    import fiftyone
    from safelight.dropin import instrument, targets

    for target in [target for patch in targets.ALL for target in patch.targets]:
        # Some of upstream's modules need libraries that only some users install.
        with suppress(ImportError):
            importlib.import_module(target.module)
    active = instrument.active()
    return [fiftyone.__version__, len(active.replaced), sorted(active.off)]


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(json.dumps([state(0), *pool.map(state, [0])]))
"""


@dataclass(frozen=True)
class Installed:
    """An environment into which pip has installed our wheel."""

    upstream: str
    bin: Path
    directory: Path

    def run(self, program: str, *arguments: str | Path) -> str:
        done = subprocess.run(
            [self.bin / program, *arguments], capture_output=True, text=True, cwd=self.directory, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module", params=[versions.OLDEST, versions.NEWEST])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    directory = tmp_path_factory.mktemp("installed")
    upstream_wheel = download_wheel(f"fiftyone=={request.param}", directory)
    built = build_fiftyone(upstream_wheel=upstream_wheel, build=2, output=directory)
    venv.create(directory / "venv", symlinks=True, with_pip=True)
    installed = Installed(request.param, directory / "venv" / "bin", directory)
    python = installed.bin / "python"
    # The newest is installed as users do it, the oldest by what takes less time.
    pip: list[str | Path] = [python, "-m", "pip", "install"]
    uv: list[str | Path] = [
        Path(sys.executable).parent / "uv",
        "pip",
        "install",
        "--compile-bytecode",
        "--python",
        python,
    ]
    command = pip if request.param == versions.NEWEST else uv
    subprocess.run([*command, "--quiet", built.file], check=True, env=machine_environment())
    return installed


def test_nothing_is_missing(installed: Installed) -> None:
    assert "No broken requirements found" in installed.run("pip", "check")


def test_the_version_names_our_build(installed: Installed) -> None:
    version = f"{installed.upstream}+safelight.2"
    script = "from importlib.metadata import version; import fiftyone as fo; print(version('fiftyone'))"
    assert installed.run("python", "-c", f"{script}; print(fo.__version__)") == f"{version}\n{version}\n"
    assert version in installed.run("fiftyone", "--version")
    assert "is Safelight's build" in installed.run("safelight", "dropin", "status")


def test_every_patch_is_in_here_and_in_a_spawned_process(installed: Installed) -> None:
    (installed.directory / "spawn.py").write_text(SPAWN)
    parent, child = json.loads(installed.run("python", "spawn.py"))
    assert parent == child
    _version, replaced, off = parent
    assert replaced > 0
    assert off == []


def test_uninstalling_leaves_nothing_of_ours(installed: Installed) -> None:
    installed.run("pip", "uninstall", "--yes", "--quiet", "fiftyone")
    left = installed.run("python", "-c", "import importlib.util as u; print(u.find_spec('safelight'))")
    assert left == "None\n"
    assert not (installed.bin / "safelight").exists()
