"""Install packages into an environment."""

from __future__ import annotations

from xpip.cli.options.asking import (
    file_options,
    no_deps_option,
    part_options,
    resolver_option,
    target_options,
    what_is_wanted,
)
from xpip.cli.options.building import BUILDS, BuildChoices, build_choices
from xpip.cli.options.changing import CHANGING_BESIDE_BUILDS, LINK_MODE, apply_options
from xpip.cli.options.groups import (
    INDEX,
    LOCATION,
    PERMISSION,
    RESOLUTION,
    SELECTION,
    environment_request,
    target_wish,
)
from xpip.cli.refused_options import ANYWAY, ELSEWHERE
from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, LIST, PATH, Option, OptionGroup
from xpip.formats.wheel_name import is_project_name
from xpip.model.names import normalized_name
from xpip.model.options import ApplyOptions
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.foreign_target import TargetWish
    from xpip.operations.wanted import Wanted

USAGE = "[REQUIREMENT]..."

TARGET = OptionGroup("Another machine, with --target or --dry-run", target_options("Install"))

OWN_LOCATION = OptionGroup(
    "Elsewhere on this machine",
    (
        Option(("--user",), "user", FLAG, "Install for this user only, outside any environment"),
        Option(("--no-user",), "user", FLAG, "Never do that by itself", constant=False),
        Option(
            ("--root",), "root", PATH, "Put the whole tree below this folder instead of `/`",
            "FOLDER",
        ),
    ),
)  # fmt: skip

GROUPS = (
    OptionGroup(
        "Requirements",
        (
            *file_options("Install"),
            Option(("-e", "--editable"), "editable", LIST, "Install a folder editable", "FOLDER"),
            *part_options("Install"),
            no_deps_option("Do not install what the requirements need"),
            Option(
                ("--only-deps", "--only-dependencies"),
                "only_deps",
                FLAG,
                "Install what the requirements need, and not them",
            ),
        ),
    ),
    OptionGroup(
        "Changes",
        (
            Option(("-U", "--upgrade"), "upgrade", FLAG, "Upgrade what is named to the newest"),
            Option(
                ("-P", "--upgrade-package"),
                "upgrade_package",
                LIST,
                "Upgrade only this project",
                "NAME",
            ),
            Option(
                ("--upgrade-strategy",),
                "upgrade_strategy",
                help="Whether --upgrade also upgrades dependencies that would do",
                metavar="STRATEGY",
                choices=("only-if-needed", "eager"),
            ),
            resolver_option(),
            Option(
                ("--force-reinstall", "--reinstall"),
                "force_reinstall",
                FLAG,
                "Install again what is there already",
            ),
            Option(
                ("--reinstall-package",),
                "reinstall_package",
                LIST,
                "Install this project again",
                "NAME",
            ),
            Option(
                ("-I", "--ignore-installed"),
                "ignore_installed",
                FLAG,
                "Resolve as if nothing were installed",
            ),
            Option(("--dry-run",), "dry_run", FLAG, "Show what would be done and do nothing"),
            Option(
                ("--report",),
                "report",
                PATH,
                "Write what is installed as JSON, in pip's form; `-` for standard output",
                "FILE",
            ),
            Option(
                ("--no-warn-conflicts",),
                "warn_conflicts",
                FLAG,
                "Do not tell which installed packages the changes break",
                constant=False,
            ),
            LINK_MODE,
            Option(
                ("--compile", "--compile-bytecode"),
                "compile",
                FLAG,
                "Compile modules after installing them",
            ),
            Option(
                ("--no-compile", "--no-compile-bytecode"),
                "compile",
                FLAG,
                "Leave compiling to Python (the default)",
                constant=False,
            ),
        ),
    ),
    INDEX,
    SELECTION,
    RESOLUTION,
    BUILDS,
    TARGET,
    CHANGING_BESIDE_BUILDS,
    LOCATION,
    OWN_LOCATION,
    PERMISSION,
    ANYWAY,
    ELSEWHERE,
)


class InstallOptions(NamedTuple):
    """What one `xpip install` is to do."""

    wanted: Wanted
    environment: EnvironmentRequest
    no_deps: bool = False
    upgrade: bool = False
    upgrade_packages: frozenset[str] = frozenset()
    """Normalised."""
    eager: bool = False
    """`--upgrade-strategy eager`."""
    force_reinstall: bool = False
    reinstall_packages: frozenset[str] = frozenset()
    """Normalised."""
    ignore_installed: bool = False
    dry_run: bool = False
    compile: bool = False
    wish: TargetWish | None = None
    """What to install for; None: the Python of the environment."""
    apply: ApplyOptions = ApplyOptions()
    """How the environment is changed."""
    only_deps: bool = False
    report: str = ""
    """File to write, `-` for standard output; empty for none."""
    warn_conflicts: bool = True
    builds: BuildChoices = BuildChoices()


def build(values: OptionValues, positionals: Sequence[str]) -> InstallOptions:
    """Return the options of the command.

    Raises:
        UsageError: A value makes no sense.
    """
    _ensure_possible(values)
    user = values.choice("user")
    return InstallOptions(
        what_is_wanted(values, positionals),
        environment_request(values)._replace(user=user, root=values.text("root")),
        no_deps=values.flag("no_deps"),
        upgrade=values.flag("upgrade"),
        upgrade_packages=_names(values.list("upgrade_package"), "--upgrade-package"),
        eager=values.text("upgrade_strategy") == "eager",
        force_reinstall=values.flag("force_reinstall"),
        reinstall_packages=_names(values.list("reinstall_package"), "--reinstall-package"),
        ignore_installed=values.flag("ignore_installed"),
        dry_run=values.flag("dry_run"),
        compile=values.choice("compile") is True,
        wish=_wish(values),
        apply=apply_options(values),
        only_deps=values.flag("only_deps"),
        report=values.text("report"),
        warn_conflicts=values.choice("warn_conflicts") is not False,
        builds=build_choices(values),
    )


def _ensure_possible(values: OptionValues) -> None:
    """Refuse options that contradict each other, as pip does.

    Raises:
        UsageError: Some do.
    """
    if values.flag("only_deps"):
        for name in ("requirement", "group"):
            if values.list(name):
                raise UsageError(f"`--only-deps` and `--{name}` cannot be used together")
        if values.flag("no_deps"):
            raise UsageError("`--only-deps` and `--no-deps` cannot be used together")
    if values.flag("user"):
        for name in ("target", "prefix"):
            if values.text(name):
                raise UsageError(
                    f"`--user` and `--{name}` cannot be used together: they are different places"
                )
    if values.text("root") and values.text("target"):
        raise UsageError("`--root` and `--target` cannot be used together")
    if len(values.list("script")) > 1:
        raise UsageError("`--requirements-from-script` can be given once only")


def _wish(values: OptionValues) -> TargetWish | None:
    wish = target_wish(values)
    if wish is not None and not values.text("target") and not values.flag("dry_run"):
        given = next(one.name for one in TARGET.options if _is_given(values, one))
        raise UsageError(
            f"`{given}` installs for another machine, which needs `--target` or `--dry-run`",
            hints=("`--target FOLDER` fills a folder that can be taken there",),
        )
    return wish


def _is_given(values: OptionValues, option: Option) -> bool:
    if option.kind == LIST:
        return bool(values.list(option.destination))
    return bool(values.text(option.destination))


def _names(written: Sequence[str], option: str) -> frozenset[str]:
    for name in written:
        if not is_project_name(name):
            raise UsageError(
                f"`{option}` takes the name of a project, not `{name}`",
                hints=("a version is asked for in a requirement or with `-c`",),
            )
    return frozenset(map(normalized_name, written))
