"""What goes into the wheel: the `safelight` package, its requirements, and the line that activates it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

import safelight
from safelight.dropin.packaging.archive import Member
from safelight.dropin.packaging.metadata import Requirement
from safelight.dropin.versions import Release
from safelight.errors import BuildError

ACTIVATION: Final = "import safelight.dropin.activation as _safelight; _safelight.activate()"


class Override(NamedTuple):
    """A requirement that upstream forgot in some of its versions."""

    before: str
    """the first version that has it"""
    requirement: str
    why: str


OVERRIDES: Final = (
    Override("1.22.1", "graphql-core<3.3,>=3.2", "strawberry-graphql fails to import with graphql-core 3.3"),
)


def package_files() -> list[Member]:
    """Every file of the installed `safelight` package but what Python generates."""
    root = Path(safelight.__file__).parent
    files = (file for file in sorted(root.rglob("*")) if file.is_file())
    relative = (file.relative_to(root.parent) for file in files)
    return [
        Member.of(path.as_posix(), (root.parent / path).read_bytes())
        for path in relative
        if path.suffix != ".pyc" and not any(part.startswith((".", "__pycache__")) for part in path.parts)
    ]


def additions() -> list[Member]:
    """Packages that go inside `fiftyone/`, so that editors and type checkers see them too."""
    prefix = "safelight/dropin/overlay/"
    return [
        Member.of(member.name.removeprefix(prefix), member.content())
        for member in package_files()
        if member.name.startswith(prefix)
    ]


def digest_of(members: Iterable[Member]) -> str:
    """One sha256 for a set of files: names and contents."""
    digest = hashlib.sha256()
    for member in sorted(members, key=lambda member: member.name):
        digest.update(f"{member.name}\0{hashlib.sha256(member.content()).hexdigest()}\n".encode())
    return digest.hexdigest()


def requirements(upstream: str) -> tuple[str, ...]:
    """What the built wheel needs beside what upstream's declares: our own requirements and the overrides.

    Raises:
        BuildError: the distribution `safelight` is not installed, or in another version: nobody knows
    """
    try:
        distribution = metadata.distribution("safelight")
    except metadata.PackageNotFoundError as error:
        raise BuildError(
            "the distribution `safelight` is not installed here: build from a checkout or from its own wheel"
        ) from error
    if distribution.version != safelight.__version__:
        raise BuildError(
            f"this is safelight {safelight.__version__}, but its metadata say {distribution.version}: "
            "install it again, so that its requirements are those of this version"
        )
    ours = distribution.requires or []
    # Spelled our way: build backends differ in theirs.
    return (
        *(str(Requirement.parse(text)) for text in ours),
        *(item.requirement for item in overrides(upstream)),
    )


def extras() -> tuple[str, ...]:
    """Names of our own extras."""
    return tuple(metadata.metadata("safelight").get_all("Provides-Extra") or ())


def overrides(upstream: str) -> Iterator[Override]:
    """The overrides that an upstream version needs."""
    release = Release.parse(upstream)
    yield from (override for override in OVERRIDES if release < Release.parse(override.before))


def with_activation(source: str, notice: str) -> str:
    """Upstream's `fiftyone/__init__.py` with our line before its first statement.

    Only the docstring and `from __future__` imports may come before: hooks must be registered before anything
    of upstream is imported.

    Raises:
        BuildError: it is activated already, or has no statement
    """
    if ACTIVATION in source:
        raise BuildError("this wheel is Safelight's already: give upstream's own")
    for node in ast.parse(source).body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not docstring and not future:
            lines = source.splitlines(keepends=True)
            lines.insert(node.lineno - 1, f"{ACTIVATION}  # {notice}\n")
            return "".join(lines)
    raise BuildError("fiftyone/__init__.py has no statements")
