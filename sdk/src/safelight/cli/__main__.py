"""`python -m safelight.cli`: the command where its script is not on the PATH."""

import sys

from safelight.cli.main import main

sys.exit(main())
