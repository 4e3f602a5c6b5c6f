"""The two doors and the ways to close them, each in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.virtual_environment import SharedEnvironment

STATE = "from safelight.dropin import instrument; print(instrument.active() is not None)"


@pytest.fixture
def environment(tmp_path: Path) -> SharedEnvironment:
    return SharedEnvironment(tmp_path / "venv")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> SharedEnvironment:
    """FiftyOne as our build has it."""
    environment = SharedEnvironment(tmp_path_factory.mktemp("built") / "venv")
    environment.install_built_upstream()
    return environment


class TestBuiltWheel:
    def test_importing_it_puts_every_patch_in(self, built: SharedEnvironment) -> None:
        done = built.run(
            "-c",
            "import fiftyone as fo, json; from safelight.dropin import instrument, targets;"
            "active = instrument.active();"
            "print(json.dumps([len(active.replaced), sorted(active.off), len(targets.ALL)]))",
        )
        replaced, off, patches = json.loads(done.stdout)
        assert off == []
        assert replaced >= patches > 0
        assert done.stderr == ""

    def test_switched_off_it_is_stock(self, built: SharedEnvironment) -> None:
        script = "import fiftyone.core, sys; print('safelight.dropin.instrument' in sys.modules)"
        assert built.run("-c", script, SAFELIGHT_DISABLE="1").stdout == "False\n"

    def test_one_patch_can_be_switched_off(self, built: SharedEnvironment) -> None:
        script = (
            "import fiftyone; from safelight.dropin import instrument, targets;"
            "replaced = instrument.active().replaced;"
            "print(any(target in replaced for target in targets.ALL[0].targets), len(replaced) > 0)"
        )
        name = built.run(
            "-c", "from safelight.dropin import targets; print(targets.ALL[0].name)"
        ).stdout.strip()
        done = built.run("-c", script, SAFELIGHT_DISABLE_PATCHES=f"{name}, no_such_patch")
        assert done.stdout == "False True\n"
        assert "names no patch of Safelight: no_such_patch" in done.stderr

    def test_uninstrumenting_makes_it_stock_again(self, built: SharedEnvironment) -> None:
        script = (
            "import fiftyone, sys; from safelight.dropin import instrument;"
            "active = instrument.active(); before = len(active.replaced);"
            "instrument.uninstrument(); instrument.uninstrument();"
            "print(before > 0, len(active.replaced), instrument.active());"
            "instrument.instrument(); print(len(instrument.active().replaced) == before)"
        )
        assert built.run("-c", script).stdout == "True 0 None\nTrue\n"


class TestCost:
    def test_activation_imports_neither_upstream_nor_a_provider(self, environment: SharedEnvironment) -> None:
        environment.install_stand_in()
        heavy = ["PIL", "boto3", "botocore", "cv2", "eta", "fiftyone", "numpy", "obstore", "tqdm"]
        script = (
            "import sys; from safelight.dropin.activation import activate; print(activate());"
            f"print([name for name in {heavy} if name in sys.modules])"
        )
        assert environment.run("-c", script).stdout == "True\n[]\n"


class TestTrouble:
    def test_activating_twice_is_activating_once(self, environment: SharedEnvironment) -> None:
        environment.install_stand_in()
        script = (
            "from safelight.dropin import activation, instrument; import sys;"
            "print(activation.activate()); first = instrument.active(); finders = len(sys.meta_path);"
            "print(activation.activate(), instrument.active() is first, len(sys.meta_path) == finders)"
        )
        assert environment.run("-c", script).stdout == "True\nTrue True True\n"

    def test_a_broken_safelight_is_loud_and_upstream_still_imports(
        self, environment: SharedEnvironment
    ) -> None:
        environment.install_stand_in(activated=True)
        script = "import sys; sys.modules['safelight.dropin.instrument'] = None; import fiftyone"
        done = environment.run("-c", script)
        for part in (
            "Safelight is broken",
            "WITHOUT it",
            "Reinstall",
            "SAFELIGHT_DISABLE=1",
            "ModuleNotFound",
        ):
            assert part in done.stderr

    def test_an_upstream_that_has_lost_everything_is_imported_with_warnings(
        self, environment: SharedEnvironment
    ) -> None:
        environment.install_stand_in(activated=True)
        done = environment.run("-c", "import fiftyone; print(fiftyone.imported)")
        assert done.stdout == "True\n"
        assert "upstream has no such module" in done.stderr


class TestUntestedVersion:
    def test_it_is_used_with_one_warning_when_everything_fits(self, environment: SharedEnvironment) -> None:
        environment.install_built_upstream("1.99.0")
        (environment.site_packages / "worker.py").write_text(
            "import multiprocessing\n"
            "def work(_index):\n"
            "    import fiftyone\n"
            "    from safelight.dropin import instrument\n"
            "    return sorted(instrument.active().off)\n"
            "if __name__ == '__main__':\n"
            "    off = work(0)\n"
            "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "        print(off, *pool.map(work, [0]))\n"
        )
        done = environment.run("-m", "worker")
        assert done.stdout == "[] []\n"
        [warning] = [line for line in done.stderr.splitlines() if "Safelight" in line]
        assert "tested with FiftyOne 1.20.0 to 1.22.1; this is 1.99.0: every seam still fits" in warning

    def test_a_patch_that_no_longer_fits_is_off_before_anything_is_replaced(
        self, environment: SharedEnvironment
    ) -> None:
        environment.install_built_upstream("1.99.0")
        package = environment.site_packages / "fiftyone" / "core"
        stock = package.resolve()
        package.unlink()
        package.mkdir()
        for entry in stock.iterdir():
            (package / entry.name).symlink_to(entry)
        media = (stock / "media.py").read_text()
        (package / "media.py").unlink()
        (package / "media.py").write_text(
            media.replace("def get_media_type(filepath):", "def get_media_type(path):")
        )
        script = (
            "import fiftyone; from safelight.dropin import instrument as i, targets;"
            "patch = next(p for p in targets.ALL if any(t.attribute == 'get_media_type' for t in p.targets));"
            "print(any(t in i.active().replaced for t in patch.targets), len(i.active().replaced) > 50)"
        )
        done = environment.run("-c", script)
        assert done.stdout == "False True\n"
        assert "this is 1.99.0: these seams no longer fit" in done.stderr
        assert "get_media_type has the signature (path), not (filepath)" in done.stderr


class TestStockUpstream:
    def test_who_uses_safelight_with_a_stock_copy_is_told(self, environment: SharedEnvironment) -> None:
        environment.install_stand_in()
        done = environment.run("-c", "import safelight, fiftyone; print(fiftyone.imported)")
        assert done.stdout == "True\n"
        assert "FiftyOne 1.22.1 is the stock build" in done.stderr
        assert "pip install -U fiftyone" in done.stderr

    def test_who_does_not_use_it_is_not(self, environment: SharedEnvironment) -> None:
        environment.install_stand_in()
        assert environment.run("-c", "import fiftyone").stderr == ""

    @pytest.mark.parametrize("order", ["import safelight, fiftyone", "import fiftyone, safelight"])
    def test_our_build_is_recognised_whatever_its_version(
        self, environment: SharedEnvironment, order: str
    ) -> None:
        environment.install_stand_in(manifest=True)
        assert "stock" not in environment.run("-c", order).stderr

    def test_the_switch_silences_it(self, environment: SharedEnvironment) -> None:
        environment.install_stand_in()
        assert environment.run("-c", "import safelight, fiftyone", SAFELIGHT_DISABLE="1").stderr == ""


class TestDevelopment:
    def test_enable_status_and_disable(self, environment: SharedEnvironment) -> None:
        environment.install_stand_in()
        command = ("-m", "safelight.cli", "dropin")
        state = f"import fiftyone; {STATE}"

        before = environment.run(*command, "status", check=False)
        assert before.returncode == 1
        assert "is the stock build" in before.stdout
        assert environment.run("-c", state).stdout == "False\n"

        assert str(environment.site_packages) in environment.run(*command, "enable").stdout
        assert environment.run("-c", state).stdout == "True\n"
        assert environment.run(*command, "status").returncode == 0

        assert "Removed" in environment.run(*command, "disable").stdout
        assert environment.run("-c", state).stdout == "False\n"
        assert "not enabled" in environment.run(*command, "disable").stdout

    def test_the_package_itself_has_our_names(self, environment: SharedEnvironment) -> None:
        """Its import is under way when we are activated: the hooks of its own module must still be asked."""
        environment.run("-m", "safelight.cli", "dropin", "enable")
        names = "callable(fo.allow_remote_changes), 'media_cache' in dir(fo)"
        assert environment.run("-c", f"import fiftyone as fo; print({names})").stdout == "True True\n"

    def test_activating_by_hand_beside_it_is_activating_once(self, environment: SharedEnvironment) -> None:
        environment.run("-m", "safelight.cli", "dropin", "enable")
        for door in (
            "from safelight.dropin.activation import activate; activate()",
            "from safelight.dropin.instrument import instrument; instrument()",
        ):
            state = "from safelight.dropin import instrument as i; print(sorted(i.active().off))"
            done = environment.run("-c", f"{door}; import fiftyone; {state}")
            assert (done.stdout, done.stderr) == ("[]\n", "")

    def test_the_file_is_silent_when_safelight_is_gone(self, environment: SharedEnvironment) -> None:
        environment.run("-m", "safelight.cli", "dropin", "enable")
        (environment.site_packages / "shared.pth").unlink()
        done = environment.run("-c", "print('started')")
        assert (done.stdout, done.stderr) == ("started\n", "")

    def test_interpreters_that_do_not_import_upstream_pay_next_to_nothing(
        self, environment: SharedEnvironment
    ) -> None:
        environment.run("-m", "safelight.cli", "dropin", "enable")
        script = "import sys; print(sorted(name for name in sys.modules if name.startswith('safelight')))"
        loaded = environment.run("-c", script).stdout
        expected = [
            "safelight",
            "safelight.dropin",
            "safelight.dropin.activation",
            "safelight.dropin.switches",
            "safelight.version",
        ]
        assert loaded == f"{expected}\n"
