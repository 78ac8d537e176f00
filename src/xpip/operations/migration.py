"""Finds the places of a project where pip would have behaved differently from xpip."""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.formats.requirement import parse_requirement
from xpip.formats.requirements_txt import BadLines, Include, OptionLine, parse
from xpip.model.migration import PIP_COMPILE, PIP_SYNC, UV_PIP, Finding
from xpip.model.names import leading_name
from xpip.model.records import TYPE_CHECKING, NamedTuple, Protocol
from xpip.model.requirement import RequirementText
from xpip.model.urls import is_local, redact_text, scheme_of
from xpip.operations.migration_rules import RULES, SHARING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.formats.requirements_txt import Entry, RequirementsFile
    from xpip.model.migration import Assignment, Invocation, Mention, ProjectFile

COMMANDS = {PIP_COMPILE: "compile", PIP_SYNC: "sync"}
"""Which command of xpip stands in for a program of its own."""

_WITHOUT_ARGUMENTS = ("check", "freeze", "inspect", "list")
_ENVIRONMENT_COMMANDS = frozenset((
    "install", "uninstall", "list", "freeze", "show", "check", "inspect", "sync",
))  # fmt: skip
_OTHER_MACHINE = ("--platform", "--python-version", "--implementation", "--abi")
_COMPILING = ("--compile", "--no-compile")
_INDEX_VARIABLES = ("index-url", "extra-index-url", "find-links")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Problem(NamedTuple):
    """A word of a command line that xpip refuses."""

    summary: str
    hints: tuple[str, ...]
    is_known: bool
    """xpip knows the option and says what to use in its place."""


class Reading(NamedTuple):
    """A command line as xpip would take it."""

    is_command: bool
    options: tuple[tuple[str, str], ...] = ()
    """(first long spelling, value) in the order written."""
    needless: tuple[str, ...] = ()
    """Spellings of options that have nothing to do."""
    problems: tuple[Problem, ...] = ()
    positionals: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Say whether one of some options was given."""
        return any(name in names for name, _ in self.options)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of an option."""
        return tuple(value for given, value in self.options if given == name)


class OptionKnowledge(NamedTuple):
    """What xpip knows of a long option, wherever it may be given."""

    is_known: bool
    is_needless: bool = False
    refusal: str = ""


class Speaker(Protocol):
    """Knows xpip's command line."""

    def read(self, command: str, words: tuple[str, ...]) -> Reading:
        """Take a command line apart."""

    def option(self, name: str) -> OptionKnowledge:
        """Return what is known of an option, its name without hyphens."""


class Configured(NamedTuple):
    """A key of pip's configuration."""

    path: str
    """File as it is shown, or `the variable NAME`."""
    line: int
    """0 for a variable."""
    key: str
    """Normalised, without hyphens before it."""
    value: str
    text: str
    """As it stands there, credentials hidden."""


class RequirementsText(NamedTuple):
    """A requirements file."""

    path: str
    text: str


class ProjectTexts(NamedTuple):
    """Everything of a project that speaks to installers."""

    files: tuple[ProjectFile, ...] = ()
    requirements: tuple[RequirementsText, ...] = ()
    configured: tuple[Configured, ...] = ()


def explain(project: ProjectTexts, speaker: Speaker) -> tuple[Finding, ...]:
    """Return all places where the two differ, by path and line."""
    found: list[Finding] = []
    for file in project.files:
        found += _explain_file(file, speaker)
    for requirements in project.requirements:
        found += _explain_requirements(requirements)
    for configured in project.configured:
        found += _explain_key(configured, speaker)
    return tuple(sorted(dict.fromkeys(found)))


def _explain_file(file: ProjectFile, speaker: Speaker) -> Iterator[Finding]:
    assigned = {assignment.name for assignment in file.assignments}
    for assignment in file.assignments:
        yield from _explain_assignment(assignment, file, speaker)
    told: set[str] = set()
    for invocation in file.invocations:
        for rule, detail, keep in _explain_invocation(invocation, file, speaker):
            # What holds for the whole file is told at its first command.
            once = rule in ("environment", "bytecode")
            if once and (rule in told or _is_settled(rule, assigned)):
                continue
            told.add(rule)
            yield _finding(file.path, invocation.line, rule, invocation.text, detail, keep)
    for mention in file.mentions:
        yield from _explain_mention(mention, file, assigned)


def _is_settled(rule: str, assigned: set[str]) -> bool:
    """Say whether a variable of the file decides what a rule is about."""
    if rule == "bytecode":
        return bool(assigned & {"PIP_NO_COMPILE", "XPIP_COMPILE"})
    return bool(assigned & {"VIRTUAL_ENV", "XPIP_SYSTEM", "UV_SYSTEM_PYTHON"})


def _finding(
    path: str, line: int, rule: str, text: str, detail: str = "", keep: str = ""
) -> Finding:
    known = RULES[rule]
    why = detail or known.why
    is_command = bool(line) and not text.startswith(("-", "PIP_", "UV_"))
    keep = keep or known.keep(in_command=is_command)
    return Finding(path, line, known.kind, rule, redact_text(text), redact_text(why), keep)


_Told = tuple[str, str, str]
"""(rule, sentence and what to write; both in place of what the rule says, or empty)."""


def _explain_invocation(
    invocation: Invocation, file: ProjectFile, speaker: Speaker
) -> Iterator[_Told]:
    command = COMMANDS.get(invocation.program, "")
    words = invocation.words
    if not command:
        command, words = _command_of(words)
        if not command:
            return
    reading = speaker.read(command, words)
    if not reading.is_command:
        yield "unknown-command", f"xpip has no command `{command}`", ""
        return
    yield from _explain_options(reading)
    if command in _WITHOUT_ARGUMENTS and reading.positionals:
        yield "argument", "", ""
    if command == "list" and reading.has("--outdated"):
        yield "outdated", "", ""
    if command in _ENVIRONMENT_COMMANDS:
        yield from _explain_environment(invocation, file, reading)
    if command in ("install", "download", "wheel"):
        yield from _explain_selection(command, reading)
    if command == "install":
        yield from _explain_install(invocation, file, reading)
    if command == "compile" and invocation.program == PIP_COMPILE:
        yield from _explain_compile(reading)


def _command_of(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the command and the words for it, options before it included."""
    for position, word in enumerate(words):
        if not word.startswith("-") and word != "*":
            previous = words[position - 1] if position else ""
            if previous in ("--python", "--cache-dir", "--log", "--proxy", "--cert", "--retries"):
                continue
            return word, (*words[:position], *words[position + 1 :])
    return "", ()


def _explain_options(reading: Reading) -> Iterator[_Told]:
    for problem in reading.problems:
        rule = "refused-option" if problem.is_known else "unknown-option"
        yield rule, problem.summary, "; ".join(problem.hints)
    for name in reading.needless:
        yield "no-op", f"`{name}` has nothing to do in xpip and can be left out", ""


def _explain_environment(
    invocation: Invocation, file: ProjectFile, reading: Reading
) -> Iterator[_Told]:
    elsewhere = ("--python", "--system", "--target", "--prefix", "--root", "--user")
    if reading.has(*elsewhere) or invocation.program == UV_PIP:
        return
    if invocation.python:
        yield "which-python", "", f"add `--python {invocation.python}`"
    elif file.kind in ("dockerfile", "workflow") and not any(
        mention.kind == "environment" and mention.line <= invocation.line
        for mention in file.mentions
    ):
        yield "environment", "", ""


def _explain_selection(command: str, reading: Reading) -> Iterator[_Told]:
    if reading.has("--extra-index-url") and not reading.has("--index-strategy"):
        yield "index-priority", "", ""
    trusted = {host.partition(":")[0] for host in reading.values("--trusted-host")}
    for name in ("--index-url", "--extra-index-url", "--find-links"):
        for value in reading.values(name):
            host = _plain_http_host(value)
            if host and host not in trusted:
                yield "plain-http", "", f"add `--trusted-host {host}`"
    if reading.has(*_OTHER_MACHINE) and command != "wheel":
        yield "other-machine", "", ""
    names_a_place = any("/" in word or word.startswith(".") for word in reading.positionals)
    if reading.has("--only-binary") and (names_a_place or reading.has("--editable")):
        yield "only-binary", "", ""


def _explain_install(
    invocation: Invocation, file: ProjectFile, reading: Reading
) -> Iterator[_Told]:
    names = {leading_name(word) for word in reading.positionals if word != "*"}
    if reading.has("--target") and not reading.has("--upgrade", "--platform"):
        yield "target", "", ""
    if invocation.program == UV_PIP:
        if reading.has("--upgrade") and not reading.has("--upgrade-strategy"):
            yield "uv-upgrade", "", ""
    elif file.kind == "dockerfile" and not reading.has(*_COMPILING):
        yield "bytecode", "", ""
    if names and names <= {"pip", "setuptools", "wheel"} and "pip" in names:
        yield "pip-itself", "", ""
    yield from _explain_sharing(names)


def _explain_sharing(names: set[str]) -> Iterator[_Told]:
    for family in SHARING:
        both = sorted(family & names)
        if len(both) > 1:
            listed = " and ".join(f"`{name}`" for name in both)
            sentence = f"{listed} bring the same files: {RULES['shared-files'].why}"
            yield "shared-files", sentence, f"keep one of {listed}"


def _explain_compile(reading: Reading) -> Iterator[_Told]:
    if reading.positionals and not reading.has("--output-file"):
        source = reading.positionals[-1]
        if len(reading.positionals) == 1 and source != "-":
            target = source.rpartition(".")[0] or source
            yield "compile-output", "", f"add `-o {target}.txt`"
    if not reading.has("--strip-extras", "--no-strip-extras"):
        yield "compile-extras", "", ""
    if not reading.has("--allow-unsafe", "--no-allow-unsafe"):
        yield "compile-unsafe", "", ""


def _explain_assignment(
    assignment: Assignment, file: ProjectFile, speaker: Speaker
) -> Iterator[Finding]:
    text = f"{assignment.name}={assignment.value}"
    if assignment.name.startswith("UV_"):
        key = assignment.name[3:].lower().replace("_", "-")
        known = speaker.option(key).is_known
        keep = f"set `XPIP_{assignment.name[3:]}`" if known else ""
        yield _finding(file.path, assignment.line, "uv-variable", text, "", keep)
    elif assignment.name.startswith("PIP_"):
        key = assignment.name[4:].lower().replace("_", "-")
        configured = Configured(file.path, assignment.line, key, assignment.value, text)
        yield from _explain_key(configured, speaker)


def _explain_mention(mention: Mention, file: ProjectFile, assigned: set[str]) -> Iterator[Finding]:
    if mention.kind == "cache-folder" and not assigned & {"PIP_CACHE_DIR", "XPIP_CACHE_DIR"}:
        keep = "name xpip's folder there, or set `PIP_CACHE_DIR` to the one that is named"
        yield _finding(file.path, mention.line, "cache-folder", mention.text, "", keep)


def _explain_key(configured: Configured, speaker: Speaker) -> Iterator[Finding]:
    path, line, key, value, text = configured
    known = speaker.option(key)
    if known.refusal:
        sentence = f"xpip has no `--{key}`"
        yield _finding(path, line, "refused-option", text, sentence, known.refusal)
    elif known.is_needless:
        sentence = f"`{key}` has nothing to do in xpip and can be left out"
        yield _finding(path, line, "no-op", text, sentence)
    if key == "extra-index-url":
        keep = RULES["index-priority"].keep(in_command=False)
        yield _finding(path, line, "index-priority", text, "", keep)
    if key in _INDEX_VARIABLES:
        for url in value.split():
            host = _plain_http_host(url)
            if host:
                keep = RULES["plain-http"].keep(in_command=False).replace("[HOST]", host)
                yield _finding(path, line, "plain-http", text, "", keep)
    if key == "use-deprecated" and "legacy-resolver" in value:
        keep = "`--resolver backtracking` searches as pip does"
        yield _finding(path, line, "refused-option", text, "the legacy resolver is gone", keep)


def _plain_http_host(url: str) -> str:
    """Return the host of a plain http URL that is not this machine's, empty for anything else."""
    if scheme_of(url) != "http" or "$" in url:
        return ""
    authority = url.partition("//")[2].partition("/")[0].rpartition("@")[2]
    host = authority if authority.endswith("]") else authority.partition(":")[0]
    return "" if host in _LOOPBACK or is_local(url) else host


def _explain_requirements(file: RequirementsText) -> Iterator[Finding]:
    try:
        parsed = parse(file.text, file.path, {})
    except BadLines as error:
        parsed = error.readable
        yield from _bad_lines(file, error)
    except XpipError as error:
        yield _finding(file.path, 0, "bad-line", "", error.summary)
        return
    hashed = any(isinstance(entry, RequirementText) and entry.hashes for entry in parsed.entries)
    lines = [entry for entry in parsed.entries if isinstance(entry, OptionLine)]
    trusted = {line.value.partition(":")[0] for line in lines if line.name == "trusted-host"}
    names: set[str] = set()
    for entry in parsed.entries:
        if isinstance(entry, OptionLine):
            yield from _explain_option_line(entry, file.path, trusted)
        elif not isinstance(entry, Include):
            yield from _explain_requirement(entry, file.path)
            names.add(leading_name(entry.text))
    if hashed:
        yield from _unpinned(parsed, file.path)
    for rule, why, keep in _explain_sharing(names):
        yield _finding(file.path, 0, rule, "", why, keep)


def _bad_lines(file: RequirementsText, error: BadLines) -> Iterator[Finding]:
    """Yield what the lines of an error are; the details are pairs of place and excerpt."""
    told = error.details if len(error.details) > 1 else (error.summary, *error.details)
    for place, excerpt in zip(told[::2], told[1::2], strict=False):
        line, _, rest = place.removeprefix(f"{file.path}:").partition(":")
        number = int(line) if line.isdecimal() else 0
        message = rest.partition(": ")[2] or place
        why = f"xpip refuses this line: {message}"
        yield _finding(file.path, number, "bad-line", excerpt.strip(), why, "; ".join(error.hints))


def _explain_option_line(entry: OptionLine, path: str, trusted: set[str]) -> Iterator[Finding]:
    text = f"--{entry.name} {entry.value}".rstrip()
    line = entry.origin.line
    if entry.name == "extra-index-url":
        keep = RULES["index-priority"].keep(in_command=False)
        yield _finding(path, line, "index-priority", text, "", keep)
    if entry.name == "trusted-host":
        keep = RULES["trusted-host-in-file"].keep(in_command=False).replace("[HOST]", entry.value)
        yield _finding(path, line, "trusted-host-in-file", text, "", keep)
    if entry.name in _INDEX_VARIABLES:
        host = _plain_http_host(entry.value)
        if host and host not in trusted:
            keep = RULES["plain-http"].keep(in_command=False).replace("[HOST]", host)
            yield _finding(path, line, "plain-http", text, "", keep)


def _explain_requirement(entry: RequirementText, path: str) -> Iterator[Finding]:
    """Yield that xpip refuses a requirement."""
    try:
        parse_requirement(entry, "/")
    except XpipError as error:
        line = getattr(entry.origin, "line", 0)
        why = f"xpip refuses this line: {error.summary.rpartition(f'{path}:{line}: ')[2]}"
        yield _finding(path, line, "bad-line", entry.text, why, "; ".join(error.hints))


def _unpinned(parsed: RequirementsFile, path: str) -> Iterator[Finding]:
    for entry in parsed.entries:
        if isinstance(entry, RequirementText) and entry.hashes and not _is_pinned(entry):
            keep = RULES["unpinned-hash"].keep(in_command=False)
            line = getattr(entry.origin, "line", 0)
            yield _finding(path, line, "unpinned-hash", entry.text, "", keep)


def _is_pinned(entry: Entry) -> bool:
    text = entry.text if isinstance(entry, RequirementText) else ""
    return "==" in text.partition(";")[0] or "@" in text or "/" in text
