"""One side of the comparison: run every operation in this process and write what they did.

    python -m upstream.play (stock | ours) DIRECTORY RESULT.json

The directory must not exist.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

AREAS: Final = ("paths", "files", "helpers", "images", "datasets", "formats", "videos", "scenes", "server")
"""Modules of `upstream.operations`."""


def activate_patches() -> dict[str, list[str]]:
    """Make this process one with ours; what is replaced, and the patches that did not fit."""
    from safelight.dropin import activation, instrument

    activation.activate()
    import fiftyone  # noqa: F401 - a patch goes in when its modules are imported

    active = instrument.instrument()
    return {"replaced": [target.name for target in active.replaced], "off": sorted(active.off)}


def play(root: Path) -> dict[str, Any]:
    """Run all operations below `root`; the record of each by its name."""
    # Only now: whoever imports FiftyOne first decides which side this is.
    from upstream.bench import Media
    from upstream.recording import OPERATIONS

    for area in AREAS:
        import_module(f"upstream.operations.{area}")
    media = Media(root / "media")
    return {
        name: _record(each, media, root / "runs" / str(number))
        for number, (name, each) in enumerate(OPERATIONS.items())
    }


def _record(each: Any, media: Any, directory: Path) -> Any:
    import fiftyone as fo
    import fiftyone.core.odm as foo

    from upstream.bench import Bench
    from upstream.recording import attempt, documents, files_in, normalized

    directory.mkdir(parents=True)
    os.chdir(directory)
    outcome = attempt(lambda: each(Bench(media, directory)))
    database = foo.get_db_conn()
    record = {"outcome": outcome, "files": files_in(directory), "documents": documents(database)}
    fo.delete_datasets("*")
    database.datasets.delete_many({})  # of views, which upstream hides
    return normalized(record, {directory: "<directory>", media.directory: "<media>", Path.home(): "<home>"})


def main(side: str, directory: str, result: str) -> None:
    """Play one side and write its records."""
    patches = activate_patches() if side == "ours" else {}
    records = play(Path(directory))
    Path(result).write_text(json.dumps({"patches": patches, "records": records}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
