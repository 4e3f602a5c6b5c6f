from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.cache.tree import Tree
from support.cache_rig import CacheRig
from support.s3_server import S3Server


@pytest.fixture(scope="session")
def cache_bucket(s3: S3Server) -> str:
    """One bucket for all tests of the cache."""
    return s3.new_bucket()


@pytest.fixture
def rig(s3: S3Server, cache_bucket: str, tmp_path: Path) -> Iterator[CacheRig]:
    """Caches over a real S3 store."""
    rig = CacheRig(s3, cache_bucket, uuid.uuid4().hex[:8], tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """The tree of an empty cache."""
    tree = Tree(tmp_path / "cache")
    tree.prepare()
    return tree
