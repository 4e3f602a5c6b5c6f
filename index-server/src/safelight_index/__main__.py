"""`python -m safelight_index` is `safelight-index`."""

import sys

from safelight_index.cli import main

if __name__ == "__main__":
    sys.exit(main())
