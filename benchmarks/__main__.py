"""Measure Safelight against the best peers, in one run, on this machine.

python -m benchmarks                  everything, some minutes; rewrites the tables in the README
python -m benchmarks --only hits      one part
python -m benchmarks --rounds 1       fewer rounds
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    api_connection,
    app_grid,
    downloads,
    full_cache,
    hits,
    index_read,
    loader,
    providers,
    upstream,
)
from benchmarks.place import Place
from benchmarks.report import Table, write_tables

PARTS: dict[str, Callable[[Place, int], list[Table]]] = {
    "downloads": downloads.measure,
    "providers": providers.measure,
    "hits": hits.measure,
    "full-cache": full_cache.measure,
    "loader": loader.measure,
    "upstream": upstream.measure,
    "index": index_read.measure,
    "api": api_connection.measure,
    "app": app_grid.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="leave the other parts out")
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender runs (default: 5)")
    parser.add_argument("--directory", type=Path, help="where to work; default: a temporary directory")
    arguments = parser.parse_args()
    tables: list[Table] = []
    with tempfile.TemporaryDirectory(prefix="safelight-bench-", dir=arguments.directory) as directory:
        place = Place(Path(directory))
        try:
            for name in arguments.only or PARTS:
                for table in PARTS[name](place, arguments.rounds):
                    tables.append(table)
                    print(table.as_text(), flush=True)
        finally:
            place.close()
    write_tables(tables)


if __name__ == "__main__":
    main()
