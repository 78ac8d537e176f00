"""List where pip would have behaved differently in a project."""

from __future__ import annotations

import os

from xpip.cli.configuration import are_files_off, from_variables, pip_files
from xpip.cli.migration_speaker import CommandLines
from xpip.documents import read_optional_document
from xpip.errors import XpipError
from xpip.model.migration import DIFFERS, NEEDLESS, REFUSED
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact_text
from xpip.operations.migration import Configured, explain
from xpip.operations.migration_files import configured_keys, gather_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xpip.cli.options.explain_migration import MigrationOptions
    from xpip.cli.settings import Settings
    from xpip.model.migration import Finding
    from xpip.operations.migration_files import Gathered
    from xpip.terminal.console import Console

_WORDS = {DIFFERS: "different", REFUSED: "refused", NEEDLESS: "needless"}
_FORM = 1
"""Of the JSON answer; a key is only ever added."""


def run(options: MigrationOptions, settings: Settings, console: Console) -> int:
    """Write what was found; the exit code does not depend on it."""
    folder = os.path.normpath(os.path.join(settings.cwd, options.path))
    gathered = gather_project(folder, options.path)
    configured = (*gathered.texts.configured, *_machine(settings, folder, console))
    findings = explain(gathered.texts._replace(configured=configured), CommandLines())
    for warning in gathered.warnings:
        console.warning(warning)
    if options.json:
        import json

        console.out(json.dumps(_as_json(findings, gathered), indent=2))
    else:
        console.out("\n".join(_lines(findings, gathered)))
    return 0


def _machine(settings: Settings, folder: str, console: Console) -> Iterator[Configured]:
    """Yield what pip's files and variables of this machine and user say."""
    sources = settings.configuration
    if sources is None or settings.isolated:
        return
    for name, setting in from_variables(sources.environ, "PIP_").items():
        variable = f"PIP_{name.upper().replace('-', '_')}"
        shown = redact_text(f"{variable}={setting.value}")
        yield Configured(f"the variable `{variable}`", 0, name, setting.value, shown)
    if are_files_off(sources):
        return
    for paths in pip_files(sources, isolated=False).values():
        for path in (os.path.join(sources.cwd, written) for written in paths):
            if path.startswith(f"{folder}/"):
                continue
            try:
                data = read_optional_document(path)
                if data is not None:
                    yield from configured_keys(data.decode("utf-8", "replace"), path)
            except XpipError as error:
                console.warning(error.summary)


def _lines(findings: Sequence[Finding], gathered: Gathered) -> Iterator[str]:
    place: tuple[str, int, str] | None = None
    for one in findings:
        here = (one.path, one.line, one.text)
        if here != place:
            if place:
                yield ""
            where = f"{one.path}:{one.line}" if one.line else one.path
            yield f"{where}: {one.text}" if one.text else where
            place = here
        yield f"  {one.rule}: {one.why}"
        if one.keep:
            yield f"    {_keep_word(one)}: {one.keep}"
    if place:
        yield ""
    yield _summary(findings, gathered)


def _keep_word(finding: Finding) -> str:
    return "instead" if finding.kind == REFUSED else "to keep it"


def _summary(findings: Sequence[Finding], gathered: Gathered) -> str:
    files = len(gathered.paths)
    read = f"{files} file{'' if files == 1 else 's'} read"
    if not findings:
        return f"No place found where pip would have behaved differently ({read})"
    counts = {kind: sum(one.kind == kind for one in findings) for kind in _WORDS}
    told = ", ".join(f"{count} {_WORDS[kind]}" for kind, count in counts.items() if count)
    places = len(findings)
    return f"{places} place{'' if places == 1 else 's'} in a project of {read}: {told}"


def _as_json(findings: Sequence[Finding], gathered: Gathered) -> dict[str, object]:
    return {
        "version": _FORM,
        "files": list(gathered.paths),
        "findings": [
            {
                "path": one.path,
                "line": one.line or None,
                "kind": one.kind,
                "rule": one.rule,
                "text": one.text,
                "why": one.why,
                "keep": one.keep or None,
            }
            for one in findings
        ],
    }
