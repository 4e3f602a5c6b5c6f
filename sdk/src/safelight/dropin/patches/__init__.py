"""One module per patch; `safelight.dropin.targets` is the table that lists them all."""
