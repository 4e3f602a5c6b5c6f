"""See `safelight.management.users`."""

from safelight.management.users import *
