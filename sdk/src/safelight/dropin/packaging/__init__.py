"""The built `fiftyone`: upstream's own wheel with Safelight inside."""
