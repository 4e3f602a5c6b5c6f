"""The local media cache: remote media as files, complete or not there at all."""
