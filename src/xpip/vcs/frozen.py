"""Where a project that is used in place stands in version control, for `freeze`.

The words are pip's: scripts read them.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.vcs.programs import Program

_MARKS = (
    (".git", "git", "Git"), (".hg", "hg", "Mercurial"), (".svn", "svn", "Subversion"),
    (".bzr", "bzr", "Bazaar"),
)  # fmt: skip
_PROJECT_FILES = ("pyproject.toml", "setup.py")


class Standing(NamedTuple):
    """What version control says of a folder."""

    system: str = ""
    """As pip calls it, such as `Git`; empty for a folder without version control."""
    reference: str = ""
    """Such as `git+https://host/repository@COMMIT#egg=name`; empty without a remote."""
    invalid: str = ""
    """The remote, where it is nothing that can be fetched from."""


def standing_of(folder: str, name: str, variables: Mapping[str, str]) -> Standing:
    """Return where a project stands.

    Args:
        folder: Absolute path of the project.
        name: Of the project, as it spells it.
        variables: All variables of xpip itself.

    Raises:
        RepositoryError: The program of its system is missing or failed.
    """
    found = _repository_around(folder)
    if found is None:
        return Standing()
    root, vcs, title = found
    from xpip.model.source import CheckoutOptions, SourceLocation
    from xpip.model.urls import path_to_url
    from xpip.vcs.programs import Program

    location = SourceLocation("vcs", path_to_url(root), vcs=vcs)
    options = CheckoutOptions(variables, "")
    program = Program(vcs, location, options, {"HGPLAIN": "1"})
    url, revision = _url_and_revision(program, vcs, root)
    if not url or not revision:
        return Standing(title)
    fetchable = _fetchable(url)
    if not fetchable:
        return Standing(title, invalid=url)
    prefix = "" if fetchable.startswith(f"{vcs}+") else f"{vcs}+"
    reference = f"{prefix}{fetchable}@{revision}#egg={name.replace('-', '_')}"
    below = _project_below(folder, root)
    return Standing(title, f"{reference}&subdirectory={below}" if below else reference)


def _repository_around(folder: str) -> tuple[str, str, str] | None:
    """Return root, system and title of the innermost repository that a folder is in."""
    here = os.path.realpath(folder)
    while True:
        for mark, vcs, title in _MARKS:
            if os.path.lexists(os.path.join(here, mark)):
                return here, vcs, title
        parent = os.path.dirname(here)
        if parent == here:
            return None
        here = parent


def _url_and_revision(program: Program, vcs: str, folder: str) -> tuple[str, str]:
    if vcs == "git":
        done = program.try_run(["config", "--get-regexp", r"remote\..*\.url"], folder)
        remotes = done.stdout.decode("utf-8", "replace").splitlines()
        chosen = next((line for line in remotes if line.startswith("remote.origin.url ")), "")
        url = (chosen or (remotes[0] if remotes else "")).partition(" ")[2]
        revision = program.try_run(["rev-parse", "--verify", "--quiet", "HEAD"], folder)
    elif vcs == "hg":
        url = _printed(program, ["showconfig", "paths.default"], folder)
        revision = program.try_run(["parents", "--template={node}"], folder)
    elif vcs == "bzr":
        url = branch_of(_printed(program, ["info"], folder), folder)
        revision = program.try_run(["revno", "--tree"], folder)
    else:
        url = _printed(program, ["info", "--show-item=url", "--", "."], folder)
        revision = program.try_run(["info", "--show-item=revision", "--", "."], folder)
    return url.strip(), "" if revision.code else revision.stdout.decode("ascii", "replace").strip()


def branch_of(information: str, folder: str) -> str:
    """Return where a working copy of Bazaar comes from: a URL, a path, or empty for nowhere.

    Args:
        information: What `bzr info` prints in the folder; its paths may be relative to that.
    """
    for line in information.splitlines():
        label, colon, value = line.strip().partition(": ")
        if colon and label in ("checkout of branch", "parent branch"):
            place = value.rstrip("/")
            return place if "://" in place else os.path.normpath(os.path.join(folder, place))
    return ""


def _printed(program: Program, arguments: list[str], folder: str) -> str:
    done = program.try_run(arguments, folder)
    return "" if done.code else done.stdout.decode("utf-8", "replace").strip()


def _fetchable(url: str) -> str:
    """Return a remote as a URL without secrets, empty when it is nothing to fetch from."""
    from xpip.model.urls import path_to_url, redact

    if "://" in url:
        return redact(url)
    if os.path.exists(url):
        return path_to_url(os.path.abspath(url))
    host, colon, path = url.partition(":")
    if colon and host and "/" not in host and path:
        return f"ssh://{host}/{path.lstrip('/')}"
    return ""


def _project_below(folder: str, root: str) -> str:
    """Return where the project is below the root of its repository, empty for the root."""
    here = os.path.realpath(folder)
    while not any(os.path.isfile(os.path.join(here, name)) for name in _PROJECT_FILES):
        parent = os.path.dirname(here)
        if here in (root, parent):
            return ""
        here = parent
    below = os.path.relpath(here, root)
    return "" if below == "." else below
