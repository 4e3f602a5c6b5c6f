"""The commands that talk to a team server: who one is, people, keys, and who sees which dataset."""

from safelight.cli.team import datasets, keys, login, users

COMMANDS = (login.LOGIN, login.LOGOUT, login.WHOAMI, users.GROUP, keys.GROUP, datasets.GROUP)
