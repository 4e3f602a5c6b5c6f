"""The version, for modules of every layer: importing `safelight` from below would be an import upwards."""

__version__ = "0.1.0"
