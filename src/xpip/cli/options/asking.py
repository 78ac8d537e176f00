"""Options that say what is asked for and what for, in the words of each command."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, LIST, Option, OptionGroup, OptionTable
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.operations.wanted import Wanted

CONSTRAINT = Option(
    ("-c", "--constraint", "--constraints"),
    "constraint",
    LIST,
    "Narrow versions by this file",
    "FILE",
)

PIP_ARGS = Option(
    ("--pip-args",), "pip_args", help="Read these words as options too", metavar="OPTIONS"
)


def file_options(verb: str) -> tuple[Option, ...]:
    """Return `-r` and `-c` of a command that, for example, can `Install` what a file lists."""
    requirement = Option(
        ("-r", "--requirement", "--requirements"),
        "requirement",
        LIST,
        f"{verb} what this file lists",
        "FILE",
    )
    return requirement, CONSTRAINT


def part_options(verb: str) -> tuple[Option, ...]:
    """Return the options that choose parts of projects, and scripts."""
    return (
        Option(
            ("--group",),
            "group",
            LIST,
            f"{verb} this dependency group of a pyproject.toml",
            "[PATH:]NAME",
        ),
        Option(
            ("--extra",),
            "extra",
            LIST,
            "With `-r pyproject.toml`: what this extra adds, too",
            "NAME",
        ),
        Option(("--all-extras",), "all_extras", FLAG, "With `-r pyproject.toml`: all its extras"),
        Option(
            ("--requirements-from-script", "--requirements-from-scripts"),
            "script",
            LIST,
            f"{verb} what the comment block of this script asks for",
            "FILE",
        ),
    )


def no_deps_option(what: str) -> Option:
    """Return `--no-deps` with its help."""
    return Option(("--no-deps", "--no-dependencies"), "no_deps", FLAG, what)


def ensure_only_deps_possible(values: OptionValues) -> None:
    """Refuse what `--only-deps` cannot be used with.

    Raises:
        UsageError: Something such was given.
    """
    if not values.flag("only_deps"):
        return
    for name in ("requirement", "group", "script"):
        if values.list(name):
            raise UsageError(f"`--only-deps` and `--{name}` cannot be used together")
    if values.flag("no_deps"):
        raise UsageError("`--only-deps` and `--no-deps` cannot be used together")


def resolver_option(*more: str) -> Option:
    """Return `--resolver`, which takes some more words than there are engines."""
    return Option(
        ("--resolver",),
        "resolver",
        help="Which engine resolves: pubgrub (the default), or backtracking as in pip",
        metavar="NAME",
        choices=("pubgrub", "backtracking", *more),
    )


def version_options(verb: str) -> tuple[Option, ...]:
    """Return the options that choose a Python and a platform in uv's words."""
    return (
        Option(
            ("--python-version",),
            "python_version",
            help=f"{verb} for this Python, such as 3.12 or 3.12.4",
            metavar="VERSION",
        ),
        Option(
            ("--python-platform",),
            "python_platform",
            help=f"{verb} for this platform, such as windows or x86_64-manylinux_2_28",
            metavar="PLATFORM",
        ),
    )


def target_options(verb: str) -> tuple[Option, ...]:
    """Return the options that choose a Python and a platform to do something for."""
    return (
        *version_options(verb),
        Option(
            ("--platform",),
            "platform",
            LIST,
            f"{verb} for this platform, such as manylinux2014_x86_64; repeat for several",
            "PLATFORM",
        ),
        Option(
            ("--implementation",),
            "implementation",
            help=f"{verb} for this implementation of Python",
            metavar="NAME",
            choices=("cp", "pp", "ip", "jy", "py"),
        ),
        Option(
            ("--abi",),
            "abi",
            LIST,
            f"{verb} for this ABI, such as cp311; repeat for several",
            "ABI",
        ),
    )


def what_is_wanted(values: OptionValues, positionals: Sequence[str]) -> Wanted:
    """Return what a command line asks for.

    Raises:
        UsageError: A group or an extra is not written as it should be.
    """
    from xpip.cli.options.groups import dependency_groups, extra_names
    from xpip.operations.wanted import Wanted

    return Wanted(
        tuple(positionals),
        values.list("editable"),
        values.list("requirement"),
        values.list("constraint"),
        dependency_groups(values),
        values.list("script"),
        extra_names(values),
        values.flag("all_extras"),
    )


def add_pip_args(values: OptionValues, groups: Sequence[OptionGroup]) -> None:
    """Take the options in `--pip-args` as if they had been given directly.

    Args:
        groups: Those of the command and the shared ones.

    Raises:
        UsageError: They are no options.
    """
    written = values.text("pip_args")
    if not written:
        return
    from shlex import split

    try:
        words = split(written)
    except ValueError as error:
        raise UsageError(f"`--pip-args` cannot be split into words: {error}") from error
    read = OptionTable(tuple(groups)).read(words)
    if read.positionals:
        raise UsageError(f"`--pip-args` takes options only, not `{read.positionals[0][1]}`")
    for use in read.given:
        if use.option.destination:
            values.add_given(use)
