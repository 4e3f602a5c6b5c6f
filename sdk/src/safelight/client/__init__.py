"""The REST API of a team server, seen from the user's machine."""
