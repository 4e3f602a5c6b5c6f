"""See `safelight.management.connection`."""

from safelight.management.connection import *
