"""Safelight beside the best programs for the same job."""

import sys
from pathlib import Path

# The emulators of providers are the tests'.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
