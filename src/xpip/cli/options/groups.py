"""Options that several commands share."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import (
    FIXED,
    FLAG,
    LIST,
    PATH,
    Option,
    OptionGroup,
)
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.foreign_target import TargetWish

ALL_RELEASES = "all-releases="
ONLY_FINAL = "only-final="
ONLY_BINARY = "only-binary="
NO_BINARY = "no-binary="

INDEX = OptionGroup(
    "Indexes",
    (
        Option(
            ("-i", "--index-url", "--pypi-url", "--default-index"),
            "index_url",
            help="Look for projects on this index",
            metavar="URL",
        ),
        Option(
            ("--extra-index-url",),
            "extra_index_url",
            LIST,
            "Look for projects on this index too, before the other",
            "URL",
        ),
        Option(
            ("--index",),
            "index",
            LIST,
            "Look for projects on this index before all others, and give it a name",
            "[NAME=]URL",
            # What pip's files call `index` is where the command `search` asked.
            own=True,
        ),
        Option(
            ("--index-package",),
            "index_package",
            LIST,
            "Look for this project on one of the indexes only, given by name or URL",
            "PROJECT=INDEX",
        ),
        Option(
            ("--index-strategy",),
            "index_strategy",
            help="Which index serves a project that several have",
            metavar="STRATEGY",
            choices=("first-index", "unsafe-first-match", "unsafe-best-match"),
        ),
        Option(("--no-index",), "no_index", FLAG, "Use no index, only --find-links"),
        Option(
            ("-f", "--find-links"),
            "find_links",
            LIST,
            "Look for files in this folder or on this page",
            "PLACE",
        ),
        Option(
            ("--refresh-package",),
            "refresh_package",
            LIST,
            "Ask indexes again about these projects; `:all:` or `:none:`",
            "NAMES",
        ),
    ),
)

SELECTION = OptionGroup(
    "Selection of files",
    (
        Option(("--pre",), "pre", FLAG, "Accept pre-releases"),
        Option(
            ("--prerelease",),
            "prerelease",
            help="When to accept pre-releases",
            metavar="MODE",
            choices=("disallow", "allow", "if-necessary", "explicit"),
        ),
        Option(
            ("--prerelease-package",),
            "prerelease_package",
            LIST,
            "When to accept pre-releases of this project",
            "PROJECT=MODE",
        ),
        Option(
            ("--all-releases",),
            "releases",
            LIST,
            "Accept pre-releases of these projects; `:all:` or `:none:`",
            "NAMES",
            marker=ALL_RELEASES,
        ),
        Option(
            ("--only-final",),
            "releases",
            LIST,
            "Never accept pre-releases of these projects; `:all:` or `:none:`",
            "NAMES",
            marker=ONLY_FINAL,
        ),
        Option(
            ("--exclude-newer",),
            "exclude_newer",
            help="Ignore files uploaded after this date, time, or time ago such as `7 days`",
            metavar="DATE",
        ),
        Option(
            ("--uploaded-prior-to",),
            "uploaded_prior_to",
            help="The same, but a date alone does not include its day",
            metavar="DATE",
        ),
        Option(
            ("--exclude-newer-package",),
            "exclude_newer_package",
            LIST,
            "The limit for this project in place of the general one; `false` for none",
            "PROJECT=DATE",
        ),
        Option(
            ("--resolution",),
            "resolution",
            help="Choose the highest versions, the lowest, or the lowest of what is named",
            metavar="MODE",
            choices=("highest", "lowest", "lowest-direct"),
        ),
        Option(
            ("--only-binary",),
            "binary",
            LIST,
            "Use wheels only for these projects; `:all:` or `:none:`",
            "NAMES",
            marker=ONLY_BINARY,
        ),
        Option(
            ("--no-binary",),
            "binary",
            LIST,
            "Use no wheels for these projects; `:all:` or `:none:`",
            "NAMES",
            marker=NO_BINARY,
        ),
        Option(
            ("--no-build",),
            "binary",
            FIXED,
            "The same as --only-binary :all:",
            marker=f"{ONLY_BINARY}:all:",
        ),
        Option(
            ("--prefer-binary",),
            "prefer_binary",
            FLAG,
            "Prefer older wheels to newer source archives",
        ),
        Option(
            ("--require-hashes",), "require_hashes", FLAG, "Install only what a given hash matches"
        ),
        Option(
            ("--no-require-hashes",),
            "require_hashes",
            FLAG,
            "Check hashes only where they are given",
            constant=False,
        ),
        Option(
            ("--ignore-requires-python",),
            "ignore_requires_python",
            FLAG,
            "Use releases that are not meant for this Python",
        ),
    ),
)

RESOLUTION = OptionGroup(
    "Changes to what is required",
    (
        Option(
            ("--override", "--overrides"),
            "override",
            LIST,
            "Use the requirements of this file in place of all others on the same projects",
            "FILE",
            own=True,
        ),
        Option(
            ("--exclude", "--excludes"),
            "exclude_project",
            LIST,
            "Leave out this project, or all that a file lists, whoever requires it",
            "NAME|FILE",
            # Variables and files of pip mean its commands `list` and `freeze`.
            own=True,
        ),
    ),
)

LOCATION = OptionGroup(
    "Environment",
    (
        Option(("-t", "--target"), "target", PATH, "Work on the packages in this folder", "FOLDER"),
        Option(("--prefix",), "prefix", PATH, "Work below this folder", "FOLDER"),
        Option(("--system",), "system", FLAG, "Work on the first Python on PATH"),
    ),
)

PERMISSION = OptionGroup(
    "Permission",
    (
        Option(
            ("--break-system-packages",),
            "break_system_packages",
            FLAG,
            "Change a Python that another package manager looks after",
        ),
        Option(("--root-user-action",), "", metavar="ACTION", choices=("warn", "ignore")),
    ),
)

LISTING = (
    Option(("-l", "--local"), "local", FLAG, "Leave out packages of the base interpreter"),
    Option(("--path",), "path", LIST, "Look into this folder instead", "FOLDER"),
    Option(("--exclude",), "exclude", LIST, "Leave out this project", "NAME"),
    Option(("--exclude-editable",), "exclude_editable", FLAG, "Leave out editable projects"),
    Option(("--user",), "user", FLAG, "List only what is in the user's own library folder"),
)
"""What narrows a list of installed packages."""


def no_positionals(positionals: Sequence[str], command: str) -> None:
    """Refuse arguments of a command that takes none.

    Raises:
        UsageError: There are some.
    """
    if positionals:
        raise UsageError(f"`{command}` takes no argument `{redact_text(positionals[0])}`")


def target_wish(values: OptionValues) -> TargetWish | None:
    """Return what to choose files for, None for the Python of the environment."""
    platforms, abis = values.list("platform"), values.list("abi")
    texts = {
        name: values.text(name) for name in ("python_version", "implementation", "python_platform")
    }
    if not (platforms or abis or any(texts.values())):
        return None
    from xpip.environment.foreign_target import TargetWish

    return TargetWish(platforms, abis=abis, **texts)


class PathsElsewhere(UsageError):
    """`--path` was given with what only makes sense for an environment; the exit code is pip's."""

    exit_code = 1


def library_paths(values: OptionValues) -> tuple[str, ...]:
    """Return the values of `--path`.

    Raises:
        PathsElsewhere: `--user` or `--local` was given too.
    """
    paths = values.list("path")
    for name in ("user", "local"):
        if paths and values.flag(name):
            raise PathsElsewhere(f"`--path` and `--{name}` cannot be used together")
    return paths


def dependency_groups(
    values: OptionValues, destination: str = "group"
) -> tuple[tuple[str, str], ...]:
    """Return path and name of the values of `--group`, or of another such option.

    Raises:
        UsageError: One is not written as it should be.
    """
    from xpip.formats.lock_names import is_lock_name

    found = []
    for written, source in values.sourced(destination):
        path, colon, name = written.rpartition(":")
        if not name or (colon and not path):
            raise UsageError(f"{source} takes `NAME` or `PATH:NAME`, not `{redact_text(written)}`")
        path = path or "pyproject.toml"
        name_of_file = path.rpartition("/")[2]
        if name_of_file != "pyproject.toml" and not is_lock_name(name_of_file):
            raise UsageError(f"{source} reads groups from a `pyproject.toml`, not from `{path}`")
        found.append((path, name))
    return tuple(found)


def extra_names(values: OptionValues) -> tuple[str, ...]:
    """Return the normalised values of `--extra`, sorted; one value may be a list with commas.

    Raises:
        UsageError: One is no name.
    """
    from xpip.formats.wheel_name import is_project_name
    from xpip.model.names import normalized_name

    names = set()
    for written, source in values.sourced("extra"):
        for name in filter(None, map(str.strip, written.split(","))):
            if not is_project_name(name):
                raise UsageError(f"{source} takes a name, not `{redact_text(name)}`")
            names.add(normalized_name(name))
    return tuple(sorted(names))


def environment_request(values: OptionValues) -> EnvironmentRequest:
    """Return what the options say about the environment to work on."""
    from xpip.environment.discover import EnvironmentRequest

    return EnvironmentRequest(
        values.text("python"),
        values.text("target"),
        values.text("prefix"),
        values.flag("system"),
        values.flag("break_system_packages"),
        values.flag("require_virtualenv"),
        project=values.text("project"),
    )
