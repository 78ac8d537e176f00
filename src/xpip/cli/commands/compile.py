"""Pin all that is needed and write it as a requirements file."""

from __future__ import annotations

import os

from xpip.cli.assembly import StoreInUse, find, make_reporter, standard_streams
from xpip.cli.compiled_text import header_lines, option_lines
from xpip.cli.settings import with_adjustments, with_sources
from xpip.documents import read_optional_document, write_document
from xpip.environment.cross_target import target_for
from xpip.errors import RequirementError, UsageError
from xpip.formats.pinned_requirements import Pin, PinnedFile, compare_pins, format_pins
from xpip.model.names import leading_name, normalized_name
from xpip.model.origin import ArgumentOrigin
from xpip.model.records import TYPE_CHECKING
from xpip.model.requirement import RequirementText
from xpip.operations.compile import CompileRequest, pins_to_keep, resolve_pins
from xpip.operations.project_files import ProjectWish, is_project_file, read_group, read_project
from xpip.operations.requirements import STANDARD_INPUT, read_sources
from xpip.operations.resolve import Access
from xpip.terminal.reports import compiled_line

if TYPE_CHECKING:
    from xpip.cli.options.compile import CompileOptions
    from xpip.cli.settings import Settings
    from xpip.model.requirement import RequirementSources
    from xpip.model.target import Target
    from xpip.store.layout import Store
    from xpip.terminal.console import Console

_SOURCES = ("requirements.in", "pyproject.toml")
"""Looked for in this order where no source is named, as pip-compile does."""


def run(options: CompileOptions, settings: Settings, console: Console) -> int:
    """Write the pins, or say what they are."""
    names = _sources(options, settings.cwd)
    output = _output(options, names)
    sources = with_adjustments(_read(options, settings, names), settings)
    settings = with_sources(settings, sources)
    before = read_optional_document(os.path.join(settings.cwd, output)) if output else None
    kept: tuple[tuple[str, str], ...] = ()
    if before is not None:
        upgraded = frozenset(leading_name(text) for text in options.upgrade_packages)
        kept = () if options.upgrade else pins_to_keep(before, output, upgraded)
    access = Access(settings.index_options, settings.network, settings.now)
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        request = CompileRequest(
            sources,
            _target(options, settings, store),
            settings.policy,
            settings.cwd,
            kept,
            options.no_deps,
            options.hashes,
            options.strip_extras,
        )
        pins = resolve_pins(request, store, access, reporter)
    text = _text(pins, options, settings, output)
    return _finish(text, before, (options, settings, output), pins, console)


def _finish(
    text: str,
    before: bytes | None,
    place: tuple[CompileOptions, Settings, str],
    pins: tuple[Pin, ...],
    console: Console,
) -> int:
    """Write what has changed and say so."""
    options, settings, output = place
    data = text.encode()
    if text and (not output or options.dry_run):
        console.out(text.removesuffix("\n"))
    if not output:
        return 0
    written = _written(pins, options)
    if data == before:
        console.note(f"{compiled_line(output, len(written), ())}, nothing changes")
        return 0
    is_trial = options.check or options.dry_run
    if not is_trial:
        write_document(os.path.join(settings.cwd, output), data)
    difference = compare_pins(_known(before, output), written)
    for name, old, new in difference.changed:
        console.detail(f"{name} {old} -> {new}")
    changes = (
        ("added", len(difference.added)),
        ("removed", len(difference.removed)),
        ("changed", len(difference.changed)),
    )
    line = compiled_line(output, len(written), changes)
    console.note(f"{line}, not written" if is_trial else line)
    return 1 if options.check else 0


def _known(before: bytes | None, output: str) -> tuple[tuple[str, str], ...]:
    try:
        return pins_to_keep(before or b"", output, frozenset())
    except RequirementError:
        # With `--upgrade` nobody minds what stood there.
        return ()


def _written(pins: tuple[Pin, ...], options: CompileOptions) -> tuple[Pin, ...]:
    return tuple(pin for pin in pins if pin.name not in options.left_out)


def _text(pins: tuple[Pin, ...], options: CompileOptions, settings: Settings, output: str) -> str:
    written = _written(pins, options)
    file = PinnedFile(
        written,
        header_lines(settings, options.emit.command) if options.emit.header else (),
        option_lines(settings, options.emit, output) if options.emit.options else (),
        tuple(pin.name for pin in pins if pin.name in options.left_out),
        options.emit.annotations,
    )
    return format_pins(file)


def _sources(options: CompileOptions, cwd: str) -> tuple[str, ...]:
    if options.sources or options.wanted.groups:
        return options.sources
    for name in _SOURCES:
        if os.path.exists(os.path.join(cwd, name)):
            return (name,)
    raise UsageError(
        "nothing to compile was named",
        hints=("name a file of requirements, `pyproject.toml`, or `-` for standard input",),
    )


def _output(options: CompileOptions, names: tuple[str, ...]) -> str:
    """Return the file to write, empty for standard output."""
    if options.output:
        return "" if options.output == STANDARD_INPUT else options.output
    if options.sources and not options.is_pip_compile:
        return ""
    # A command line written for pip-compile expects its choice of a name.
    if len(names) != 1 or names[0] == STANDARD_INPUT:
        return ""
    folder, name = os.path.split(names[0])
    stem, dot, suffix = name.rpartition(".")
    name = f"{stem}.txt" if dot and suffix == "in" else "requirements.txt"
    return os.path.join(folder, name)


def _read(
    options: CompileOptions, settings: Settings, names: tuple[str, ...]
) -> RequirementSources:
    wish = ProjectWish(options.wanted.extras, options.wanted.all_extras)
    texts: list[RequirementText] = []
    for name in names:
        if is_project_file(name):
            texts += read_project(name, settings.cwd, wish)
    if (wish.extras or wish.all_extras) and not any(map(is_project_file, names)):
        raise UsageError("`--extra` and `--all-extras` need a `pyproject.toml` among the sources")
    for path, group in options.wanted.groups:
        texts += read_group(path, settings.cwd, group)
    sources = read_sources(
        texts,
        [name for name in names if not is_project_file(name)],
        options.constraint_files,
        settings.environ,
        settings.cwd,
    )
    narrowing = tuple(
        RequirementText(text, ArgumentOrigin(f"--upgrade-package {text}"))
        for text in options.upgrade_packages
        if normalized_name(text) != leading_name(text)
    )
    return sources._replace(constraints=sources.constraints + narrowing)


def _target(options: CompileOptions, settings: Settings, store: Store) -> Target:
    # Any Python will do and no environment has to be there, which is so for `--target`.
    request = options.environment._replace(target=settings.cwd, require_virtualenv=False)
    target = find(request, settings, store).environment.interpreter.target
    return target_for(target, options.python_version, options.python_platform)
