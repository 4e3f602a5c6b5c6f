"""See `safelight.management.plugin`."""

from safelight.management.plugin import *
