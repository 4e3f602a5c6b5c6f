"""A folder in a bucket of Google Cloud Storage's emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from support.places.place import Place


@dataclass(frozen=True)
class GCSFolder(Place):
    """Attributes as of `google.cloud.storage`: the bucket is the library's own object."""

    bucket: Any
    folder: str

    @property
    def root(self) -> str:
        return f"gs://{self.bucket.name}/{self.folder}"

    def get(self, key: str) -> bytes:
        data: bytes = self.bucket.blob(f"{self.folder}/{key}").download_as_bytes()
        return data

    def keys(self) -> set[str]:
        prefix = f"{self.folder}/"
        return {blob.name.removeprefix(prefix) for blob in self.bucket.list_blobs(prefix=prefix)}

    def _write(self, key: str, body: bytes) -> None:
        self.bucket.blob(f"{self.folder}/{key}").upload_from_string(body, "application/octet-stream")
