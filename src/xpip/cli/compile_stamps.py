"""Which compilations tier 0 may repeat, and on what each of them depends.

A stamp must never say what a full run would not say. So only those runs leave one that asked
nobody, built nothing and warned of nothing, because the resolver's answer was remembered
(`operations/resolve.py`); what is doubtful is left out.
"""

from __future__ import annotations

import os

from xpip.cli import repeated_compile, unchanged
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.cli.compiling import Compilation
    from xpip.cli.options.compile import CompileOptions
    from xpip.cli.settings import Settings
    from xpip.model.requirement import RequirementSources
    from xpip.store.resolutions import RememberedResolution
    from xpip.terminal.console import Console

    Answer = tuple[bytes | None, bytes | None, int, str, str]
    """What the output file held, what was written to it, exit code, standard output and error."""

_VARIABLES = ("CUSTOM_COMPILE_COMMAND", "TZ")
"""Variables that decide what is written, besides those that settings look at."""
_TIME_ZONE = "/etc/localtime"
_FOUND_ALONE = ("requirements.in", "setup.py", "pyproject.toml", "setup.cfg")
"""What is looked for where no source is named."""
_BUILT = ("setup.py", "setup.cfg")
"""What other files beside them decide about, too."""


class Compiled(NamedTuple):
    """One run that came to an end, with what decided it."""

    code: int
    """Exit code."""
    before: bytes | None
    """What the output file held; None when there was none."""
    written: bytes | None
    """What was written to it; None for nothing."""
    sources: RequirementSources
    consulted: tuple[str, ...]
    """Absolute paths that decided which interpreter it is for."""
    remembered: RememberedResolution | None
    """The answer that the resolver had remembered; None when it had to look."""


def remember_compilation(
    done: Compiled,
    work: Compilation,
    options: CompileOptions,
    settings: Settings,
    console: Console,
) -> bool:
    """Have tier 0 repeat this very run from now on, and say whether it will."""
    remembered = done.remembered
    if remembered is None or not _may_be_repeated(done, work, options, settings, console):
        return False
    place = os.path.join(settings.cwd, work.output) if work.output else ""
    try:
        if place:
            repeated_compile.read_output(place)
    except OSError:
        return False  # It is a link, a pipe or a folder.
    evidence = tuple(tuple(item[:4]) for item in remembered.evidence)
    argv, fresh_until = settings.argv, remembered.fresh_until
    answer: Answer = (
        done.before,
        done.written,
        done.code,
        "".join(console.stdout_text),
        "".join(console.stderr_text),
    )
    known = repeated_compile.known_answers(argv, fresh_until, evidence, place)
    answers = [answer, *(other for other in known if other[0] != done.before)]
    packed = repeated_compile.packed_answers(answers[: repeated_compile.MAXIMUM_ANSWERS])
    return unchanged.remember(
        argv,
        settings.store.root,
        (*settings.consulted, *done.consulted, *_paths(done, work, options, settings)),
        (fresh_until, evidence, place, *packed),
        settings.now,
        (*settings.variables, *done.sources.variables, *_VARIABLES),
    )


def _may_be_repeated(
    done: Compiled,
    work: Compilation,
    options: CompileOptions,
    settings: Settings,
    console: Console,
) -> bool:
    """Say whether nothing but files, variables, arguments and pages decides about the run."""
    output = settings.output
    if output.verbosity > 0 or output.log or output.timings or output.debug or console.has_labels:
        return False
    if not settings.store.root or settings.index_options.offline or settings.moves_with_time:
        return False
    # Where these folders are, and what is beside the files in them, is not looked at by a stamp.
    if settings.is_moved or settings.project or done.sources.find_links:
        return False
    if work.built or done.sources.is_volatile or options.builds.constraint_files:
        return False
    return not any(os.path.basename(name) in _BUILT for name in options.sources)


def _paths(
    done: Compiled, work: Compilation, options: CompileOptions, settings: Settings
) -> Iterator[str]:
    """Yield the absolute paths of the user's files that were read or looked for."""
    yield from done.sources.files
    yield _TIME_ZONE
    names = [path for path, _ in options.upgrade_groups]
    names += settings.excludes
    if work.project:
        names.append(work.project)
    if not options.sources:
        names += _FOUND_ALONE
    for name in names:
        yield os.path.normpath(os.path.join(settings.cwd, name))
