"""Safelight: FiftyOne for teams, without changing a line of your scripts."""

# The one upward import: whoever uses Safelight must hear it when `import fiftyone` gives them a stock copy.
from safelight.dropin.activation import expect as _expect
from safelight.version import __version__ as __version__

_expect()
