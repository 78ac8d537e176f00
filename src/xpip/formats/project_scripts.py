"""Where the files of a project have shell commands: Dockerfiles, CI files, tox, make, nox.

No file is parsed as its format asks. What runs in CI is found by the keys that the services use,
which takes no library and bears templates, anchors and mistakes.
"""

from __future__ import annotations

from xpip.formats.installer_lines import Lines, cache_mention, installer_lines
from xpip.model.migration import Assignment, Invocation, Mention, ProjectFile
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DOCKERFILE, WORKFLOW, SHELL, INI, MAKE, NOX = (
    "dockerfile",
    "workflow",
    "shell",
    "ini",
    "make",
    "nox",
)

_WORKFLOWS = frozenset((
    ".gitlab-ci.yml", ".travis.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml",
    "appveyor.yml", ".appveyor.yml", ".readthedocs.yaml", ".readthedocs.yml", "buildspec.yml",
    "cloudbuild.yaml", ".woodpecker.yml", ".drone.yml", ".cirrus.yml",
))  # fmt: skip
_WORKFLOW_FOLDERS = (
    ".github/workflows",
    ".github/actions",
    ".circleci",
    ".gitlab",
    ".gitea/workflows",
)
_COMMAND_KEYS = frozenset((
    "run", "script", "before_script", "after_script", "before_install", "install", "command",
    "commands", "cmd", "entrypoint", "args", "bash", "pwsh", "powershell", "pre_build", "build",
    "post_build", "pre_install", "post_install", "test_script", "build_script", "install_script",
))  # fmt: skip
_INI_KEYS = (
    "commands",
    "commands_pre",
    "commands_post",
    "install_command",
    "list_dependencies_command",
)
_VARIABLES = ("PIP_", "UV_")


def kind_of(path: str) -> str:
    """Return which kind of file a path names, empty when nothing is looked for in it.

    Args:
        path: Relative to the project, with `/`.
    """
    folder, _, name = path.rpartition("/")
    lower = name.lower()
    if lower in ("dockerfile", "containerfile") or lower.startswith(
        ("dockerfile.", "containerfile.")
    ):
        return DOCKERFILE
    if lower.endswith((".dockerfile", ".containerfile")):
        return DOCKERFILE
    if lower.endswith((".yml", ".yaml")):
        in_folder = any(f"/{folder}/".find(f"/{one}/") >= 0 for one in _WORKFLOW_FOLDERS)
        is_compose = lower.startswith(("docker-compose", "compose."))
        return WORKFLOW if lower in _WORKFLOWS or in_folder or is_compose else ""
    if lower in ("tox.ini", "setup.cfg"):
        return INI
    if lower in ("makefile", "gnumakefile") or lower.endswith(".mk"):
        return MAKE
    if lower == "noxfile.py":
        return NOX
    return SHELL if lower.endswith((".sh", ".bash", ".zsh", ".envrc")) or lower == ".envrc" else ""


def read_project_file(text: str, path: str, kind: str) -> ProjectFile:
    """Return what a file has that concerns installers."""
    text = text.replace("\r\n", "\n")
    if kind == NOX:
        lines = _from_nox(text)
    else:
        reader = {DOCKERFILE: _docker, WORKFLOW: _workflow, INI: _ini, MAKE: _make}.get(kind)
        pieces = reader(text) if reader else (installer_lines(text),)
        lines = Lines()
        for piece in pieces:
            lines += piece
    mentions = tuple(sorted({*lines.mentions, *_cache_mentions(text)}))
    return ProjectFile(path, kind, lines.invocations, lines.assignments, mentions)


def _cache_mentions(text: str) -> Iterator[Mention]:
    for number, line in enumerate(text.split("\n"), 1):
        found = None if line.lstrip().startswith("#") else cache_mention(line, number)
        if found is not None:
            yield found


def _docker(text: str) -> Iterator[Lines]:
    """Yield what each instruction has: shell form, JSON form, here-documents, ENV and ARG."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        first = number
        while number + 1 < len(lines) and (
            lines[number].endswith("\\")
            or (number > first and lines[number].lstrip().startswith("#"))
        ):
            number += 1
        number += 1
        # A comment between continued lines is none of them.
        kept = ["\\" if line.lstrip().startswith("#") else line for line in lines[first:number]]
        instruction, _, rest = "\n".join(kept).strip().partition(" ")
        name = instruction.upper()
        if name in ("RUN", "CMD", "ENTRYPOINT", "ONBUILD"):
            end = _here_document(rest, lines, number)
            if end > number:
                yield installer_lines("\n".join(lines[number:end]), number + 1)
                number = end
            else:
                yield installer_lines(_shell_form(rest), first + 1)
        elif name in ("ENV", "ARG"):
            yield _docker_variables(rest, first + 1)


def _here_document(rest: str, lines: Sequence[str], start: int) -> int:
    """Return the line after a here-document that `RUN <<EOF` begins, `start` without one."""
    if "<<" not in rest:
        return start
    mark = rest.partition("<<")[2].lstrip("-").split()[0].strip("'\"")
    for number in range(start, len(lines)):
        if lines[number].strip() == mark:
            return number
    return len(lines)


def _shell_form(rest: str) -> str:
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        # Lines are counted, so the ends of those that are left out stay.
        rest = "\\\n" * flag.count("\n") + rest.lstrip(" ")
    if rest.lstrip().startswith("["):
        return " ".join(part.strip(" \n\t\\[]") for part in rest.split(","))
    return rest


def _docker_variables(rest: str, line: int) -> Lines:
    if "=" not in rest.partition(" ")[0]:
        name, _, value = rest.partition(" ")
        rest = f"{name}='{value.strip()}'"
    found = installer_lines(rest, line)
    environments = [
        Mention(line, "environment", rest.strip())
        for word in ("VIRTUAL_ENV=", "venv/bin:")
        if word in rest
    ]
    return found._replace(mentions=found.mentions + tuple(environments[:1]))


def _workflow(text: str) -> Iterator[Lines]:
    """Yield what stands under keys whose values are commands, and variables that are set."""
    lines = text.split("\n")
    commands_at = -1
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        key, value, depth = _yaml_key(line)
        if key:
            if commands_at >= 0 and indent <= commands_at:
                commands_at = -1
            if key.startswith(_VARIABLES) and value:
                assignment = Assignment(number, key, _unquoted(value))
                yield Lines(assignments=(assignment,))
            if key not in _COMMAND_KEYS:
                continue
            if value[:1] in ("|", ">"):
                end = _block_end(lines, number, depth)
                block = "\n".join(lines[number:end])
                yield installer_lines(_folded(block) if value[0] == ">" else block, number + 1)
                number = end
            elif value:
                yield installer_lines(_flow(value), number)
            else:
                commands_at = indent
        elif commands_at >= 0 and stripped.startswith("- "):
            item = stripped[2:].strip()
            if item[:1] in ("|", ">"):
                end = _block_end(lines, number, indent)
                yield installer_lines("\n".join(lines[number:end]), number + 1)
                number = end
            else:
                yield installer_lines(_flow(item), number)
        elif stripped.startswith("- ") and stripped[2:].startswith(_VARIABLES):
            yield installer_lines(_unquoted(stripped[2:]), number)


def _yaml_key(line: str) -> tuple[str, str, int]:
    """Return key, value and the column of the key; empty where a line has none."""
    rest = line.lstrip(" ")
    while rest.startswith("- "):
        rest = rest[2:].lstrip(" ")
    key, colon, value = rest.partition(":")
    name = key.strip("'\" ")
    if not colon or (value and value[0] not in " \t") or not name.replace("-", "_").isidentifier():
        return "", "", 0
    return name, value.strip(), len(line) - len(rest)


def _block_end(lines: Sequence[str], start: int, column: int) -> int:
    """Return the line after the last one that is indented further than a column."""
    number = start
    while number < len(lines):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
            break
        number += 1
    return number


def _folded(block: str) -> str:
    """Return the text of a folded block, whose lines are one, in as many lines as it has."""
    return block.replace("\n", "\\\n")


def _flow(value: str) -> str:
    """Return a value of one line as commands: without quotes, items of a list each for itself."""
    if value.startswith("["):
        items = value.strip("[]").split(", ")
        if all(" " in _unquoted(item) for item in items):
            return "\n".join(_unquoted(item) for item in items).replace("\n", ";")
        return " ".join(_unquoted(item.strip()) for item in items)
    return _unquoted(value)


def _unquoted(value: str) -> str:
    value = value.strip()
    for quote in "'\"":
        end = value.find(quote, 1)
        if value.startswith(quote) and end == len(value) - 1:
            return value[1:-1]
    return value.partition(" #")[0].rstrip()


def _ini(text: str) -> Iterator[Lines]:
    """Yield what tox would run, and the variables that it sets."""
    key = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        value = line.strip()
        if line[0] not in " \t":
            key, equals, value = line.partition("=")
            key, value = key.strip(), value.strip()
            if not equals:
                key = ""
        if key in _INI_KEYS:
            # What a condition of tox limits is behind a colon; what may fail begins with `-`.
            command = value.partition(": ")[2] if _is_factor(value) else value
            yield installer_lines(_without_placeholders(command.lstrip("-! ")), number)
        elif key in ("setenv", "set_env"):
            name, equals, given = value.partition("=")
            if equals and name.strip().startswith(_VARIABLES):
                yield Lines(assignments=(Assignment(number, name.strip(), given.strip()),))


def _is_factor(value: str) -> bool:
    head, colon, _ = value.partition(": ")
    return bool(colon) and " " not in head.strip() and not head.startswith(("{", "pip", "python"))


def _without_placeholders(command: str) -> str:
    """Return a command with `*` for what tox fills in."""
    for name in ("{opts}", "{packages}", "{posargs}"):
        command = command.replace(name, "*")
    return (
        command.replace("{envbindir}", "{envdir}/bin")
        .replace("{envpython}", "python")
        .replace("{envdir}/bin/", "")
    )


def _make(text: str) -> Iterator[Lines]:
    """Yield what recipes run, and variables that are set."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        first = number
        while lines[number].endswith("\\") and number + 1 < len(lines):
            number += 1
        number += 1
        block = "\n".join(lines[first:number])
        if block.startswith("\t"):
            command = block.lstrip("\t@-+ ").replace("$(", "${").replace(")", "}")
            yield installer_lines(command, first + 1)
        else:
            name, equals, value = block.partition("=")
            name = name.removeprefix("export ").strip(" :?+")
            if equals and name.startswith(_VARIABLES):
                yield Lines(assignments=(Assignment(first + 1, name, value.strip()),))


def _from_nox(text: str) -> Lines:
    """Return what sessions install and run."""
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Lines()
    invocations = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        words = tuple(_constant(argument) for argument in node.args)
        if name == "install" and words:
            text = f"session.install({', '.join(words)})"
            invocations.append(Invocation(node.lineno, "pip", ("install", *words), "", text))
        elif name in ("run", "run_always", "run_install"):
            quoted = " ".join(f"'{word}'" for word in words)
            found = installer_lines(quoted, node.lineno).invocations
            invocations += found
    return Lines(tuple(sorted(invocations)))


def _constant(node: object) -> str:
    value = getattr(node, "value", None)
    return value if isinstance(value, str) else "*"
