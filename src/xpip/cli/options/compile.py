"""Pin all that is needed and write it as a requirements file."""

from __future__ import annotations

from xpip.cli.options.asking import (
    CONSTRAINT,
    PIP_ARGS,
    add_pip_args,
    no_deps_option,
    resolver_option,
    target_options,
)
from xpip.cli.options.building import BUILDS, BuildChoices, build_choices
from xpip.cli.options.groups import (
    INDEX,
    RESOLUTION,
    SELECTION,
    dependency_groups,
    environment_request,
    extra_names,
    target_wish,
)
from xpip.cli.options.shared import SHARED
from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, INTEGER, LIST, PATH, Option, OptionGroup
from xpip.formats.wheel_name import is_project_name
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.foreign_target import TargetWish

USAGE = "[SOURCE]..."

_UNSAFE = ("distribute", "pip", "setuptools")
"""What pip-compile leaves out with `--no-allow-unsafe`."""

BUILD_KINDS = ("editable", "sdist", "wheel")

SOURCES = OptionGroup(
    "Sources",
    (
        CONSTRAINT,
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
            ("--build-deps-for",),
            "build_deps_for",
            LIST,
            "Include what this kind of build of a project needs; repeat for several",
            "KIND",
            choices=BUILD_KINDS,
        ),
        Option(
            ("--all-build-deps",), "all_build_deps", FLAG, "Include what all kinds of builds need"
        ),
        Option(
            ("--only-build-deps",),
            "only_build_deps",
            FLAG,
            "Pin what builds need and no dependencies",
        ),
        no_deps_option("Pin only what the sources name"),
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
            ("--upgrade-group",),
            "upgrade_group",
            LIST,
            "Keep no version of the projects that this dependency group names",
            "[PATH:]NAME",
        ),
        Option(
            ("--check",), "check", FLAG, "Write nothing, and fail if the output file would change"
        ),
        Option(("-n", "--dry-run"), "dry_run", FLAG, "Show the output and write nothing"),
        Option(
            ("--format",),
            "format",
            help="Write this format; by default the name of the output file tells",
            metavar="FORMAT",
            choices=("requirements.txt", "pylock.toml"),
        ),
        Option(
            ("--emit-urls",),
            "emit_urls",
            FLAG,
            "Write where files are in a pylock.toml (the default)",
        ),
        Option(
            ("--no-emit-urls",),
            "emit_urls",
            FLAG,
            "Write only names, sizes and hashes of files, so that any mirror will do",
            constant=False,
        ),
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
            ("--emit-index-annotation",),
            "emit_index_annotation",
            FLAG,
            "Say below each pin which index it is from",
        ),
        Option(("--no-emit-index-annotation",), "emit_index_annotation", FLAG, "", constant=False),
        Option(
            ("--newline",),
            "newline",
            help="End lines in this way: LF, CRLF, native, or preserve as the output has them",
            metavar="KIND",
            choices=("LF", "CRLF", "native", "preserve", "lf", "crlf"),
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
        *target_options("Resolve"),
        Option(
            ("--universal",),
            "",
            FLAG,
            refusal="one output is for one platform: compile with `--python-platform` and `-o` for"
            " each",
        ),
        Option(("--system",), "system", FLAG, "Resolve for the first Python on PATH"),
    ),
)

PIP_TOOLS = OptionGroup(
    "Spellings of pip-compile",
    (
        Option(("-p",), "pre", FLAG, "The same as --pre"),
        Option(("-r", "--rebuild"), "refresh", FLAG, "The same as --refresh"),
        PIP_ARGS,
        resolver_option("legacy"),
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
        Option(
            ("--config",),
            "config",
            PATH,
            "Read `[tool.pip-tools]` of this file and not that beside the sources",
            "FILE",
        ),
        # The resolver ends by itself.
        Option(("--max-rounds",), "max_rounds", INTEGER, metavar="NUMBER"),
        # Always so: every build goes through its backend, and `[tool.uv.sources]` is not read.
        Option(("--use-pep517",), "", FLAG),
        Option(("--no-sources",), "", FLAG),
        Option(("--no-sources-package",), "", LIST, metavar="NAME"),
    ),
)

GROUPS = (SOURCES, CHANGES, TARGET, PIP_TOOLS, INDEX, SELECTION, RESOLUTION, BUILDS)


class Wanted(NamedTuple):
    """Parts of projects that are wanted beside their dependencies."""

    extras: tuple[str, ...] = ()
    """Normalised."""
    all_extras: bool = False
    groups: tuple[tuple[str, str], ...] = ()
    """(path of a `pyproject.toml`, name)."""
    build_kinds: tuple[str, ...] = ()
    """Builds whose requirements are wanted, of `BUILD_KINDS`."""
    only_builds: bool = False
    """The dependencies themselves are not wanted."""


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
    urls: bool = True
    """Of files, in a lock file."""
    indexes: bool = False
    """Which index each pin is from."""


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
    upgrade_groups: tuple[tuple[str, str], ...] = ()
    """(path of a `pyproject.toml`, name)."""
    newline: str = "preserve"
    """`LF`, `CRLF`, `native` or `preserve`, in any case."""
    check: bool = False
    dry_run: bool = False
    hashes: bool = False
    strip_extras: bool = True
    left_out: frozenset[str] = frozenset()
    """Normalised."""
    no_deps: bool = False
    wish: TargetWish | None = None
    """What to resolve for; None: the Python of the environment."""
    format: str = ""
    """`requirements.txt` or `pylock.toml`; empty: the name of the output tells."""
    builds: BuildChoices = BuildChoices()


def build(values: OptionValues, positionals: Sequence[str]) -> CompileOptions:
    """Return the options of the command.

    Raises:
        UsageError: A value makes no sense.
    """
    add_pip_args(values, (*GROUPS, *SHARED))
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
        _wanted(values),
        environment_request(values),
        _emit(values),
        output=values.text("output_file"),
        is_pip_compile=bool(
            resolver == "backtracking"
            or values.text("pip_args")
            or values.flag("pip_tools")
            or values.flag("no_config")
            or values.text("config")
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
        upgrade_groups=dependency_groups(values, "upgrade_group"),
        newline=values.text("newline", "preserve"),
        wish=target_wish(values),
        format=values.text("format"),
        builds=build_choices(values),
    )


def _wanted(values: OptionValues) -> Wanted:
    kinds = values.list("build_deps_for")
    everything, only = values.flag("all_build_deps"), values.flag("only_build_deps")
    extras = extra_names(values)
    if everything and kinds:
        raise UsageError("`--build-deps-for` says nothing beside `--all-build-deps`")
    if only and not (everything or kinds):
        raise UsageError("`--only-build-deps` needs `--build-deps-for` or `--all-build-deps`")
    if only and (extras or values.flag("all_extras")):
        raise UsageError("`--only-build-deps` leaves no place for `--extra` and `--all-extras`")
    return Wanted(
        extras,
        values.flag("all_extras"),
        dependency_groups(values),
        BUILD_KINDS if everything else tuple(sorted(set(kinds))),
        only,
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
        values.choice("emit_urls") is not False,
        values.choice("emit_index_annotation") is True,
    )


def _names(written: Sequence[str], option: str) -> frozenset[str]:
    for name in written:
        if not is_project_name(name):
            raise UsageError(f"`{option}` takes a name, not `{name}`")
    return frozenset(map(normalized_name, written))
