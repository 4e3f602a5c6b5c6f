"""See `safelight.management.cloud_credentials`."""

from safelight.management.cloud_credentials import *
