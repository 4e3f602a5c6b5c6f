"""See `safelight.management.user_groups`."""

from safelight.management.user_groups import *
