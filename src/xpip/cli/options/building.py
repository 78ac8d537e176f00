"""Options of commands that may build sources."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, INTEGER, LIST, PATH, SECONDS, Option, OptionGroup
from xpip.formats.wheel_name import is_project_name
from xpip.model.building import LOCK_TIMEOUT, BuildOptions
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.cli.options.values import OptionValues

ALL, ASK, NONE = "all", "ask", "none"

BUILDS = OptionGroup(
    "Builds",
    (
        Option(
            ("--no-build-isolation",),
            "no_build_isolation",
            FLAG,
            "Build in the environment itself, which must have what builds need",
        ),
        Option(
            ("--build-isolation",),
            "no_build_isolation",
            FLAG,
            "Build in environments of xpip's own (the default)",
            constant=False,
        ),
        Option(
            ("--no-build-isolation-package",),
            "no_build_isolation_package",
            LIST,
            "Build this project in the environment itself",
            "NAME",
        ),
        Option(
            ("-b", "--build-constraint", "--build-constraints"),
            "build_constraint",
            LIST,
            "Narrow the versions of what builds need by this file",
            "FILE",
        ),
        Option(
            ("-C", "--config-settings", "--config-setting"),
            "config_settings",
            LIST,
            "Hand this setting to the build backends of what is named; repeat for several",
            "KEY=VALUE",
        ),
        Option(
            ("--config-settings-package",),
            "config_settings_package",
            LIST,
            "Hand this setting to the build backend of one project",
            "NAME:KEY=VALUE",
        ),
        Option(
            ("--builds",),
            "builds",
            help="What may be built: `all`, `none`, names of projects, or `ask` for each",
            metavar="WHICH",
            own=True,
        ),
        Option(
            ("--concurrent-builds",),
            "concurrent_builds",
            INTEGER,
            "Build at most so many projects at once",
            "NUMBER",
        ),
        Option(
            ("--lock-timeout",),
            "lock_timeout",
            SECONDS,
            "Wait so long for another process that builds or changes the same (300)",
            "SECONDS",
            own=True,
        ),
        Option(
            ("--check-build-dependencies",),
            "check_build_dependencies",
            FLAG,
            "Without build isolation, refuse a build that lacks something",
        ),
        Option(("--no-clean",), "no_clean", FLAG, "Leave the folders of builds where they are"),
        Option(
            ("--src", "--source-dir", "--source", "--source-directory"),
            "src",
            PATH,
            "Check out editable projects below this folder",
            "FOLDER",
        ),
    ),
)


class BuildChoices(NamedTuple):
    """What was said of builds."""

    options: BuildOptions = BuildOptions()
    """But for the constraints, whose files are not read yet."""
    constraint_files: tuple[str, ...] = ()
    """As written; relative to the current folder."""
    source_folder: str = ""
    """`--src` as written; empty when nobody said it."""
    exists_action: str = ""
    """First letter of what to do with another checkout that is in the way; empty for none."""


def build_choices(values: OptionValues) -> BuildChoices:
    """Return what command line, variables and files of configuration say of builds.

    Raises:
        UsageError: A value makes no sense.
    """
    allowed, ask = _allowed(values.text("builds", ALL), values.text_source("builds"))
    options = BuildOptions(
        not values.flag("no_build_isolation"),
        frozenset(_names(values.sourced("no_build_isolation_package"))),
        tuple(_setting(text, source) for text, source in values.sourced("config_settings")),
        tuple(
            _package_setting(text, source)
            for text, source in values.sourced("config_settings_package")
        ),
        concurrency=values.integer("concurrent_builds", 0),
        lock_timeout=values.seconds("lock_timeout", LOCK_TIMEOUT),
        check_requirements=values.flag("check_build_dependencies"),
        keep_folders=values.flag("no_clean"),
        allowed=allowed,
        ask=ask,
    )
    return BuildChoices(
        options,
        values.list("build_constraint"),
        values.text("src"),
        _action(values.list("exists_action")),
    )


def _action(written: Sequence[str]) -> str:
    return written[-1][0] if written else ""


def _allowed(text: str, source: str) -> tuple[frozenset[str] | None, bool]:
    """Return the projects that may be built, None for all, and whether to ask about others."""
    words = text.replace(",", " ").split()
    if words == [ALL]:
        return None, False
    if words == [NONE]:
        return frozenset(), False
    names = [word for word in words if word != ASK]
    if not words or ALL in names or NONE in names:
        raise UsageError(f"{source} takes `all`, `none`, `ask` or names of projects")
    return frozenset(_names((name, source) for name in names)), ASK in words


def _names(written: Iterable[tuple[str, str]]) -> Sequence[str]:
    names = []
    for text, source in written:
        for name in text.replace(",", " ").split():
            if not is_project_name(name):
                raise UsageError(f"{source} takes names of projects, not `{redact_text(name)}`")
            names.append(normalized_name(name))
    return names


def _setting(text: str, source: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"{source} takes `KEY=VALUE`, not `{redact_text(text)}`")
    return key, value


def _package_setting(text: str, source: str) -> tuple[str, str, str]:
    name, colon, setting = text.partition(":")
    if not colon or not is_project_name(name) or "=" not in setting:
        raise UsageError(f"{source} takes `NAME:KEY=VALUE`, not `{redact_text(text)}`")
    return (normalized_name(name), *_setting(setting, source))
