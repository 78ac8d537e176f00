"""Mercurial, Subversion and Bazaar: checked out anew each time, by their own programs."""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING
from xpip.vcs.programs import Program, RevisionNotFound

if TYPE_CHECKING:
    from xpip.model.source import CheckoutOptions, SourceLocation

_UNKNOWN = (
    "unknown revision", "no such revision", "invalid revision", "requested revision",
    "not a valid revision",
)  # fmt: skip


class _Base:
    """What the systems have in common."""

    name = ""

    def __init__(self, location: SourceLocation, options: CheckoutOptions) -> None:
        self._location = location
        self._program = Program(self.name, location, options, {"HGPLAIN": "1"})

    def _run(self, *arguments: str, cwd: str | None = None) -> str:
        done = self._program.try_run(arguments, cwd)
        if not done.code:
            return done.stdout.decode("utf-8", "replace")
        printed = done.stderr.decode("utf-8", "replace").lower()
        if self._location.revision and any(words in printed for words in _UNKNOWN):
            raise RevisionNotFound(
                f"`{self._program.shown}` has no revision `{self._location.revision}`",
                details=self._program.failure(done).details,
            )
        raise self._program.failure(done)


class _Mercurial(_Base):
    name = "hg"

    def check_out(self, folder: str) -> None:
        # Hooks and aliases are the user's own: a clone takes none from the other side.
        self._run("clone", "--noupdate", "--quiet", "--", self._location.url, folder)
        revision = self._location.revision
        arguments = (f"--rev={revision}",) if revision else ()
        self._run("update", "--quiet", *arguments, cwd=folder)

    def bring_up_to_date(self, folder: str) -> None:
        self._run("pull", "--quiet", cwd=folder)
        revision = self._location.revision
        self._run("update", "--quiet", *((f"--rev={revision}",) if revision else ()), cwd=folder)

    def revision_of(self, folder: str) -> str:
        return self._run("parents", "--template={node}", cwd=folder).strip()


class _Subversion(_Base):
    name = "svn"

    def check_out(self, folder: str) -> None:
        revision = self._location.revision
        arguments = (f"--revision={revision}",) if revision else ()
        # An `@` at the end keeps svn from looking for a revision in the URL.
        self._run(
            "checkout", "--quiet", "--non-interactive", *arguments, "--",
            f"{self._location.url}@", folder,
        )  # fmt: skip

    def bring_up_to_date(self, folder: str) -> None:
        revision = self._location.revision
        arguments = (f"--revision={revision}",) if revision else ()
        self._run("update", "--quiet", "--non-interactive", *arguments, cwd=folder)

    def revision_of(self, folder: str) -> str:
        return self._run("info", "--show-item=last-changed-revision", "--", ".", cwd=folder).strip()


class _Bazaar(_Base):
    name = "bzr"

    def check_out(self, folder: str) -> None:
        revision = self._location.revision
        arguments = (f"--revision={revision}",) if revision else ()
        self._run(
            "checkout", "--lightweight", "--quiet", *arguments, "--", self._location.url, folder,
            cwd=os.path.dirname(folder),
        )  # fmt: skip

    def bring_up_to_date(self, folder: str) -> None:
        revision = self._location.revision
        arguments = (f"--revision={revision}",) if revision else ()
        self._run("update", "--quiet", *arguments, cwd=folder)

    def revision_of(self, folder: str) -> str:
        return self._run("revno", "--tree", "--", ".", cwd=folder).strip()


System = _Mercurial | _Subversion | _Bazaar
"""A system other than git; `check_out` puts the files of the revision into a new folder,
`bring_up_to_date` moves one of the same repository to it and keeps what somebody edited there, and
`revision_of` returns the full name of the revision in one."""


def make_system(location: SourceLocation, options: CheckoutOptions) -> System:
    """Return the system of a repository.

    Raises:
        ProgramMissing: Its program is not installed.
    """
    if location.vcs == "hg":
        return _Mercurial(location, options)
    if location.vcs == "svn":
        return _Subversion(location, options)
    return _Bazaar(location, options)
