"""Install packages into an environment."""

from __future__ import annotations

from xpip.cli.options.groups import (
    INDEX,
    LOCATION,
    PERMISSION,
    RESOLUTION,
    SELECTION,
    environment_request,
)
from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, LIST, Option, OptionGroup
from xpip.formats.wheel_name import is_project_name
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.foreign_target import TargetWish

USAGE = "[REQUIREMENT]..."

TARGET = OptionGroup(
    "Another machine, with --target or --dry-run",
    (
        Option(
            ("--platform",),
            "platform",
            LIST,
            "Install for this platform, such as manylinux2014_x86_64; repeat for several",
            "PLATFORM",
        ),
        Option(
            ("--python-version",),
            "python_version",
            help="Install for this Python, such as 3.12 or 3.12.4",
            metavar="VERSION",
        ),
        Option(
            ("--implementation",),
            "implementation",
            help="Install for this implementation of Python",
            metavar="NAME",
            choices=("cp", "pp", "ip", "jy", "py"),
        ),
        Option(
            ("--abi",),
            "abi",
            LIST,
            "Install for this ABI, such as cp311; repeat for several",
            "ABI",
        ),
        Option(
            ("--python-platform",),
            "python_platform",
            help="Install for this platform, such as windows or x86_64-manylinux_2_28",
            metavar="PLATFORM",
        ),
    ),
)

GROUPS = (
    OptionGroup(
        "Requirements",
        (
            Option(
                ("-r", "--requirement", "--requirements"),
                "requirement",
                LIST,
                "Install what this file lists",
                "FILE",
            ),
            Option(
                ("-c", "--constraint", "--constraints"),
                "constraint",
                LIST,
                "Narrow versions by this file",
                "FILE",
            ),
            Option(("-e", "--editable"), "editable", LIST, "Install a folder editable", "FOLDER"),
            Option(
                ("--no-deps", "--no-dependencies"),
                "no_deps",
                FLAG,
                "Do not install what the requirements need",
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
            Option(
                ("--resolver",),
                "resolver",
                help="Which engine resolves: pubgrub (the default), or backtracking as in pip",
                metavar="NAME",
                choices=("pubgrub", "backtracking"),
            ),
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
                ("--link-mode",),
                "link_mode",
                help="How files come from the cache",
                metavar="MODE",
                choices=("auto", "reflink", "clone", "hardlink", "copy"),
            ),
            Option(("--compile",), "compile", FLAG, "Compile modules after installing them"),
            Option(
                ("--no-compile",),
                "compile",
                FLAG,
                "Leave compiling to Python (the default)",
                constant=False,
            ),
            Option(("--no-warn-script-location",), "", FLAG, constant=False),
            Option(("--use-pep517",), "", FLAG),
        ),
    ),
    INDEX,
    SELECTION,
    RESOLUTION,
    TARGET,
    LOCATION,
    PERMISSION,
)


class InstallOptions(NamedTuple):
    """What one `xpip install` is to do."""

    requirements: tuple[str, ...]
    """As written, in order."""
    editables: tuple[str, ...]
    requirement_files: tuple[str, ...]
    """As written; relative to the current folder."""
    constraint_files: tuple[str, ...]
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
    link_mode: str = "auto"
    """`auto`, `reflink`, `hardlink` or `copy`."""
    compile: bool = False
    wish: TargetWish | None = None
    """What to install for; None: the Python of the environment."""


def build(values: OptionValues, positionals: Sequence[str]) -> InstallOptions:
    """Return the options of the command.

    Raises:
        UsageError: A value makes no sense.
    """
    link_mode = values.text("link_mode", "auto")
    return InstallOptions(
        tuple(positionals),
        values.list("editable"),
        values.list("requirement"),
        values.list("constraint"),
        environment_request(values),
        no_deps=values.flag("no_deps"),
        upgrade=values.flag("upgrade"),
        upgrade_packages=_names(values.list("upgrade_package"), "--upgrade-package"),
        eager=values.text("upgrade_strategy") == "eager",
        force_reinstall=values.flag("force_reinstall"),
        reinstall_packages=_names(values.list("reinstall_package"), "--reinstall-package"),
        ignore_installed=values.flag("ignore_installed"),
        dry_run=values.flag("dry_run"),
        link_mode="reflink" if link_mode == "clone" else link_mode,
        compile=values.choice("compile") is True,
        wish=_wish(values),
    )


def _wish(values: OptionValues) -> TargetWish | None:
    platforms, abis = values.list("platform"), values.list("abi")
    texts = {
        name: values.text(name) for name in ("python_version", "implementation", "python_platform")
    }
    if not (platforms or abis or any(texts.values())):
        return None
    from xpip.environment.foreign_target import TargetWish

    if not values.text("target") and not values.flag("dry_run"):
        given = [name for name, value in (("platform", platforms), ("abi", abis)) if value]
        given += [name.replace("_", "-") for name, value in texts.items() if value]
        raise UsageError(
            f"`--{given[0]}` installs for another machine, which needs `--target` or `--dry-run`",
            hints=("`--target FOLDER` fills a folder that can be taken there",),
        )
    return TargetWish(platforms, abis=abis, **texts)


def _names(written: Sequence[str], option: str) -> frozenset[str]:
    for name in written:
        if not is_project_name(name):
            raise UsageError(
                f"`{option}` takes the name of a project, not `{name}`",
                hints=("a version is asked for in a requirement or with `-c`",),
            )
    return frozenset(map(normalized_name, written))
