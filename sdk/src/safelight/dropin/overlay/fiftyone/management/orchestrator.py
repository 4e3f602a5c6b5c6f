"""See `safelight.management.orchestrator`."""

from safelight.management.orchestrator import *
