"""See `safelight.management.api_key`."""

from safelight.management.api_key import *
