"""FiftyOne's name in the requests of Databricks' SDK."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys
import fiftyone
assert "databricks" not in sys.modules, "imported with upstream"
import databricks.sdk.useragent as useragent
print(useragent.to_string())
"""


def test_the_sdk_is_imported_when_it_is_used_and_still_tells_who_asks() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    assert "fiftyone/" in done.stdout
    assert "partner/voxel51" in done.stdout
