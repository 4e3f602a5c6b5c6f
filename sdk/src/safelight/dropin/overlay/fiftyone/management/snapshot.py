"""See `safelight.management.snapshot`."""

from safelight.management.snapshot import *
