"""Whether someone else looks after an installation of Python (PEP 668)."""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.model.environment import Interpreter

FILE_NAME = "EXTERNALLY-MANAGED"
_SECTION = "[externally-managed]"


def external_management(interpreter: Interpreter) -> str | None:
    """Return what the keeper of an installation says to those who would change it.

    None when nobody keeps it; a general sentence when the keeper left no words.

    Spec: https://packaging.python.org/en/latest/specifications/externally-managed-environments/
    """
    path = os.path.join(interpreter.stdlib, FILE_NAME)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    except OSError:
        text = ""
    return _message(text) or (
        f"the Python installation in `{interpreter.prefix}` is managed by other means than"
        f" Python's installers, as `{path}` says"
    )


def _message(text: str) -> str:
    """Return the value of `Error` in the section of the specification; empty without one."""
    lines: list[str] = []
    in_section = in_value = False
    for line in text.splitlines():
        if line.startswith("["):
            in_section, in_value = line.strip().lower() == _SECTION, False
        elif in_value and (not line.strip() or line[0] in " \t"):
            lines.append(line.strip())
        elif in_section:
            key, separator, value = line.partition("=")
            in_value = bool(separator) and key.strip().lower() == "error"
            if in_value:
                lines = [value.strip()]
    return "\n".join(lines).strip()
