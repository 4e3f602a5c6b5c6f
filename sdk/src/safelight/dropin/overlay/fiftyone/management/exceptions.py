"""See `safelight.management.exceptions`."""

from safelight.management.exceptions import *
