"""`safelight login` and the commands for teams, run as programs."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import MongoDB
from support.api_server import ADMIN, Person, RunningApi


class Shell:
    """Runs `safelight` as a user of some machine."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("FIFTYONE_API")
        }
        self.environment["HOME"] = str(home)
        self.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

    def run(self, *arguments: str, given: str = "", status: int = 0) -> str:
        return self._run(["-m", "safelight.cli", *arguments], given, status)

    def python(self, script: str) -> str:
        return self._run(["-c", script], "", 0)

    def _run(self, arguments: list[str], given: str, status: int) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            input=given,
            capture_output=True,
            text=True,
            env=self.environment,
            check=False,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def admin_shell(shell: Shell, api: RunningApi) -> Shell:
    shell.run("login", api.url, given=f"{api.admin_key}\n")
    return shell


def test_login_keeps_the_key_where_only_its_owner_reads_it(shell: Shell, api: RunningApi) -> None:
    assert "safelight login" in shell.run("whoami", status=1)
    said = shell.run("login", f"{api.url}/", given=f"{api.admin_key}\n")
    file = shell.home / ".fiftyone" / "safelight-login.json"
    assert said == f"ada <{ADMIN}>, Admin, at {api.url}. The key is kept in {file}.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert shell.run("whoami") == f"ada <{ADMIN}>, Admin, at {api.url}\n"
    assert shell.run("logout") == "The login is forgotten.\n"
    assert not file.exists()
    shell.run("whoami", status=1)


def test_a_key_that_is_refused_is_not_kept(shell: Shell, api: RunningApi) -> None:
    assert "not an API key" in shell.run("login", api.url, given="wrong\n", status=1)
    assert "no API key was given" in shell.run("login", api.url, status=1)
    assert not (shell.home / ".fiftyone" / "safelight-login.json").exists()


def test_a_keyring_is_used_where_there_is_one(shell: Shell, api: RunningApi) -> None:
    backend = shell.home / "ring.py"
    backend.write_text(
        "import json, pathlib\n"
        "from keyring.backend import KeyringBackend\n"
        "FILE = pathlib.Path(__file__).with_suffix('.json')\n"
        "class Ring(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, name):\n"
        "        return json.loads(FILE.read_text()).get(f'{service} {name}') if FILE.exists() else None\n"
        "    def set_password(self, service, name, password):\n"
        "        FILE.write_text(json.dumps({f'{service} {name}': password}))\n"
        "    def delete_password(self, service, name):\n"
        "        FILE.unlink()\n"
    )
    shell.environment |= {"PYTHONPATH": str(shell.home), "PYTHON_KEYRING_BACKEND": "ring.Ring"}
    said = shell.run("login", api.url, given=f"{api.admin_key}\n")
    assert "kept in the keyring" in said
    assert api.admin_key not in (shell.home / ".fiftyone" / "safelight-login.json").read_text()
    assert json.loads((shell.home / "ring.json").read_text()) == {f"safelight {api.url}": api.admin_key}
    assert ADMIN in shell.run("whoami")
    shell.run("logout")
    assert not (shell.home / "ring.json").exists()


def test_the_environment_wins_over_the_login(admin_shell: Shell, api: RunningApi) -> None:
    member = api.person("MEMBER")
    admin_shell.environment["FIFTYONE_API_KEY"] = member.key
    assert member.email in admin_shell.run("whoami")
    admin_shell.environment |= {"FIFTYONE_API_KEY": "", "FIFTYONE_API_URI": "http://127.0.0.1:9"}
    assert "no API key for http://127.0.0.1:9" in admin_shell.run("whoami", status=1)


def test_import_fiftyone_uses_the_login_unless_a_database_is_named(
    admin_shell: Shell, api: RunningApi, mongodb: MongoDB
) -> None:
    script = f"import fiftyone as fo; print(fo.config.api_uri, fo.config.api_key == {api.admin_key!r})"
    admin_shell.environment.pop("FIFTYONE_DATABASE_URI")
    assert admin_shell.python(script) == f"{api.url} True\n"
    admin_shell.environment["FIFTYONE_DATABASE_URI"] = mongodb.uri
    assert admin_shell.python(script) == "None False\n"
    admin_shell.environment["FIFTYONE_API_URI"] = api.url
    assert admin_shell.python(script) == f"{api.url} True\n"


def test_an_invitation_becomes_a_login(admin_shell: Shell, api: RunningApi, tmp_path: Path) -> None:
    said = admin_shell.run("users", "invite", "lin@example.org", "--role", "collaborator")
    link = said.split()[-1]
    (tmp_path / "lin").mkdir()
    lin = Shell(tmp_path / "lin")
    assert "--name" in lin.run("login", "--invitation", link, status=1)
    assert "Lin <lin@example.org>, Collaborator" in lin.run("login", "--invitation", link, "--name", "Lin")
    assert "lin@example.org" in lin.run("whoami")
    assert "only admins" in lin.run("users", "list", status=1)


def test_people_and_keys(admin_shell: Shell, api: RunningApi) -> None:
    member = api.person("MEMBER")
    assert f"{member.email} has the role labeler now." in admin_shell.run(
        "users", "role", member.email, "labeler"
    )
    [line] = [each for each in admin_shell.run("users", "list").splitlines() if member.email in each]
    assert "Labeler" in line
    key = admin_shell.run("keys", "create", "spare", "--owner", member.email).strip()
    assert api.client(key).get("/whoami").json()["email"] == member.email
    listed = admin_shell.run("keys", "list", "--owner", member.email)
    [line] = [each for each in listed.splitlines() if "spare" in each]
    admin_shell.run("keys", "revoke", line.split()[0], "--owner", member.email)
    assert api.client(key).get("/whoami").status_code == 401
    admin_shell.run("users", "delete", member.email)
    assert member.email not in admin_shell.run("users", "list")


def test_a_dataset_is_shared_and_unshared(admin_shell: Shell, api: RunningApi, admin: Person) -> None:
    dataset, member = api.dataset(admin), api.person("MEMBER")
    said = admin_shell.run("datasets", "share", dataset, member.email, "--permission", "edit")
    assert said == f"{member.email}: Can edit on {dataset}.\n"
    admin.api.post("/groups", json={"name": f"team {dataset}"})
    admin_shell.run("datasets", "share", dataset, "--group", f"team {dataset}")
    admin_shell.run("datasets", "share", dataset, "--everyone", "--permission", "tag")
    access = admin_shell.run("datasets", "access", dataset)
    assert [line.split("  ")[0] for line in access.splitlines()] == [
        "WHO",
        "members, by default",
        f"group team {dataset}",
        member.email,
        ADMIN,
    ]
    assert member.api.get("/datasets", params={"name": dataset}).json()["items"][0]["permission"] == "EDIT"
    admin_shell.run("datasets", "unshare", dataset, member.email)
    admin_shell.run("datasets", "unshare", dataset, "--everyone")
    assert member.api.get("/datasets", params={"name": dataset}).status_code == 404
    assert dataset in admin_shell.run("datasets", "list")
    assert "give a user" in admin_shell.run("datasets", "share", dataset, status=1)
