"""Show what xpip sees of this machine, for people who look for a mistake."""

from __future__ import annotations

import sys

from xpip import __version__
from xpip.cli.assembly import StoreInUse, find
from xpip.errors import EnvironmentFault
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.cli.options.debug import DebugOptions
    from xpip.cli.settings import Settings
    from xpip.environment.discover import Discovery
    from xpip.environment.foreign_target import TargetWish
    from xpip.model.target import Target
    from xpip.terminal.console import Console

_NOT_STABLE = (
    "This command is only meant for debugging. Do not use this with automation for parsing and"
    " getting these details, since the output and options of this command may change without"
    " notice."
)
_SHOWN_TAGS = 10
_LIBRARIES = (
    "packaging", "platformdirs", "pyproject-hooks", "resolvelib", "rich", "tomli",
    "tomli-w", "truststore",
)  # fmt: skip


def run(options: DebugOptions, settings: Settings, console: Console) -> int:
    """Write versions, places, configuration and accepted tags."""
    console.warning(_NOT_STABLE)
    facts = [*_own_facts(), *_setting_facts(settings)]
    with StoreInUse(settings, console) as store:
        request = options.environment._replace(require_virtualenv=False)
        try:
            discovery = find(request, settings, store)
        except EnvironmentFault as fault:
            facts.append(("environment", f"none: {fault.summary}"))
            discovery = find(request._replace(target=settings.cwd), settings, store)
        else:
            facts += _environment_facts(discovery)
    target = discovery.environment.interpreter.target
    if options.wish is not None:
        from xpip.environment.foreign_target import wished_target

        target = wished_target(target, options.wish)
    lines = [f"{name}: {value}" for name, value in facts]
    lines += ["library versions:", *(f"  {line}" for line in _library_lines())]
    lines += _tag_lines(target, options.wish, everything=settings.output.verbosity > 0)
    console.out("\n".join(lines))
    return 0


def _own_facts() -> list[tuple[str, str]]:
    import locale

    return [
        ("xpip version", f"xpip {__version__} (python {sys.version.split()[0]})"),
        ("sys.version", sys.version.replace("\n", " ")),
        ("sys.executable", sys.executable),
        ("sys.getdefaultencoding", sys.getdefaultencoding()),
        ("sys.getfilesystemencoding", sys.getfilesystemencoding()),
        ("locale.getencoding", locale.getpreferredencoding(False)),
        ("sys.platform", sys.platform),
        ("sys.implementation.name", sys.implementation.name),
    ]


def _setting_facts(settings: Settings) -> list[tuple[str, str]]:
    network = settings.network
    facts = [
        ("cache", settings.store.root or "none"),
        ("indexes", _joined(map(redact, settings.index_options.indexes))),
        ("find-links", _joined(map(redact, settings.index_options.find_links))),
        ("certificates", network.certificates or "those of the system"),
        ("http proxy", redact(network.http_proxy) or "none"),
        ("https proxy", redact(network.https_proxy) or "none"),
    ]
    facts += [("configuration file", path) for path in settings.consulted]
    facts += [
        (f"variable {name}", redact(settings.environ[name]))
        for name in settings.variables
        if name in settings.environ
    ]
    return facts


def _joined(values: Iterable[str]) -> str:
    return " ".join(values) or "none"


def _environment_facts(discovery: Discovery) -> list[tuple[str, str]]:
    environment = discovery.environment
    interpreter = environment.interpreter
    return [
        ("environment", f"{environment.layout.prefix} ({environment.origin})"),
        ("interpreter", f"{interpreter.executable} ({interpreter.target.python_version})"),
        ("base interpreter", interpreter.base_executable),
        ("library folders", _joined(environment.layout.library_folders())),
        ("externally managed", "no" if environment.externally_managed is None else "yes"),
    ]


def _library_lines() -> list[str]:
    from importlib.metadata import PackageNotFoundError, version

    lines = []
    for name in _LIBRARIES:
        try:
            lines.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            continue
    return lines


def _tag_lines(target: Target, wish: TargetWish | None, *, everything: bool) -> list[str]:
    given = _given(wish)
    suffix = f" (target: {given})" if given else ""
    lines = [f"Compatible tags: {len(target.tags)}{suffix}"]
    is_cut = not everything and len(target.tags) > _SHOWN_TAGS
    shown = target.tags[:_SHOWN_TAGS] if is_cut else target.tags
    lines += [f"  {tag}" for tag in shown]
    if is_cut:
        lines += ["  ...", f"  [First {_SHOWN_TAGS} tags shown. Pass --verbose to show all.]"]
    return lines


def _given(wish: TargetWish | None) -> str:
    """Return a wish as pip words it."""
    if wish is None:
        return ""
    parts = []
    for name, value in wish._asdict().items():
        if value:
            shown = repr(list(value)) if isinstance(value, tuple) else repr(value)
            parts.append(f"{name}={shown}")
    return " ".join(parts)
