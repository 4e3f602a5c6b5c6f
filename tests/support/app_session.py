"""A script that launches the App, as a user would write it. Run as a process of its own.

    python app_session.py PORT

Prints `ready` when the App answers, and ends when its input does.
"""

from __future__ import annotations

import sys


def main(port: int) -> None:
    import fiftyone as fo

    # Nobody closes the session, it ends with this process: from Python 3.12.1 on upstream's own `close()`
    # waits for the session's own connection to the App's server, without end (pgjones/hypercorn#308).
    fo.launch_app(port=port, address="127.0.0.1", remote=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
