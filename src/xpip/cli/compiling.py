"""What `compile` and `lock` share: resolve what was read, and write it where it was asked for."""

from __future__ import annotations

import os

from xpip.cli.access import access_for
from xpip.cli.assembly import StoreInUse, find, make_reporter, standard_streams
from xpip.cli.builds import with_builds
from xpip.cli.compile_stamps import Compiled, remember_compilation
from xpip.cli.compiled_text import header_lines, option_lines
from xpip.cli.settings import with_adjustments, with_sources
from xpip.cli.sources import ensure_scripts_fit
from xpip.documents import is_stream, read_optional_document, write_document
from xpip.errors import RequirementError, UsageError
from xpip.formats.lock_names import is_lock_name
from xpip.formats.pinned_requirements import PinnedFile, compare_versions, format_pins
from xpip.model.names import leading_name, normalized_name
from xpip.model.origin import ArgumentOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementText
from xpip.operations.compile import CompileRequest, make_pins, pins_to_keep, resolve_sources
from xpip.terminal.reports import compiled_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.compile import CompileOptions
    from xpip.cli.settings import Settings
    from xpip.environment.discover import Discovery
    from xpip.formats.pinned_requirements import Pin
    from xpip.model.environment import Interpreter
    from xpip.model.lock import LockedPackage
    from xpip.model.requirement import RequirementSources
    from xpip.model.resolution import Resolution
    from xpip.model.target import Target
    from xpip.operations.built_projects import BuiltProject
    from xpip.operations.lock import LockPart
    from xpip.store.layout import Store
    from xpip.store.resolutions import RememberedResolution
    from xpip.terminal.console import Console

LOCK_FORMAT = "pylock.toml"


class Compilation(NamedTuple):
    """What is to be pinned, and where it is to be written."""

    sources: RequirementSources
    output: str
    """As written; empty for standard output."""
    is_lock: bool = False
    parts: tuple[LockPart, ...] = ()
    """Of a project whose extras and groups can be chosen when its lock is installed; their
    requirements are the first of `sources`."""
    requires_python: str = ""
    """Of the project; empty when there is none, or several."""
    project: str = ""
    """File of the project, as messages name it."""
    built: tuple[BuiltProject, ...] = ()
    """Projects whose build backends have to be asked for more requirements."""
    scripts: tuple[str, ...] = ()
    """Scripts among the sources, which may be for some Pythons only."""


class _Written(NamedTuple):
    """What comes of a compilation."""

    text: str
    versions: tuple[tuple[str, str], ...]
    """(normalised name, version) of what is written, sorted; empty for what has no version."""
    packages: tuple[Pin, ...] | tuple[LockedPackage, ...]


def compile_and_write(
    work: Compilation, options: CompileOptions, settings: Settings, console: Console
) -> int:
    """Resolve and write what has changed; return the exit code.

    Raises:
        XpipError: There is no solution, or a file cannot be used; the output is as it was.
    """
    sources = with_adjustments(work.sources, settings)
    sources = sources._replace(constraints=sources.constraints + _narrowing(options))
    settings = with_sources(settings, sources)
    output = work.output
    before = _written_before(output, settings.cwd)
    kept: tuple[tuple[str, str], ...] = ()
    if before is not None and not options.upgrade:
        kept = pins_to_keep(before, output, _upgraded(options, settings.cwd))
    access = access_for(settings, console)
    noted: list[RememberedResolution] = []
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        discovery = _discover(options, settings, store)
        interpreter = discovery.environment.interpreter
        # What sources need is told by the Python at hand, for whatever machine it is pinned.
        access = with_builds(access, options.builds, settings, sources, interpreter)
        target = _target(options, interpreter)
        ensure_scripts_fit(work.scripts, settings, target.python_version)
        if work.built:
            from xpip.operations.built_projects import BuiltQuestion, read_built

            question = BuiltQuestion(work.built, target, settings.policy, settings.cwd)
            texts = read_built(question, store, access, reporter)
            sources = sources._replace(requirements=sources.requirements + texts)
        request = CompileRequest(
            sources,
            target,
            settings.policy,
            settings.cwd,
            kept,
            options.no_deps,
            options.hashes,
            options.strip_extras,
            work.is_lock,
            noted.append,
        )
        if work.project:
            from xpip.operations.lock import ensure_python

            ensure_python(work.requires_python, request.target, work.project)
        resolution = resolve_sources(request, store, access, reporter)
    if work.is_lock:
        written = _lock(resolution, request, work, options, settings)
    else:
        written = _pins(resolution, request, work, options, settings)
    if kept and before is not None and (work.is_lock or options.hashes):
        _ensure_hashes_fit(written, before, output, kept)
    place = (options, settings, output)
    code, data = _finish(written, before, sources.files, place, console)
    done = Compiled(code, before, data, sources, discovery.consulted, noted[0] if noted else None)
    remember_compilation(done, work, options, settings, console)
    return code


def _written_before(output: str, cwd: str) -> bytes | None:
    path = os.path.join(cwd, output)
    return read_optional_document(path) if output and not is_stream(path) else None


def is_lock_wanted(options: CompileOptions, output: str) -> bool:
    """Say whether a lock file is to be written, by option or by the name of the output.

    Raises:
        UsageError: They contradict each other, so that nobody would know how to read the file.
    """
    named_so = is_lock_name(os.path.basename(output))
    if not options.format:
        return named_so
    wanted = options.format == LOCK_FORMAT
    if output and wanted != named_so:
        raise UsageError(
            f"`--format {options.format}` does not go with the output file `{output}`",
            hints=("lock files are named `pylock.toml` or `pylock.NAME.toml`, others are not",),
        )
    return wanted


def _narrowing(options: CompileOptions) -> tuple[RequirementText, ...]:
    return tuple(
        RequirementText(text, ArgumentOrigin(f"--upgrade-package {text}"))
        for text in options.upgrade_packages
        if normalized_name(text) != leading_name(text)
    )


def _upgraded(options: CompileOptions, cwd: str) -> frozenset[str]:
    """Return the normalised names of projects whose versions are not kept."""
    texts = list(options.upgrade_packages)
    for path, group in options.upgrade_groups:
        from xpip.operations.project_files import read_group

        texts += [requirement.text for requirement in read_group(path, cwd, group)]
    return frozenset(map(leading_name, texts))


def _discover(options: CompileOptions, settings: Settings, store: Store) -> Discovery:
    # Any Python will do and no environment has to be there, which is so for `--target`.
    request = options.environment._replace(target=settings.cwd, require_virtualenv=False)
    return find(request, settings, store)


def _target(options: CompileOptions, interpreter: Interpreter) -> Target:
    target = interpreter.target
    if options.wish is None:
        return target
    from xpip.environment.foreign_target import wished_target

    return wished_target(target, options.wish)


def _pins(
    resolution: Resolution,
    request: CompileRequest,
    work: Compilation,
    options: CompileOptions,
    settings: Settings,
) -> _Written:
    pins = make_pins(resolution, request)
    written = tuple(pin for pin in pins if pin.name not in options.left_out)
    emit = options.emit
    file = PinnedFile(
        written,
        header_lines(settings, emit.command) if emit.header else (),
        option_lines(settings, emit, work.output) if emit.options else (),
        tuple(pin.name for pin in pins if pin.name in options.left_out),
        emit.annotations,
        indexes=emit.indexes,
    )
    versions = tuple((pin.name, pin.version) for pin in written)
    return _Written(format_pins(file), versions, written)


def _lock(
    resolution: Resolution,
    request: CompileRequest,
    work: Compilation,
    options: CompileOptions,
    settings: Settings,
) -> _Written:
    from xpip.formats.pylock_text import format_lock
    from xpip.operations.lock import LockScope, make_lock

    scope = LockScope(
        request.target,
        work.parts,
        work.requires_python,
        settings.index_options.indexes,
        options.left_out,
    )
    lock = make_lock(resolution, request.sources.requirements, scope)
    emit = options.emit
    header = header_lines(settings, emit.command) if emit.header else ()
    folder = os.path.dirname(os.path.join(settings.cwd, work.output or LOCK_FORMAT))
    text = format_lock(lock, os.path.normpath(folder), header, urls=emit.urls)
    versions = tuple((package.name, package.version) for package in lock.packages)
    return _Written(text, versions, lock.packages)


def _ensure_hashes_fit(
    written: _Written, before: bytes, output: str, kept: tuple[tuple[str, str], ...]
) -> None:
    """Refuse to write other hashes for a version whose files were all replaced.

    Raises:
        IntegrityError: There is one, and it was not to be upgraded.
    """
    if written.text.encode() == before:
        return
    from xpip.operations.kept_hashes import ensure_hashes_fit

    ensure_hashes_fit(before, output, kept, written.packages)


def _finish(
    written: _Written,
    before: bytes | None,
    sources: Sequence[str],
    place: tuple[CompileOptions, Settings, str],
    console: Console,
) -> tuple[int, bytes | None]:
    """Write what has changed and say so; return the exit code and what was written, if anything."""
    options, settings, output = place
    data = _with_newlines(written.text, options.newline, before, sources).encode()
    if written.text and (not output or options.dry_run):
        console.out(written.text.removesuffix("\n"))
    if not output:
        return 0, None
    number = len(written.versions)
    if data == before:
        console.note(f"{compiled_line(output, number, ())}, nothing changes")
        return 0, None
    is_trial = options.check or options.dry_run
    if not is_trial:
        write_document(os.path.join(settings.cwd, output), data)
    difference = compare_versions(_known(before, output), written.versions)
    for name, old, new in difference.changed:
        console.detail(f"{name} {old} -> {new}")
    changes = (
        ("added", len(difference.added)),
        ("removed", len(difference.removed)),
        ("changed", len(difference.changed)),
    )
    line = compiled_line(output, number, changes)
    console.note(f"{line}, not written" if is_trial else line)
    return (1 if options.check else 0), (None if is_trial else data)


def _with_newlines(text: str, wanted: str, before: bytes | None, sources: Sequence[str]) -> str:
    """Return text with the ends of lines that were asked for.

    `preserve` is what the output has so far, else what the first file with any has, as in
    pip-compile.
    """
    kind = wanted.lower()
    if kind == "preserve":
        # Standard input cannot be read again.
        paths = (path for path in sources if os.path.isfile(path))
        found = before or next((read_optional_document(path) for path in paths), b"") or b""
        kind = "crlf" if found.partition(b"\n")[0].endswith(b"\r") else "lf"
        return text.replace("\n", "\r\n") if kind == "crlf" else text
    end = os.linesep if kind == "native" else {"lf": "\n", "crlf": "\r\n"}[kind]
    return text if end == "\n" else text.replace("\n", end)


def _known(before: bytes | None, output: str) -> Sequence[tuple[str, str]]:
    if before is None:
        return ()
    try:
        return pins_to_keep(before, output, frozenset())
    except RequirementError:
        # With `--upgrade` nobody minds what stood there.
        return ()
