"""Checkouts that a user works in: below `--src`, with what to do when something is there."""

from __future__ import annotations

import os

from xpip.errors import EnvironmentFault, UsageError
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact, split_credentials
from xpip.vcs.frozen import branch_of
from xpip.vcs.git import GitRepository
from xpip.vcs.others import make_system
from xpip.vcs.programs import Program

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpip.model.reporter import Reporter
    from xpip.model.source import CheckoutOptions, SourceLocation
    from xpip.store.layout import Store

    Ask = Callable[[str, str], str]

SWITCH = "s"
IGNORE = "i"
WIPE = "w"
BACK_UP = "b"
ABORT = "a"
_MARKS = (("git", ".git"), ("hg", ".hg"), ("svn", ".svn"), ("bzr", ".bzr"))


def check_out_editable(
    location: SourceLocation,
    name: str,
    store: Store,
    options: CheckoutOptions,
    ask: Ask | None,
    reporter: Reporter,
) -> tuple[str, str]:
    """Return the folder of a checkout to work in, and the full name of its revision.

    Args:
        name: Of the project, which names the folder; empty for the name of the repository.
        ask: Asks a person for one of some letters; None when nobody can answer.

    Raises:
        RepositoryError: The repository or the revision cannot be had.
        UsageError: Something else is in the folder, and nobody says what to do.
    """
    folder = os.path.join(options.folder, _folder_name(location, name))
    action, same = "", False
    if os.path.lexists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        here = repository_in(folder, options)
        same = here is not None and _is_same(here, location)
        action = "" if same else _action(folder, here, location, options, ask)
        if action == ABORT:
            raise UsageError(f"stopped, because `{folder}` exists")
        if action == IGNORE:
            reporter.detail(f"`{folder}` stays as it is")
            return folder, _revision_of(folder, location, options)
        _make_way(folder, action, reporter)
    try:
        os.makedirs(options.folder, exist_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            f"the folder `{options.folder}` for checkouts cannot be made: "
            f"{(error.strerror or str(error)).lower()}",
            hints=("`--src FOLDER` names another one",),
        ) from error
    try:
        if location.vcs == "git":
            return folder, _check_out_git(folder, location, store, options, reporter)
        if action == SWITCH:
            _make_way(folder, BACK_UP, reporter)
        system = make_system(location, options)
        if same:
            system.bring_up_to_date(folder)
        else:
            system.check_out(folder)
        return folder, system.revision_of(folder)
    except OSError as error:
        raise EnvironmentFault(
            f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}"
        ) from error


def repository_in(folder: str, options: CheckoutOptions) -> tuple[str, str] | None:
    """Return system and URL of the checkout in a folder, None when it is none.

    The URL is without secrets, and empty for a system that does not say or a repository without
    origin.
    """
    for vcs, mark in _MARKS:
        if os.path.lexists(os.path.join(folder, mark)):
            return vcs, _url_of(vcs, folder, options)
    return None


def _check_out_git(
    folder: str,
    location: SourceLocation,
    store: Store,
    options: CheckoutOptions,
    reporter: Reporter,
) -> str:
    repository = GitRepository(location, store, options, reporter)
    commit = repository.resolve()
    if os.path.isdir(f"{folder}/.git"):
        repository.fetch_into(folder, commit)
        repository.switch(folder, commit)
        return commit
    new = f"{folder}.xpip-new-{os.getpid()}"
    try:
        repository.fill(new, commit)
        # The cache may be cleaned any day; what the user works in must not depend on it.
        repository.dissociate(new)
        if os.path.isdir(folder):
            os.rmdir(folder)
        os.rename(new, folder)
    finally:
        if os.path.isdir(new):
            import shutil

            shutil.rmtree(new, ignore_errors=True)
    return commit


def _folder_name(location: SourceLocation, name: str) -> str:
    if name:
        return normalized_name(name)
    last = location.url.rstrip("/").rpartition("/")[2].removesuffix(".git")
    kept = "".join(letter for letter in last if letter.isalnum() or letter in "-_.").strip(".")
    return kept or "project"


def _is_same(here: tuple[str, str], location: SourceLocation) -> bool:
    vcs, url = here
    return vcs == location.vcs and _plain(url) == _plain(location.url)


def _plain(url: str) -> str:
    return url.rstrip("/").removesuffix(".git")


def _action(
    folder: str,
    here: tuple[str, str] | None,
    location: SourceLocation,
    options: CheckoutOptions,
    ask: Ask | None,
) -> str:
    found = "something that is no checkout"
    allowed = "iwba"
    if here is not None:
        found = f"a checkout of `{redact(here[1]) or 'something without an origin'}`"
        if here[0] == location.vcs:
            allowed = "s" + allowed
    if options.exists_action:
        if options.exists_action not in allowed:
            raise UsageError(f"`--exists-action s` is not possible: `{folder}` holds {found}")
        return options.exists_action
    if ask is not None:
        words = "(s)witch, (i)gnore, (w)ipe, (b)ackup, (a)bort"
        if "s" not in allowed:
            words = words.removeprefix("(s)witch, ")
        return ask(f"`{folder}` holds {found}. What to do? {words}", allowed)
    raise UsageError(
        f"`{folder}` holds {found}, and not `{redact(location.url)}`",
        hints=(
            "`--exists-action` says what to do: `s` switches, `i` ignores, `w` wipes, `b` backs up",
        ),
    )


def _make_way(folder: str, action: str, reporter: Reporter) -> None:
    if action == WIPE:
        import shutil

        reporter.warning(f"`{folder}` is removed")
        if os.path.islink(folder) or not os.path.isdir(folder):
            os.unlink(folder)
        else:
            shutil.rmtree(folder)
    elif action == BACK_UP:
        number, backup = 1, f"{folder}.bak"
        while os.path.lexists(backup):
            number, backup = number + 1, f"{folder}.bak{number}"
        reporter.warning(f"`{folder}` is kept as `{backup}`")
        os.rename(folder, backup)


def _revision_of(folder: str, location: SourceLocation, options: CheckoutOptions) -> str:
    if location.vcs == "git":
        program = Program("git", location, options, {})
        done = program.try_run(["rev-parse", "--verify", "--quiet", "HEAD"], folder)
        return done.stdout.decode("ascii", "replace").strip()
    return make_system(location, options).revision_of(folder)


def _url_of(vcs: str, folder: str, options: CheckoutOptions) -> str:
    from xpip.model.source import SourceLocation as Location
    from xpip.model.urls import path_to_url

    questions = {
        "git": ["config", "--get", "remote.origin.url"],
        "hg": ["showconfig", "paths.default"],
        "svn": ["info", "--show-item=url", "--", "."],
        "bzr": ["info"],
    }
    question = questions.get(vcs)
    if question is None:
        return ""
    program = Program(vcs, Location("vcs", path_to_url(folder), vcs=vcs), options, {})
    done = program.try_run(question, folder)
    url = done.stdout.decode("utf-8", "replace").strip() if not done.code else ""
    if vcs == "bzr":
        url = branch_of(url, folder)
    if url.startswith("/"):
        return path_to_url(url)
    return split_credentials(url).url
