"""Repositories of git: a bare mirror for each in the cache, and a folder for each commit.

A mirror grows and is never rewritten, so that a commit that is in it needs no network. Nothing of a
foreign repository is run: no hooks, no file system monitor, no helper programs as transports.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact, scheme_of
from xpip.store.keys import key_of
from xpip.store.layout import REPOSITORIES
from xpip.store.locks import EntryLock
from xpip.store.packing import unwritable
from xpip.vcs.programs import Program, RepositoryError, RevisionNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.reporter import Reporter
    from xpip.model.source import CheckoutOptions, SourceLocation
    from xpip.store.layout import Store

_SETTINGS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never",
    "gc.auto=0", "maintenance.auto=false", "fetch.recurseSubmodules=false",
    "submodule.recurse=false", "advice.detachedHead=false", "init.defaultBranch=main",
    "safe.bareRepository=all", "core.autocrlf=false", "commit.gpgSign=false",
)  # fmt: skip
_DIGITS = "0123456789abcdefABCDEF"
_FULL = (40, 64)
_LEAST = 4
"""Digits of an abbreviated commit."""
_BAD_LETTERS = frozenset(" ~^:?*[\\")
_NEAR = 8
"""Branches and tags that an error lists."""
_HELPER = (
    "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n'"
    ' "$XPIP_USER_{n}" "$XPIP_SECRET_{n}"; }; f'
)


class _Reference(NamedTuple):
    """What a server says that a revision is."""

    name: str
    """Such as `refs/heads/main`; empty for a commit that has no name."""
    commit: str


class GitRepository:
    """One repository and its mirror."""

    def __init__(
        self, location: SourceLocation, store: Store, options: CheckoutOptions, reporter: Reporter
    ) -> None:
        """Prepare; nothing is fetched yet.

        Raises:
            ProgramMissing: git is not installed.
        """
        self._location = location
        self._store = store
        self._options = options
        self._reporter = reporter
        self._folder = store.path(REPOSITORIES, key_of("git", location.url))
        self._mirror = f"{self._folder}/mirror"
        settings, secrets = _credentials(location, options)
        self._settings = [*_SETTINGS, *settings]
        variables = {**_variables(location, options), **secrets}
        self._program = Program("git", location, options, variables)
        self._local = Program("git", location, options, {"GIT_ALLOW_PROTOCOL": "file"})

    def resolve(self) -> str:
        """Return the full commit of the revision, which is in the mirror then.

        Raises:
            RevisionNotFound: The repository has no such revision.
            RepositoryError: The repository cannot be read.
        """
        revision = self._location.revision
        self._check(revision)
        with self._locked():
            self._ensure_mirror()
            if _is_commit(revision):
                return self._commit(revision.lower())
            if self._options.offline:
                return self._known(revision)
            found = self._ask(revision)
            if found is not None:
                if not self._has(found.commit):
                    self._fetch([f"+{found.name}:{_kept_as(found.name)}"])
                else:
                    self._remember(found)
                commit = self._peeled(found.commit)
                if commit:
                    return commit
            return self._abbreviated(revision)

    def check_out(self, commit: str) -> str:
        """Return a folder of the cache with the files of a commit of the mirror.

        Raises:
            RepositoryError: Some submodule cannot be had.
        """
        folder = f"{self._folder}/{commit}"
        if self._is_whole(folder):
            return folder
        with self._locked():
            if self._is_whole(folder):
                return folder
            new = self._store.temporary_path()
            try:
                self.fill(new, commit)
                self._discard(folder)
                os.rename(new, folder)
            finally:
                self._discard(new)
        return folder

    def fill(self, folder: str, commit: str) -> None:
        """Make a new folder a checkout of a commit that is in the mirror.

        It borrows the objects of the mirror and has its tags, which some builds make versions of.
        """
        self._git(["init", "--quiet", "--template=", folder])
        with open(f"{folder}/.git/objects/info/alternates", "w", encoding="utf-8") as file:
            file.write(f"{self._mirror}/objects\n")
        refs = self._git(["for-each-ref", "--format=%(objectname) %(refname)"], self._mirror)
        with open(f"{folder}/.git/packed-refs", "w", encoding="utf-8") as file:
            file.write("# pack-refs with: sorted\n")
            for line in sorted(refs.splitlines(), key=lambda line: line.partition(" ")[2]):
                sha, _, name = line.partition(" ")
                branch = name.removeprefix("refs/heads/")
                if branch != name:
                    file.write(f"{sha} refs/remotes/origin/{branch}\n")
                elif name.startswith("refs/tags/"):
                    file.write(f"{sha} {name}\n")
        self._git(["config", "remote.origin.url", self._location.url], folder)
        self._git(["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"], folder)
        self.switch(folder, commit)

    def switch(self, folder: str, commit: str) -> None:
        """Put a checkout onto a commit; its own changes are kept or refused by git."""
        self._git(["checkout", "--quiet", "--detach", commit, "--"], folder)
        if os.path.lexists(f"{folder}/.gitmodules"):
            self._git(
                ["submodule", "--quiet", "update", "--init", "--recursive", "--checkout"], folder
            )

    def fetch_into(self, folder: str, commit: str) -> None:
        """Bring a commit of the mirror into a checkout that may not borrow from it."""
        if not self._has(commit, folder):
            arguments = ["fetch", "--quiet", "--tags", "--force", "--", self._mirror, commit]
            self._local.run(self._line(arguments), folder)

    def dissociate(self, folder: str) -> None:
        """Give a checkout objects of its own, so that it outlives the cache."""
        alternates = f"{folder}/.git/objects/info/alternates"
        self._git(["repack", "-a", "-d", "--quiet"], folder)
        os.unlink(alternates)

    def _locked(self) -> EntryLock:
        return EntryLock(
            f"{self._folder}/lock",
            f"`{self._program.shown}`",
            self._options.lock_timeout,
            self._reporter,
        )

    def _git(self, arguments: Sequence[str], folder: str | None = None) -> str:
        return self._program.run(self._line(arguments), folder)

    def _line(self, arguments: Sequence[str]) -> list[str]:
        line: list[str] = []
        for setting in self._settings:
            line += ("-c", setting)
        return [*line, *arguments]

    def _check(self, revision: str) -> None:
        """Refuse what git would not take for a plain name.

        Raises:
            RevisionNotFound: It is such.
        """
        bad = revision.startswith("-") or ".." in revision or "@{" in revision
        if bad or _BAD_LETTERS & set(revision) or not revision.isprintable():
            raise RevisionNotFound(
                f"`{_excerpt(revision)}` cannot be the name of a branch, tag or commit",
                details=(f"asked for of `{self._program.shown}`",),
            )

    def _ensure_mirror(self) -> None:
        if os.path.isfile(f"{self._mirror}/HEAD"):
            return
        self._discard(self._mirror)
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise unwritable(f"make `{self._folder}` for a repository", error) from error
        new = self._store.temporary_path()
        try:
            self._git(["init", "--quiet", "--bare", "--template=", new])
            os.rename(new, self._mirror)
        finally:
            self._discard(new)

    def _commit(self, commit: str) -> str:
        """Return a commit given in full, fetched if the mirror lacks it."""
        if not self._has(commit):
            self._ensure_online(commit)
            # Many servers hand out a commit by its digits, the others with all branches and tags.
            kept = f"+{commit}:refs/xpip/{commit}"
            if self._try_fetch([kept]) or not self._has(commit):
                self._fetch_all()
        found = self._peeled(commit)
        if not found:
            raise self._not_found(commit)
        return found

    def _known(self, revision: str) -> str:
        """Return what the mirror knew last."""
        names = [_kept_as(name) for name in _names(revision)] if revision else ["refs/xpip/HEAD"]
        for name in names:
            found = self._peeled(name)
            if found:
                return found
        if _is_abbreviated(revision):
            found = self._peeled(revision)
            if found:
                return found
        self._ensure_online(revision or "the default branch")
        raise self._not_found(revision)

    def _ensure_online(self, what: str) -> None:
        if self._options.offline:
            raise RepositoryError(
                f"`{_excerpt(what)}` of `{self._program.shown}` is not in the cache",
                hints=("leave out `--offline`",),
            )

    def _ask(self, revision: str) -> _Reference | None:
        """Return what the server calls by this name; None for nothing."""
        names = _names(revision)
        listed = self._git(["ls-remote", "--quiet", "--", self._location.url, *names])
        commits = {}
        for line in listed.splitlines():
            sha, _, name = line.partition("\t")
            commits[name] = sha
        for name in names:
            if name in commits:
                return _Reference(name, commits[name])
        if not revision:
            raise RepositoryError(f"the repository `{self._program.shown}` is empty")
        return None

    def _remember(self, found: _Reference) -> None:
        """Keep the name of a commit that the mirror has already."""
        self._git(["update-ref", _kept_as(found.name), found.commit], self._mirror)

    def _abbreviated(self, revision: str) -> str:
        """Return the commit that begins with some digits."""
        if _is_abbreviated(revision):
            for attempt in range(2):
                found = self._peeled(revision)
                if found and found.startswith(revision.lower()):
                    return found
                if not attempt:
                    self._fetch_all()
        raise self._not_found(revision)

    def _fetch(self, refspecs: Sequence[str]) -> None:
        self._reporter.detail(f"git fetch {self._program.shown} {' '.join(refspecs)}")
        self._git(self._fetch_line(refspecs), self._mirror)

    def _try_fetch(self, refspecs: Sequence[str]) -> int:
        line = self._line(self._fetch_line(refspecs))
        return self._program.try_run(line, self._mirror).code

    def _fetch_line(self, refspecs: Sequence[str]) -> list[str]:
        return [
            "fetch", "--quiet", "--force", "--no-write-fetch-head", "--no-recurse-submodules",
            "--", self._location.url, *refspecs,
        ]  # fmt: skip

    def _fetch_all(self) -> None:
        self._fetch(["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])

    def _has(self, commit: str, folder: str | None = None) -> bool:
        line = self._line(["cat-file", "-e", f"{commit}^{{commit}}"])
        return not self._program.try_run(line, folder or self._mirror).code

    def _peeled(self, name: str) -> str:
        """Return the full commit of a name of the mirror, empty when it has none."""
        line = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        done = self._program.try_run(self._line(line), self._mirror)
        return "" if done.code else done.stdout.decode("ascii", "replace").strip()

    def _is_whole(self, folder: str) -> bool:
        """Say whether a checkout is there, and nobody changed its files."""
        if not os.path.isdir(f"{folder}/.git"):
            return False
        line = ["diff-index", "--quiet", "--ignore-submodules=dirty", "HEAD", "--"]
        return not self._program.try_run(self._line(line), folder).code

    def _discard(self, path: str) -> None:
        if os.path.isdir(path):
            import shutil

            shutil.rmtree(path, ignore_errors=True)

    def _not_found(self, revision: str) -> RevisionNotFound:
        details: tuple[str, ...] = ()
        if not self._options.offline:
            line = self._line(
                ["ls-remote", "--quiet", "--heads", "--tags", "--refs", "--", self._location.url]
            )
            listed = self._program.try_run(line).stdout.decode("utf-8", "replace")
            names = [
                line.partition("\t")[2].split("/", 2)[-1]
                for line in listed.splitlines()
                if "\t" in line
            ]
            details = _near(revision, names)
        return RevisionNotFound(
            f"`{self._program.shown}` has no branch, tag or commit `{_excerpt(revision)}`",
            details=details,
        )


def _names(revision: str) -> list[str]:
    """Return what a revision may be called on a server, first choice first, as in pip."""
    if not revision:
        return ["HEAD"]
    names = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
    if revision.startswith("refs/"):
        names.insert(0, revision)
    elif revision == "HEAD":
        names.insert(0, "HEAD")
    return names


def _kept_as(name: str) -> str:
    """Return the name in the mirror for one of the server."""
    return "refs/xpip/HEAD" if name == "HEAD" else name


def _is_commit(revision: str) -> bool:
    return len(revision) in _FULL and not revision.strip(_DIGITS)


def _is_abbreviated(revision: str) -> bool:
    return len(revision) >= _LEAST and not revision.strip(_DIGITS)


def _near(revision: str, names: Sequence[str]) -> tuple[str, ...]:
    from difflib import get_close_matches

    near = get_close_matches(revision, names, _NEAR, 0.5)
    if near:
        return (f"near it: {', '.join(near)}",)
    if not names:
        return ()
    more = f" and {len(names) - _NEAR} more" if len(names) > _NEAR else ""
    return (f"it has: {', '.join(names[:_NEAR])}{more}",)


def _variables(location: SourceLocation, options: CheckoutOptions) -> dict[str, str]:
    """Return the variables that keep git from asking, and from other ways to fetch."""
    scheme = scheme_of(location.url)
    # A repository from a server must not make git read files of this machine as submodules.
    allowed = ["https", "ssh"]
    if scheme in ("http", "git", "file"):
        allowed += ["http", "git"]
    if scheme == "file":
        allowed.append("file")
    found = {"GIT_LFS_SKIP_SMUDGE": "1", "GIT_ALLOW_PROTOCOL": ":".join(allowed)}
    if not options.interactive:
        found["GIT_TERMINAL_PROMPT"] = "0"
        variables = options.variables
        chosen = {"GIT_SSH", "GIT_SSH_COMMAND"} & set(variables)
        if scheme == "ssh" and not chosen and not _has_ssh_command(location, options):
            # Without this ssh asks on the terminal, whatever git was told.
            found["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
    return found


def _has_ssh_command(location: SourceLocation, options: CheckoutOptions) -> bool:
    """Say whether the user's configuration names a program, which the variable would outrank."""
    program = Program("git", location, options, {})
    return not program.try_run(["config", "--get", "core.sshCommand"]).code


def _credentials(
    location: SourceLocation, options: CheckoutOptions
) -> tuple[list[str], dict[str, str]]:
    """Return settings that log in where a URL held a password, and variables with the secrets."""
    settings = []
    secrets = {}
    for number, credential in enumerate(options.credentials):
        host = f"[{credential.host}]" if ":" in credential.host else credential.host
        port = "" if credential.port in (80, 443) else f":{credential.port}"
        place = f"credential.{credential.scheme}://{host}{port}"
        if not redact(location.url).startswith(f"{credential.scheme}://"):
            continue
        if not credential.password:
            settings.append(f"{place}.username={credential.username}")
            continue
        # An empty one takes helpers of the user out of the way: they know another password.
        settings.append(f"{place}.helper=")
        settings.append(f"{place}.helper={_HELPER.replace('{n}', str(number))}")
        secrets[f"XPIP_USER_{number}"] = credential.username
        secrets[f"XPIP_SECRET_{number}"] = credential.password
    return settings, secrets


def _excerpt(text: str) -> str:
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004
