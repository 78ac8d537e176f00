"""Running the programs of version control systems, and what their complaints mean."""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact, redact_text
from xpip.process import Completed, ProgramFailed, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xpip.model.source import CheckoutOptions, SourceLocation

_INHERITED = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG",
    "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE", "GIT_TEMPLATE_DIR", "GIT_WORK_TREE", "HGPLAIN", "HGRCPATH_REPO",
)  # fmt: skip
"""Set where xpip is run by a hook: they would turn every command to that repository."""
_NOT_THERE = (
    "repository not found", "does not appear to be a git repository", "does not exist",
    "doesn't exist", "not found", "no such file or directory", "not a branch",
    "unable to open an ra_local session", "unable to open repository",
    "url returned error: 404", "no repository found",
)  # fmt: skip
_NO_ACCESS = (
    "authentication failed", "could not read username", "could not read password",
    "permission denied", "terminal prompts disabled", "url returned error: 401",
    "url returned error: 403", "authorization failed", "http authorization required",
    "host key verification failed", "access denied",
)  # fmt: skip
_NO_CONNECTION = (
    "could not resolve host", "couldn't connect", "failed to connect", "connection refused",
    "connection timed out", "connection reset", "network is unreachable",
    "unable to look up", "unable to connect", "name or service not known", "empty reply",
    "ssl certificate problem",
)  # fmt: skip
_LINES = 6
"""Of what a program printed that an error shows."""


class RepositoryError(XpipError):
    """A repository cannot be read."""

    code = "repository"


class RevisionNotFound(RepositoryError):
    """A repository has no such branch, tag or commit."""

    code = "revision-not-found"


class ProgramMissing(RepositoryError):
    """The program of a version control system is not installed."""

    code = "program-missing"


class Program:
    """Runs one program for one repository."""

    def __init__(
        self,
        name: str,
        location: SourceLocation,
        options: CheckoutOptions,
        variables: Mapping[str, str],
    ) -> None:
        """Prepare running.

        Args:
            variables: What the program gets besides those of xpip.
        """
        self._name = name
        self._location = location
        self._options = options
        self._path = _find(name, location, options.variables)
        inherited = {
            key: value
            for key, value in options.variables.items()
            if key not in _INHERITED and not key.startswith(("PIP_", "XPIP_"))
        }
        # English and without translation: what it says is looked at.
        self._variables = {**inherited, "LC_ALL": "C", "LANGUAGE": "C", **variables}

    def run(self, arguments: Sequence[str], cwd: str | None = None) -> str:
        """Run the program and return what it printed.

        Raises:
            RepositoryError: It failed, or took too long.
        """
        done = self.try_run(arguments, cwd)
        if done.code:
            raise self.failure(done)
        return done.stdout.decode("utf-8", "replace")

    def try_run(self, arguments: Sequence[str], cwd: str | None = None) -> Completed:
        """Run the program; that it fails is an answer too.

        Raises:
            RepositoryError: It took too long, or cannot be started.
        """
        try:
            return run(
                [self._path, *arguments],
                environment=self._variables,
                cwd=cwd,
                timeout=self._options.timeout,
            )
        except ProgramFailed as error:
            raise RepositoryError(
                f"`{self.shown}` cannot be read: {error.summary.replace(self._path, self._name)}",
                hints=("is the server reachable, and does it wait for a password?",),
            ) from error

    @property
    def shown(self) -> str:
        """The repository as messages name it."""
        return redact(self._location.url)

    def failure(self, done: Completed) -> RepositoryError:
        """Return the error for a program that failed."""
        printed = self._without_secrets(done.stderr.decode("utf-8", "replace"))
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        details = tuple(f"{self._name}: {line}" for line in lines[-_LINES:])
        lowered = printed.lower()
        if any(words in lowered for words in _NO_ACCESS):
            return RepositoryError(
                f"`{self.shown}` may not be read: nobody logged in who is allowed to",
                details=details,
                hints=(f"its passwords and keys are those that `{self._name}` itself finds",),
            )
        # svn cannot "connect" to a folder that is not there.
        is_local = self._location.url.startswith("file:")
        if not is_local and any(words in lowered for words in _NO_CONNECTION):
            return RepositoryError(
                f"the server of `{self.shown}` cannot be reached", details=details
            )
        if "transport" in lowered and "not allowed" in lowered:
            return RepositoryError(
                f"`{self.shown}` leads to a place that may not be fetched from", details=details
            )
        if any(words in lowered for words in _NOT_THERE):
            return RepositoryError(
                f"the repository `{self.shown}` does not exist, or is private", details=details
            )
        return RepositoryError(
            f"`{self._name}` failed on `{self.shown}` with code {done.code}", details=details
        )

    def _without_secrets(self, text: str) -> str:
        for credential in self._options.credentials:
            if credential.password:
                text = text.replace(credential.password, "****")
        text = "\n".join(redact_text(line.replace("'", " ' ")) for line in text.splitlines())
        text = text.replace(" ' ", "'")
        return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def _find(name: str, location: SourceLocation, variables: Mapping[str, str]) -> str:
    """Return the path of a program.

    Raises:
        ProgramMissing: It is in no folder of PATH.
    """
    from shutil import which

    path = which(name, path=variables.get("PATH"))
    if path is None:
        raise ProgramMissing(
            f"`{redact(location.url)}` needs the program `{name}`, which is not installed",
            hints=(f"install `{name}`, or name an archive of the project instead",),
        )
    return path
