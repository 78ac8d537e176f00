"""Check that installed packages fit each other."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state
from xpip.environment.installed import scan_report
from xpip.model.records import TYPE_CHECKING
from xpip.operations.check import check

if TYPE_CHECKING:
    from xpip.cli.options.check import CheckOptions
    from xpip.cli.settings import Settings
    from xpip.environment.installed import ScanReport
    from xpip.model.environment import Environment
    from xpip.operations.check import Findings, Unusable
    from xpip.terminal.console import Console


def run(options: CheckOptions, settings: Settings, console: Console) -> int:
    """Write what is broken; the exit code is 1 when anything is."""
    environment = read_environment(options.environment, settings, console)
    report = scan_report(environment)
    tell_state(environment, report, console)
    findings = check(environment, report)
    damage = _damaged_files(environment, report) if options.files else []
    if findings.is_empty() and not report.damaged and not damage:
        console.out("No broken requirements found.")
        return 0
    for line in finding_lines(findings, environment.interpreter.target.python_version):
        console.out(line)
    for line in damage:
        console.out(line)
    return 1


def _damaged_files(environment: Environment, report: ScanReport) -> list[str]:
    """Return a line for each file that is not as it was installed."""
    from xpip.operations.files import find_damage

    return [
        f"{damage.distribution.name} {damage.distribution.version} has {problem.path},"
        f" which is {problem.kind}."
        if not damage.lacks_record()
        else f"{damage.distribution.name} {damage.distribution.version} has {problem.kind}."
        for damage in find_damage(environment, report.distributions)
        for problem in damage.problems
    ]


def finding_lines(findings: Findings, python_version: str) -> list[str]:
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
