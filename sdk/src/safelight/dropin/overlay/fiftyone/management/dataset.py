"""See `safelight.management.dataset`."""

from safelight.management.dataset import *
