"""What the end of a build log says to those who have seen many."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MISSING_MODULE = "ModuleNotFoundError: No module named "
_PATTERNS = (
    (
        ("Python.h: No such file", "fatal error: Python.h"),
        "the headers of this Python are missing: on Debian they are in `python3-dev`",
    ),
    (
        (
            "unable to execute", "Unknown compiler(s)", "No such file or directory: 'cc'",
            "command 'cc' failed: No such file", "command 'gcc' failed: No such file",
        ),
        "a C compiler is missing: on Debian it is in `build-essential`",
    ),
    (
        ("can't find Rust compiler", "cargo: not found", "cargo, the Rust package manager, is not"),
        "Rust is missing: https://rustup.rs has it",
    ),
    (("CMake is not installed", "Could not find CMake"), "CMake is missing"),
)  # fmt: skip


def hints_for(lines: Sequence[str]) -> tuple[str, ...]:
    """Return what may help after a build that ended with these lines."""
    hints = []
    for line in lines:
        start = line.find(_MISSING_MODULE)
        if start >= 0:
            module = line[start + len(_MISSING_MODULE) :].strip().strip("'\"").partition(".")[0]
            hints.append(
                f"`{module}` is used by the build, and `build-system.requires` does not name it:"
                " install it, then `--no-build-isolation-package NAME` builds where it is"
            )
    text = "\n".join(lines)
    hints += [hint for words, hint in _PATTERNS if any(word in text for word in words)]
    return tuple(dict.fromkeys(hints))
