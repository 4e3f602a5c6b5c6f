"""Stock FiftyOne with an editable Safelight beside it, made to behave like the built wheel.

A `.pth` file in the environment's site-packages does what the line in the built `fiftyone/__init__.py` does,
in every process that uses the environment.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Final

from safelight.errors import ConfigError

# After `safelight.pth`, which an editable install writes: Python reads these files in alphabetical order.
FILE_NAME: Final = "safelight_dropin.pth"

# One line, since Python executes only lines that begin with `import`; silent when Safelight is gone, because
# it runs at each start of the interpreter.
LINE: Final = (
    r'import sys; exec("try:\n from safelight.dropin.activation import watch\n'
    r'except ImportError:\n pass\nelse:\n watch()")'
)


def pth_file() -> Path:
    """Where the file is in this environment, whether or not it exists."""
    return Path(sysconfig.get_path("purelib")) / FILE_NAME


def is_enabled() -> bool:
    """Whether processes of this environment activate Safelight by themselves."""
    return pth_file().is_file()


def enable() -> Path:
    """Make every process of this environment activate Safelight when it imports `fiftyone`.

    Raises:
        ConfigError: the environment cannot be written
    """
    file = pth_file()
    try:
        file.write_text(f"{LINE}\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror or error}") from error
    return file


def disable() -> bool:
    """Undo `enable`. Returns whether there was something to undo.

    Raises:
        ConfigError: the environment cannot be written
    """
    file = pth_file()
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ConfigError(f"cannot remove {file}: {error.strerror or error}") from error
    return True
