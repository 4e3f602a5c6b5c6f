"""Free TCP ports on the loopback interface.

Ports are drawn from below the range from which operating systems number outgoing connections, so that nobody
takes one between the moment it is chosen and the moment a server listens on it.
"""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
_FIRST, _LAST = 11_000, 21_999
_ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are only lingering is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def find_free_port(preferred: int | None = None, *, companions: tuple[int, ...] = ()) -> int:
    """A free loopback port.

    Args:
        preferred: this one, when it is (still) free
        companions: distances from the port to others that must be free too, e.g. `(10_000,)` for a server
            that listens on `port + 10_000` as well

    Raises:
        OSError: when there seems to be no free port
    """

    def fits(port: int) -> bool:
        return all(is_free(port + distance) for distance in (0, *companions))

    if preferred is not None and fits(preferred):
        return preferred
    for _ in range(_ATTEMPTS):
        port = random.randint(_FIRST, _LAST)  # noqa: S311 - to spread, not to hide
        if fits(port):
            return port
    raise OSError(f"no free TCP port between {_FIRST} and {_LAST} on {LOOPBACK}")
