"""The recipe: upstream's wheel in, Safelight's wheel out, the same bytes each time."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from safelight import __version__
from safelight.dropin import targets, upstream, versions
from safelight.dropin.packaging import payload, releases
from safelight.dropin.packaging.archive import Member
from safelight.dropin.packaging.metadata import MetadataEdit, headers
from safelight.dropin.packaging.wheel import Wheel
from safelight.dropin.sources import WheelSource
from safelight.errors import BuildError

Report = Callable[[str, str], None]
"""Gets each step as a heading and what there is to say about it."""

_TAG: Final = "py3-none-any"


@dataclass(frozen=True, slots=True)
class BuiltWheel:
    """What came out.

    Attributes:
        file: the wheel
        version: of the distribution `fiftyone` in it
        sha256: of the file
        misfits: targets that do not fit this upstream; their patches stay off
    """

    file: Path
    version: str
    sha256: str
    misfits: tuple[upstream.Verdict, ...]


def _silent(_heading: str, _text: str) -> None:
    pass


def build_fiftyone(
    version: str | None = None,
    *,
    upstream_wheel: Path | None = None,
    build: int = 1,
    output: Path = Path("dist"),
    plain: bool = False,
    report: Report = _silent,
) -> BuiltWheel:
    """Build the drop-in `fiftyone`.

    Args:
        version: of upstream, e.g. `1.22.1`; by default that of `upstream_wheel`, or the newest we support
        upstream_wheel: upstream's wheel, when it is not to be downloaded
        build: N of the version `X.Y.Z+safelight.N`
        output: directory for the wheel
        plain: give the wheel upstream's own version and file name. It is for a link to the file in a
            requirements.txt, never for an index, where it would be another file of upstream's name
        report: is told what happens

    Raises:
        BuildError: upstream's wheel is not what it should be
    """
    if build < 1:
        raise BuildError(f"the build number begins at 1: {build}")
    with tempfile.TemporaryDirectory(prefix="safelight-build-") as directory:
        file = upstream_wheel
        if file is None:
            version = version or versions.NEWEST
            report("Download", f"fiftyone {version}")
            file = releases.download_wheel(version, Path(directory))
        return _Recipe(file, version, build, plain=plain, report=report).run(output)


class _Recipe:
    def __init__(self, file: Path, version: str | None, build: int, *, plain: bool, report: Report) -> None:
        self._file = file
        self._wheel = Wheel.read(file)
        self._build = build
        self._report = report
        self._check_identity(version)
        self._sha256, self._pinned = releases.verify_pin(self._wheel.version, file)
        local = f"{self._wheel.version}+{versions.BUILD_LABEL}.{build}"
        self._version = self._wheel.version if plain else local
        self._notice = (
            f"Changed by Safelight {__version__}: this is FiftyOne {self._wheel.version} by Voxel51, Inc., "
            "with one line added to `fiftyone/__init__.py`, and with `fiftyone.management`, the `safelight` "
            "package, its requirements and its command."
        )

    def run(self, output: Path) -> BuiltWheel:
        verdict = (
            "as upstream published it" if self._pinned else "NOT PINNED: make sure that it is upstream's"
        )
        self._report("Upstream", f"{self._wheel.file_name}, {len(self._wheel.members)} files match RECORD")
        self._report("", f"sha256 {self._sha256}, {verdict}")
        misfits = self._check_seams()
        built = Wheel(self._wheel.name, self._version, _TAG, {m.name: m for m in self._members()})
        file = built.write(output)
        result = BuiltWheel(file, self._version, releases.sha256_of(file), misfits)
        self._report("Wrote", f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
        self._report("", f"sha256 {result.sha256}")
        return result

    def _check_identity(self, version: str | None) -> None:
        wheel = self._wheel
        said = headers(wheel.text(f"{wheel.dist_info}/METADATA"))
        named = said.get("Name"), said.get("Version"), wheel.tag
        if named != (["fiftyone"], [wheel.version], _TAG):
            raise BuildError(f"{wheel.file_name} is not a wheel of fiftyone for {_TAG}")
        if "+" in wheel.version:
            raise BuildError(f"{wheel.file_name} is a build of somebody's: give upstream's own")
        if version and version != wheel.version:
            raise BuildError(f"{wheel.file_name} is not fiftyone {version}")

    def _check_seams(self) -> tuple[upstream.Verdict, ...]:
        source = WheelSource([self._file])
        verdicts = [
            verdict
            for verdict in upstream.verdicts_of(targets.ALL, source, self._wheel.version)
            if verdict.applies and _is_in_wheel(verdict.target.module)
        ]
        misfits = tuple(verdict for verdict in verdicts if verdict.problem)
        if not versions.is_supported(self._wheel.version):
            tested = f"{versions.OLDEST} to {versions.NEWEST}"
            self._report("WARNING", f"Safelight is tested with {tested}, not with {self._wheel.version}")
        patches = {verdict.patch.name for verdict in verdicts}
        self._report(
            "Seams", f"{len(verdicts) - len(misfits)} of {len(verdicts)} fit ({len(patches)} patches)"
        )
        for verdict in misfits:
            self._report("WARNING", f"patch {verdict.patch.name!r} will be off: {verdict}")
        return misfits

    def _members(self) -> Iterator[Member]:
        package = payload.package_files()
        requirements = payload.requirements(self._wheel.version)
        self._report(
            "Added", f"safelight {__version__}: {len(package)} files; needs {', '.join(requirements)}"
        )
        package += payload.additions()
        if any(member.name in self._wheel.members for member in package):
            raise BuildError(f"{self._wheel.file_name} has parts of Safelight already: give upstream's own")
        edited = self._edited(requirements)
        for member in self._wheel.members.values():
            content = edited.pop(member.name, None)
            new = member if content is None else Member.of(member.name, content.encode())
            yield self._moved(new)
        yield from package
        manifest = json.dumps(self._manifest(package, requirements), indent=2, sort_keys=True)
        yield self._moved(Member.of(f"{self._wheel.dist_info}/{versions.MANIFEST}", f"{manifest}\n".encode()))

    def _edited(self, requirements: tuple[str, ...]) -> dict[str, str]:
        dist_info = self._wheel.dist_info
        notice = f"> {self._notice}"
        edit = MetadataEdit(self._version, requirements, payload.extras(), notice)
        edits: dict[str, Callable[[str], str]] = {
            "fiftyone/__init__.py": lambda text: payload.with_activation(text, "added by Safelight"),
            f"{dist_info}/METADATA": edit.apply,
            f"{dist_info}/WHEEL": _with_generator,
            f"{dist_info}/entry_points.txt": _with_console_script,
            f"{dist_info}/top_level.txt": lambda text: "\n".join(sorted({*text.split(), "safelight"})) + "\n",
        }
        self._report("Changed", ", ".join(name.removeprefix(f"{dist_info}/") for name in edits))
        return {name: change(self._wheel.text(name)) for name, change in edits.items()}

    def _manifest(self, package: list[Member], requirements: tuple[str, ...]) -> dict[str, Any]:
        return {
            "build": self._build,
            "notice": self._notice,
            "requirements": list(requirements),
            "safelight": {"version": __version__, "sha256": payload.digest_of(package)},
            "upstream": {
                "file": self._wheel.file_name,
                "sha256": self._sha256,
                "version": self._wheel.version,
            },
        }

    def _moved(self, member: Member) -> Member:
        """A member under the new name of the metadata directory."""
        old = f"{self._wheel.dist_info}/"
        if not member.name.startswith(old):
            return member
        new = f"{self._wheel.name}-{self._version}.dist-info/"
        return replace(member, name=new + member.name.removeprefix(old))


def _is_in_wheel(module: str) -> bool:
    """Whether upstream's wheel has a module: `fiftyone.brain` and `eta` are distributions of their own."""
    return module.startswith("fiftyone.") and not module.startswith("fiftyone.brain.")


def _with_generator(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("Generator:")]
    return "\n".join([lines[0], f"Generator: safelight {__version__}", *lines[1:]]).rstrip() + "\n"


def _with_console_script(text: str) -> str:
    heading = "[console_scripts]\n"
    if heading not in text:
        raise BuildError("upstream's wheel has no console scripts any more")
    return text.replace(heading, f"{heading}safelight = safelight.cli:main\n")
