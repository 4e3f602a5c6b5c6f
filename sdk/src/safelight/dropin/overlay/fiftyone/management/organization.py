"""See `safelight.management.organization`."""

from safelight.management.organization import *
