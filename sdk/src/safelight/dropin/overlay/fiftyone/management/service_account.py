"""See `safelight.management.service_account`."""

from safelight.management.service_account import *
