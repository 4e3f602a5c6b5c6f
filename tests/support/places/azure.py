"""A folder in a container of Azure Storage's emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from support.places.place import Place

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

ALIAS: Final = "pictures"
"""What stands for the account in addresses, so that they do not depend on the emulator's port."""


@dataclass(frozen=True)
class AzureFolder(Place):
    """Attributes as of `azure.storage.blob`."""

    container: ContainerClient
    folder: str

    @property
    def root(self) -> str:
        return f"{ALIAS}://{self.container.container_name}/{self.folder}"

    def get(self, key: str) -> bytes:
        return self.container.download_blob(f"{self.folder}/{key}").readall()

    def keys(self) -> set[str]:
        prefix = f"{self.folder}/"
        return {name.removeprefix(prefix) for name in self.container.list_blob_names(name_starts_with=prefix)}

    def _write(self, key: str, body: bytes) -> None:
        self.container.upload_blob(f"{self.folder}/{key}", body, overwrite=True)
