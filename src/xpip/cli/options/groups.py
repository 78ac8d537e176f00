"""Options that several commands share."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import (
    COUNT,
    FIXED,
    FLAG,
    INTEGER,
    LIST,
    PATH,
    SECONDS,
    Option,
    OptionGroup,
)
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

ALL_RELEASES = "all-releases="
ONLY_FINAL = "only-final="
ONLY_BINARY = "only-binary="
NO_BINARY = "no-binary="

GENERAL = OptionGroup(
    "General options",
    (
        Option(("-h", "--help"), "help", FLAG, "Show what a command accepts"),
        Option(("-V", "--version"), "version", FLAG, "Show the version of xpip"),
        Option(("-v", "--verbose"), "verbose", COUNT, "Tell more; up to three times"),
        Option(("-q", "--quiet"), "quiet", COUNT, "Tell less; up to three times"),
        Option(
            ("-p", "--python"),
            "python",
            PATH,
            "Work on the environment of this interpreter, folder or version",
            "PYTHON",
        ),
        Option(
            ("--require-virtualenv", "--require-venv"),
            "require_virtualenv",
            FLAG,
            "Work on virtual environments only",
        ),
        Option(
            ("--isolated",),
            "isolated",
            FLAG,
            "Ignore PIP_* and XPIP_* variables and the user's configuration file",
        ),
        Option(("--debug",), "debug", FLAG, "Show the traceback of an unexpected error"),
        Option(("--timings",), "timings", FLAG, "Show where the time of an installation went"),
    ),
)

OUTPUT = OptionGroup(
    "Output",
    (
        Option(
            ("--color",),
            "color",
            help="When to use colour",
            metavar="WHEN",
            choices=("auto", "always", "never"),
            resets="no_color",
        ),
        Option(("--no-color",), "no_color", FLAG, "Use no colour"),
        Option(
            ("--progress-bar",),
            "progress_bar",
            help="How to show progress",
            metavar="KIND",
            choices=("auto", "on", "off", "raw"),
            resets="no_progress",
        ),
        Option(("--no-progress",), "no_progress", FLAG, "Show no progress"),
        Option(("--no-input",), "no_input", FLAG, "Never ask for anything"),
        Option(
            ("--json-errors",),
            "json_errors",
            FLAG,
            "Tell an error as one line of JSON on standard error",
        ),
        Option(("--disable-pip-version-check",), "", FLAG),
        Option(("--no-python-version-warning",), "", FLAG),
        Option(("--use-feature",), "", LIST, metavar="FEATURE"),
    ),
)

NETWORK = OptionGroup(
    "Network",
    (
        Option(
            ("--timeout", "--default-timeout"),
            "timeout",
            SECONDS,
            "Give up after so many seconds without an answer",
            "SECONDS",
        ),
        Option(("--retries",), "retries", INTEGER, "Try again so many times", "NUMBER"),
        Option(
            ("--proxy",),
            "proxy",
            help="Reach servers through this proxy; empty for none",
            metavar="URL",
            may_be_empty=True,
        ),
        Option(
            ("--trusted-host",),
            "trusted_host",
            LIST,
            "Accept plain http and any certificate of this host",
            "HOST[:PORT]",
        ),
        Option(("--cert",), "cert", PATH, "Trust the certificates of this file only", "FILE"),
        Option(("--client-cert",), "client_cert", PATH, "Show this certificate to servers", "FILE"),
        Option(("--offline",), "offline", FLAG, "Use what is cached or local only"),
        Option(
            ("--concurrent-downloads",),
            "concurrent_downloads",
            INTEGER,
            "Load at most so many files at once from one server",
            "NUMBER",
        ),
    ),
)

CACHE = OptionGroup(
    "Cache",
    (
        # In this order `no-cache-dir` wins where one file or the variables name both, as in pip.
        Option(
            ("--cache-dir",),
            "cache_dir",
            PATH,
            "Keep the shared cache in this folder",
            "FOLDER",
            resets="no_cache",
        ),
        Option(
            ("--no-cache-dir", "--no-cache"),
            "no_cache",
            FLAG,
            "Use a temporary cache that is thrown away",
        ),
        Option(("--refresh",), "refresh", FLAG, "Ask indexes again about everything cached"),
    ),
)

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
            "Look for this project on the named index only",
            "PROJECT=NAME",
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
)
"""What narrows a list of installed packages."""

SHARED = (OUTPUT, NETWORK, CACHE, GENERAL)
"""What every command accepts, before its name or after it."""


def no_positionals(positionals: Sequence[str], command: str) -> None:
    """Refuse arguments of a command that takes none.

    Raises:
        UsageError: There are some.
    """
    if positionals:
        raise UsageError(f"`{command}` takes no argument `{redact_text(positionals[0])}`")


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
    )
