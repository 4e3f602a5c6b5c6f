"""A script as a user would write it: a dataset of remote media, and the App. Run as a process of its own.

    python app_session.py PORT DATASET

Prints `ready` when the App answers, and ends when its input does.
"""

from __future__ import annotations

import sys


def main(port: int, name: str) -> None:
    import fiftyone as fo

    session = fo.launch_app(fo.load_dataset(name), port=port, address="127.0.0.1", remote=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    session.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
