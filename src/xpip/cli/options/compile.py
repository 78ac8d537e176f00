"""Pin all that is needed and write it as a requirements file."""

from __future__ import annotations

from xpip.cli.options.groups import INDEX, RESOLUTION, SELECTION, SHARED, environment_request
from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, INTEGER, LIST, PATH, Option, OptionGroup, OptionTable
from xpip.formats.wheel_name import is_project_name
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = "[SOURCE]..."

_UNSAFE = ("distribute", "pip", "setuptools")
"""What pip-compile leaves out with `--no-allow-unsafe`."""

SOURCES = OptionGroup(
    "Sources",
    (
        Option(
            ("-c", "--constraint", "--constraints"),
            "constraint",
            LIST,
            "Narrow versions by this file",
            "FILE",
        ),
        Option(
            ("--extra",),
            "extra",
            LIST,
            "Include this extra of a `pyproject.toml`; several with commas",
            "NAMES",
        ),
        Option(("--all-extras",), "all_extras", FLAG, "Include all extras of a `pyproject.toml`"),
        Option(
            ("--group",),
            "group",
            LIST,
            "Include this dependency group of `pyproject.toml` or of the file named before a colon",
            "[PATH:]NAME",
        ),
        Option(
            ("--no-deps", "--no-dependencies"), "no_deps", FLAG, "Pin only what the sources name"
        ),
    ),
)

CHANGES = OptionGroup(
    "What is written",
    (
        Option(
            ("-o", "--output-file"),
            "output_file",
            PATH,
            "Write to this file and keep its versions where possible; `-` for standard output",
            "FILE",
        ),
        Option(("-U", "--upgrade"), "upgrade", FLAG, "Keep no version of the output file"),
        Option(
            ("-P", "--upgrade-package"),
            "upgrade_package",
            LIST,
            "Keep no version of this project; one with versions also narrows it",
            "NAME[==VERSION]",
        ),
        Option(
            ("--check",), "check", FLAG, "Write nothing, and fail if the output file would change"
        ),
        Option(("-n", "--dry-run"), "dry_run", FLAG, "Show the output and write nothing"),
        Option(("--generate-hashes",), "hashes", FLAG, "Add the hashes of all files"),
        Option(("--strip-extras",), "strip_extras", FLAG, "Leave out extras (the default)"),
        Option(("--no-strip-extras",), "strip_extras", FLAG, "Keep extras", constant=False),
        Option(("--header",), "header", FLAG, "Start with the command (the default)"),
        Option(("--no-header",), "header", FLAG, "Start without the command", constant=False),
        Option(
            ("--custom-compile-command",),
            "custom_compile_command",
            help="Name this command in the header",
            metavar="COMMAND",
        ),
        Option(("--annotate",), "annotate", FLAG, "Say who asks for a project (the default)"),
        Option(
            ("--no-annotate",),
            "annotate",
            FLAG,
            "Do not say who asks for a project",
            constant=False,
        ),
        Option(
            ("--annotation-style",),
            "annotation_style",
            help="Write who asks below the pin or beside it",
            metavar="STYLE",
            choices=("split", "line"),
        ),
        Option(
            ("--no-emit-package", "--unsafe-package"),
            "no_emit_package",
            LIST,
            "Leave this project out of the output",
            "NAME",
        ),
        Option(("--emit-index-url",), "emit_index_url", FLAG, "Write index options (the default)"),
        Option(
            ("--no-emit-index-url",),
            "emit_index_url",
            FLAG,
            "Do not write index options",
            constant=False,
        ),
        Option(("--emit-find-links",), "emit_find_links", FLAG, "Write --find-links (the default)"),
        Option(
            ("--no-emit-find-links",),
            "emit_find_links",
            FLAG,
            "Do not write --find-links",
            constant=False,
        ),
        Option(
            ("--emit-trusted-host",),
            "emit_trusted_host",
            FLAG,
            "Write --trusted-host (the default)",
        ),
        Option(
            ("--no-emit-trusted-host",),
            "emit_trusted_host",
            FLAG,
            "Do not write --trusted-host",
            constant=False,
        ),
        Option(
            ("--emit-options", "--emit-build-options"),
            "emit_options",
            FLAG,
            "Write options at all (the default)",
        ),
        Option(
            ("--no-emit-options",), "emit_options", FLAG, "Do not write any option", constant=False
        ),
    ),
)

TARGET = OptionGroup(
    "Target",
    (
        Option(
            ("--python-version",),
            "python_version",
            help="Resolve for this Python, such as 3.12 or 3.12.4",
            metavar="VERSION",
        ),
        Option(
            ("--python-platform",),
            "python_platform",
            help="Resolve for this platform, such as windows or x86_64-manylinux_2_28",
            metavar="PLATFORM",
        ),
        Option(("--system",), "system", FLAG, "Resolve for the first Python on PATH"),
    ),
)

PIP_TOOLS = OptionGroup(
    "Spellings of pip-compile",
    (
        Option(("-p",), "pre", FLAG, "The same as --pre"),
        Option(("-r", "--rebuild"), "refresh", FLAG, "The same as --refresh"),
        Option(
            ("--pip-args",), "pip_args", help="Read these words as options too", metavar="OPTIONS"
        ),
        Option(
            ("--resolver",),
            "resolver",
            help="Which engine resolves: pubgrub (the default), or backtracking as in pip",
            metavar="NAME",
            choices=("pubgrub", "backtracking", "legacy"),
        ),
        Option(("--allow-unsafe",), "allow_unsafe", FLAG),
        Option(
            ("--no-allow-unsafe",),
            "allow_unsafe",
            FLAG,
            "Leave out pip and setuptools",
            constant=False,
        ),
        # Hashes come from the index in one answer with the versions, so there is nothing to reuse.
        Option(("--reuse-hashes",), "pip_tools", FLAG),
        Option(("--no-reuse-hashes",), "pip_tools", FLAG),
        # The resolver ends by itself.
        Option(("--max-rounds",), "max_rounds", INTEGER, metavar="NUMBER"),
        # xpip reads no configuration of pip-tools.
        Option(("--no-config",), "pip_tools", FLAG),
    ),
)

GROUPS = (SOURCES, CHANGES, TARGET, PIP_TOOLS, INDEX, SELECTION, RESOLUTION)


class Wanted(NamedTuple):
    """Parts of projects that are wanted beside their dependencies."""

    extras: tuple[str, ...] = ()
    """Normalised."""
    all_extras: bool = False
    groups: tuple[tuple[str, str], ...] = ()
    """(path of a `pyproject.toml`, name)."""


class Emit(NamedTuple):
    """What the output says beside pins."""

    header: bool = True
    command: str = ""
    """What the header names as the command; empty for the real one."""
    annotations: str = "split"
    """`split`, `line`, or empty."""
    index_url: bool = True
    find_links: bool = True
    trusted_host: bool = True
    options: bool = True


class CompileOptions(NamedTuple):
    """What one `xpip compile` is to do."""

    sources: tuple[str, ...]
    """As written; empty for what lies in the current folder."""
    constraint_files: tuple[str, ...]
    wanted: Wanted
    environment: EnvironmentRequest
    emit: Emit
    output: str = ""
    """As written; empty for standard output."""
    is_pip_compile: bool = False
    """Written for pip-compile, which names the output after the source."""
    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()
    """Names, or requirements that also narrow versions, as written."""
    check: bool = False
    dry_run: bool = False
    hashes: bool = False
    strip_extras: bool = True
    left_out: frozenset[str] = frozenset()
    """Normalised."""
    no_deps: bool = False
    python_version: str = ""
    python_platform: str = ""


def build(values: OptionValues, positionals: Sequence[str]) -> CompileOptions:
    """Return the options of the command.

    Raises:
        UsageError: A value makes no sense.
    """
    _add_pip_args(values)
    resolver = values.text("resolver")
    if resolver == "legacy":
        raise UsageError(
            "the resolver `legacy` is not there any more, in pip neither",
            hints=("leave `--resolver` out",),
        )
    allow_unsafe = values.choice("allow_unsafe")
    left_out = _names(values.list("no_emit_package"), "--no-emit-package")
    return CompileOptions(
        tuple(positionals),
        values.list("constraint"),
        Wanted(
            tuple(sorted(_names(_listed(values.list("extra")), "--extra"))),
            values.flag("all_extras"),
            tuple(map(_group, values.list("group"))),
        ),
        environment_request(values),
        _emit(values),
        output=values.text("output_file"),
        is_pip_compile=bool(
            resolver == "backtracking"
            or values.text("pip_args")
            or values.flag("pip_tools")
            or values.text("max_rounds")
            or allow_unsafe is not None
        ),
        upgrade=values.flag("upgrade"),
        upgrade_packages=values.list("upgrade_package"),
        check=values.flag("check"),
        dry_run=values.flag("dry_run"),
        hashes=values.flag("hashes"),
        strip_extras=values.choice("strip_extras") is not False,
        left_out=left_out if allow_unsafe is not False else left_out.union(_UNSAFE),
        no_deps=values.flag("no_deps"),
        python_version=values.text("python_version"),
        python_platform=values.text("python_platform"),
    )


def _emit(values: OptionValues) -> Emit:
    annotate = values.choice("annotate") is not False
    return Emit(
        values.choice("header") is not False,
        values.text("custom_compile_command"),
        values.text("annotation_style", "split") if annotate else "",
        values.choice("emit_index_url") is not False,
        values.choice("emit_find_links") is not False,
        values.choice("emit_trusted_host") is not False,
        values.choice("emit_options") is not False,
    )


def _add_pip_args(values: OptionValues) -> None:
    """Take the options in `--pip-args` as if they had been given directly."""
    written = values.text("pip_args")
    if not written:
        return
    from shlex import split

    try:
        words = split(written)
    except ValueError as error:
        raise UsageError(f"`--pip-args` cannot be split into words: {error}") from error
    read = OptionTable((*GROUPS, *SHARED)).read(words)
    if read.positionals:
        raise UsageError(f"`--pip-args` takes options only, not `{read.positionals[0][1]}`")
    for use in read.given:
        if use.option.destination:
            values.add_given(use)


def _group(written: str) -> tuple[str, str]:
    path, colon, name = written.rpartition(":")
    if not name or (colon and not path):
        raise UsageError(f"`--group` takes `NAME` or `PATH:NAME`, not `{written}`")
    return path or "pyproject.toml", name


def _listed(written: Sequence[str]) -> list[str]:
    return [name.strip() for text in written for name in text.split(",") if name.strip()]


def _names(written: Sequence[str], option: str) -> frozenset[str]:
    for name in written:
        if not is_project_name(name):
            raise UsageError(f"`{option}` takes a name, not `{name}`")
    return frozenset(map(normalized_name, written))
