"""Check that installed packages fit each other."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state
from xpip.environment.installed import scan_report
from xpip.model.records import TYPE_CHECKING
from xpip.operations.check import check

if TYPE_CHECKING:
    from xpip.cli.options.check import CheckOptions
    from xpip.cli.settings import Settings
    from xpip.operations.check import Findings, Unusable
    from xpip.terminal.console import Console


def run(options: CheckOptions, settings: Settings, console: Console) -> int:
    """Write what is broken; the exit code is 1 when anything is."""
    environment = read_environment(options.environment, settings, console)
    report = scan_report(environment)
    tell_state(environment, report, console)
    findings = check(environment, report)
    if findings.is_empty() and not report.damaged:
        console.out("No broken requirements found.")
        return 0
    for line in _lines(findings, environment.interpreter.target.python_version):
        console.out(line)
    return 1


def _lines(findings: Findings, python_version: str) -> list[str]:
    """Return pip's sentences, then those for what pip does not look at."""
    lines = [
        f"{one.name} {one.version} requires {one.needs}, which is not installed."
        for one in findings.missing
    ]
    lines += [
        f"{one.name} {one.version} has requirement {one.requirement}, but you have"
        f" {one.found_name} {one.found_version}."
        for one in findings.conflicts
    ]
    lines += [_unusable_line(one, python_version) for one in findings.unusable]
    return lines


def _unusable_line(one: Unusable, python_version: str) -> str:
    start = f"{one.name} {one.version}"
    if one.kind == "platform":
        return f"{start} is not supported on this platform"
    if one.kind == "python":
        return f"{start} requires Python {one.detail}, but this is Python {python_version}."
    if one.kind == "twice":
        return f"{start} is installed a second time, as {one.name} {one.detail}."
    return f"{start} has unusable metadata: {one.detail}"
