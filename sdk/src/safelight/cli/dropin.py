"""`safelight dropin`: stock FiftyOne beside an editable Safelight, for those who work on Safelight."""

from __future__ import annotations

from argparse import Namespace

from safelight.command_line import Command, Group


def _enable(_arguments: Namespace) -> int:
    from safelight.dropin import development
    from safelight.dropin.installation import Installation

    print(f"Wrote {development.enable()}")
    print(Installation.inspect().describe())
    print("SAFELIGHT_DISABLE=1 gives stock behaviour back for one process and its children.")
    return 0


def _disable(_arguments: Namespace) -> int:
    from safelight.dropin import development

    removed = development.disable()
    print(f"Removed {development.pth_file()}" if removed else "It was not enabled here.")
    return 0


def _status(_arguments: Namespace) -> int:
    from safelight.dropin import switches, targets
    from safelight.dropin.installation import Installation

    installation = Installation.inspect()
    print(installation.advice() or installation.describe())
    if switches.is_disabled():
        print(f"{switches.DISABLE} is set: FiftyOne behaves as stock.")
    off = switches.disabled_patches()
    for patch in targets.ALL:
        print(f"  {'off' if patch.name in off else 'on ':3} {patch.name:20} {patch.summary}")
    return 0 if installation.is_active else 1


GROUP = Group(
    "dropin",
    "Switch Safelight on beside a stock FiftyOne, for development.",
    (
        Command(
            "enable",
            "Make every process of this environment activate Safelight.",
            _enable,
            details="Writes a .pth file into site-packages, so that stock FiftyOne behaves like our build.",
        ),
        Command("disable", "Undo `enable`.", _disable),
        Command(
            "status",
            "Say whose FiftyOne is installed and which patches are on.",
            _status,
            details="Exit status 1 when scripts of this environment do not get Safelight.",
        ),
    ),
)
