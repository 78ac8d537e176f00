"""Bytecode for what was just installed, made by the interpreter that will use it."""

from __future__ import annotations

import os

from xpip.environment.installed import installed_files, scan
from xpip.model.records import TYPE_CHECKING
from xpip.process import ProgramFailed, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.model.environment import Environment
    from xpip.model.reporter import Reporter

_TIME_LIMIT = 1800.0
"""Seconds; the largest environments take some minutes on one core."""


def compile_distributions(
    environment: Environment, names: Iterable[str], reporter: Reporter
) -> None:
    """Compile all modules of distributions, on all cores.

    A module that does not compile stays without bytecode, as with pip: many projects ship
    templates and modules for other versions of Python. Nothing else is made to fail either, since
    Python compiles what is missing at import.

    Args:
        names: Normalised.
    """
    wanted = set(names)
    sources = [
        os.path.normpath(os.path.join(distribution.location, row.path))
        for distribution in scan(environment)
        if distribution.name in wanted
        for row in installed_files(distribution) or ()
        if row.path.endswith(".py")
    ]
    if not sources:
        return
    try:
        done = run(
            (environment.interpreter.executable, "-I", "-m", "compileall", *_OPTIONS),
            input="\n".join(sources).encode("utf-8", "surrogateescape"),
            timeout=_TIME_LIMIT,
        )
    except ProgramFailed as failure:
        reporter.warning(f"modules were not compiled: {failure.summary}")
        return
    if done.code:
        reporter.detail("some modules do not compile for this Python and stay without bytecode")


_OPTIONS = ("-q", "-q", "-j", "0", "-i", "-")
"""Say nothing, use all cores, read the list of files from standard input."""
