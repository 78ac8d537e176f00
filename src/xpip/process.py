"""The only starter of other programs."""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Completed(NamedTuple):
    """What a program left behind."""

    code: int
    """Exit code; negative for the signal that ended it."""
    stdout: bytes
    stderr: bytes


class ProgramFailed(XpipError):
    """A program could not be started or did not end in time."""

    code = "program"


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    cwd: str | None = None,
    input: bytes = b"",  # noqa: A002 - the name that everybody expects
    timeout: float = 60.0,
) -> Completed:
    """Run a program to its end and return what it printed.

    Args:
        environment: All variables it gets; None hands on xpip's own.
        timeout: Seconds; the program is killed then.

    Raises:
        ProgramFailed: It cannot be started, or `timeout` passed.
    """
    import subprocess

    try:
        done = subprocess.run(
            argv,
            input=input,
            capture_output=True,
            env=environment,
            cwd=cwd,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(f"`{argv[0]}` did not end within {timeout:g} seconds") from error
    except OSError as error:
        raise ProgramFailed(f"`{argv[0]}` cannot be started: {error.strerror or error}") from error
    return Completed(done.returncode, done.stdout, done.stderr)
