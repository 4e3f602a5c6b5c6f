"""Whose `fiftyone` is installed, and does Safelight come with it?

A stock copy that is already there satisfies `fiftyone==1.22.1`, so installers leave it in place without a
word when someone asks our index for that version. Whatever runs Safelight's own code can say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from safelight.dropin import development, versions


@dataclass(frozen=True, slots=True)
class Installation:
    """The `fiftyone` of this environment.

    Attributes:
        version: of the distribution; None when it is not installed
        ours: the distribution is a build of ours
        development: stock, but `safelight dropin enable` was run here
    """

    version: str | None
    ours: bool
    development: bool

    @classmethod
    def inspect(cls) -> Installation:
        """Look at this environment; imports nothing of upstream."""
        return cls(versions.installed_version(), versions.manifest() is not None, development.is_enabled())

    @property
    def is_active(self) -> bool:
        """Whether scripts get Safelight by `import fiftyone`."""
        return self.ours or (self.version is not None and self.development)

    def describe(self) -> str:
        """One sentence for people."""
        if self.version is None:
            return "FiftyOne is not installed in this environment."
        if self.ours:
            return f"FiftyOne {self.version} is Safelight's build."
        if self.development:
            return f"FiftyOne {self.version} is stock; Safelight is switched on by {development.pth_file()}."
        return f"FiftyOne {self.version} is the stock build, without Safelight."

    def advice(self) -> str | None:
        """What to do when scripts do not get Safelight; None when they do."""
        if self.is_active:
            return None
        return (
            f"{self.describe()} Install Safelight's build over it:\n"
            "    pip install -U fiftyone --index-url https://<your Safelight index>/simple/\n"
            "(a plain `fiftyone==X.Y.Z` is satisfied by the stock copy; `-U`, or the full version\n"
            f"`X.Y.Z+{versions.BUILD_LABEL}.N`, is not)."
        )
