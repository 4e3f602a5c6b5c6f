"""What every place has: files under names, and addresses by which FiftyOne knows them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from support.pictures import NAMES, encode, photograph


class Place(ABC):
    """A folder of its own for one test, filled and looked at behind the back of the code under test."""

    @property
    @abstractmethod
    def root(self) -> str:
        """The address of the folder, without a slash at its end."""

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Read a file."""

    @abstractmethod
    def keys(self) -> set[str]:
        """The files in the folder."""

    @abstractmethod
    def _write(self, key: str, body: bytes) -> None: ...

    def url(self, key: str = "") -> str:
        """The address of a file."""
        return f"{self.root}/{key}"

    def key(self, url: str) -> str:
        """The name of the file with an address."""
        assert url.startswith(f"{self.root}/"), f"{url} is not in {self.root}"
        return url.removeprefix(f"{self.root}/")

    def put(self, key: str, content: bytes | Path) -> str:
        """Write a file, and return its address."""
        self._write(key, content.read_bytes() if isinstance(content, Path) else content)
        return self.url(key)

    def put_photographs(self, folder: str = "images") -> list[str]:
        """Write the sample photographs as JPEG, and return their addresses."""
        return [self.put(f"{folder}/{name}.jpg", encode(photograph(name))) for name in NAMES]
