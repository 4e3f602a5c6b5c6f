"""See `safelight.management.secret`."""

from safelight.management.secret import *
