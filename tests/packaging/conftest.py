"""Upstream's wheel: a small stand-in that is laid out like it, and the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.dropin.packaging.archive import Member
from safelight.dropin.packaging.wheel import Wheel
from support.wheels import MakeUpstream

METADATA = """\
Metadata-Version: 2.4
Name: fiftyone
Version: {version}
Summary: a stand-in
License: Apache
License-File: LICENSE
Requires-Python: >=3.10
Description-Content-Type: text/markdown
Requires-Dist: Deprecated
Requires-Dist: boto3<2,>=1
Requires-Dist: tqdm<5,>=2
Provides-Extra: multimodal
Requires-Dist: protobuf==6.33.6; extra == "multimodal"
Dynamic: license-file
Dynamic: summary

# The description

Requires-Dist: of the description is no header
"""

INIT = '''\
"""FiftyOne.

See elsewhere.
"""

import logging

import fiftyone.constants as _foc

logger = logging.getLogger(__name__)
'''


@pytest.fixture
def make_upstream(tmp_path: Path) -> MakeUpstream:
    """Write a small wheel like upstream's."""

    def make(
        version: str = "1.22.9", tag: str = "py3-none-any", changes: dict[str, str | None] | None = None
    ) -> Path:
        dist_info = f"fiftyone-{version}.dist-info"
        files: dict[str, str | None] = {
            "fiftyone/__init__.py": INIT,
            "fiftyone/constants.py": "VERSION = '1'\n",
            f"{dist_info}/METADATA": METADATA.format(version=version),
            f"{dist_info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: {tag}\n",
            f"{dist_info}/entry_points.txt": "[console_scripts]\nfiftyone = fiftyone.core.cli:main\n",
            f"{dist_info}/top_level.txt": "fiftyone\nplugins\n",
            f"{dist_info}/licenses/LICENSE": "Apache License\n",
        }
        files |= {name.replace("DIST_INFO", dist_info): content for name, content in (changes or {}).items()}
        members = {
            name: Member.of(name, content.encode()) for name, content in files.items() if content is not None
        }
        return Wheel("fiftyone", version, tag, members).write(tmp_path / "upstream")

    return make
