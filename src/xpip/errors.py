"""Everything that can go wrong and is not a bug in xpip.

An error carries facts: what failed (`summary`), where it was asked for (`details`), what to do
(`hints`). None of them holds colour, markup or a secret. Rooms subclass a family where a caller
acts on more than the family. This file imports nothing, so that any room may import it.
"""

from __future__ import annotations


class XpipError(Exception):
    """What failed, in the user's nouns."""

    code = "error"
    """Stable kebab-case name of the kind of failure, for `--json-errors`."""

    exit_code = 1
    """Process exit code, with pip's meaning."""

    def __init__(
        self, summary: str, *, details: tuple[str, ...] = (), hints: tuple[str, ...] = ()
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        """One line, no full stop, values in backticks."""
        self.details = details
        """Lines that say where the failing thing was asked for and what was found; may be empty."""
        self.hints = hints
        """What is likely to help, one sentence each; may be empty."""

    def __str__(self) -> str:
        return self.summary


class UsageError(XpipError):
    """The command line, a variable or a configuration file says something impossible."""

    code = "usage"
    exit_code = 2


class RequirementError(XpipError):
    """A requirement, or a file of them, cannot be read or does not parse."""

    code = "requirement"


class IndexAccessError(XpipError):
    """An index, a file on it or a find-links location cannot be reached or understood."""

    code = "index-access"


class NoSolution(XpipError):
    """No set of versions satisfies what was asked for."""

    code = "no-solution"


class IntegrityError(XpipError):
    """Bytes are not what they were promised to be: a digest, a size, an archive, a RECORD."""

    code = "integrity"


class BuildError(XpipError):
    """A wheel would have to be built and cannot be."""

    code = "build"


class BuildFailed(BuildError):
    """A build was tried and went wrong, which is for the user to look at: nothing else is tried."""

    code = "build-failed"


class EnvironmentFault(XpipError):
    """The target environment is missing, foreign, unwritable or damaged."""

    code = "environment"


class VirtualEnvironmentRequired(EnvironmentFault):
    """`--require-virtualenv` holds and no virtual environment is active."""

    code = "virtualenv-required"
    exit_code = 3


class StoreFault(XpipError):
    """The shared cache cannot be read or written."""

    code = "store"
