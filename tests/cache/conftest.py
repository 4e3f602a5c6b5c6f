from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cache_rig import CacheRig
from support.s3_server import S3Server


@pytest.fixture
def rig(s3: S3Server, bucket: str, tmp_path: Path) -> Iterator[CacheRig]:
    """Caches over a real S3 store."""
    rig = CacheRig(s3, bucket, tmp_path)
    yield rig
    rig.close()
