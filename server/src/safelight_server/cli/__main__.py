"""`python -m safelight_server.cli`: the command, by the interpreter that is running."""

import sys

from safelight_server.cli.main import main

sys.exit(main())
