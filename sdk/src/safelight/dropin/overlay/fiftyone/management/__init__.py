"""The Management SDK: see `safelight.management`."""

import fiftyone as fo

from safelight.management import *
from safelight.management.connection import follow

follow(fo.config)
