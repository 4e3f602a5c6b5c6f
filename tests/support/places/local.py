"""A directory of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from support.places.place import Place


@dataclass(frozen=True)
class LocalPlace(Place):
    """What workflows on remote media are compared with.

    Attributes:
        directory: may not be there yet
    """

    directory: Path

    @property
    def root(self) -> str:
        return str(self.directory)

    def get(self, key: str) -> bytes:
        return (self.directory / key).read_bytes()

    def keys(self) -> set[str]:
        return {
            path.relative_to(self.directory).as_posix()
            for path in self.directory.rglob("*")
            if path.is_file()
        }

    def _write(self, key: str, body: bytes) -> None:
        target = self.directory / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
