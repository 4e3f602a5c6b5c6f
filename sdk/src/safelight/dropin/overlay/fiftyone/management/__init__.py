"""The Management SDK: see `safelight.management`."""

from safelight.management import *
