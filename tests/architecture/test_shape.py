"""Size, docstrings and effects of modules."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "xpip"
FILES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))
CEILING = 500
PARSER_CEILING = 700  # modules of formats/ that hold one whole specification
LONGER: dict[str, int] = {}


def parsed(relative: str) -> ast.Module:
    return ast.parse((SOURCE / relative).read_text(encoding="utf-8"))


@pytest.mark.parametrize("relative", FILES)
def test_a_module_is_short_enough_to_be_read_at_once(relative):
    lines = len((SOURCE / relative).read_text(encoding="utf-8").splitlines())
    ceiling = LONGER.get(relative, PARSER_CEILING if relative.startswith("formats/") else CEILING)
    assert lines <= ceiling


@pytest.mark.parametrize("relative", FILES)
def test_a_module_says_what_it_owns(relative):
    assert ast.get_docstring(parsed(relative)) or relative == "__init__.py"


@pytest.mark.parametrize(
    "relative", [name for name in FILES if name.endswith("__init__.py") and "/" in name]
)
def test_a_room_re_exports_nothing(relative):
    """Imports stay lazy and the import graph stays honest."""
    assert all(isinstance(node, ast.Expr) for node in parsed(relative).body)


@pytest.mark.parametrize("relative", FILES)
def test_a_function_takes_at_most_six_parameters(relative):
    for node in ast.walk(parsed(relative)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = node.args
            names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
            assert len([name for name in names if name not in ("self", "cls")]) <= 6, node.name


@pytest.mark.parametrize("relative", FILES)
def test_no_notes_for_later(relative):
    text = (SOURCE / relative).read_text(encoding="utf-8")
    assert not re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", text)


@pytest.mark.parametrize(
    "relative", [name for name in FILES if name.split("/")[0] in ("model", "resolver")]
)
def test_the_core_knows_its_types(relative):
    names = {node.id for node in ast.walk(parsed(relative)) if isinstance(node, ast.Name)}
    assert "Any" not in names


def test_development_requirements_name_what_xpip_needs():
    """requirements-dev.txt repeats the runtime dependencies, since xpip cannot build its own wheel yet."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL).group(1)
    wanted = {
        re.sub(r"['\"\s]", "", line).rstrip(",") for line in block.splitlines() if line.strip()
    }
    listed = {
        re.sub(r"['\"\s]", "", line)
        for line in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    }
    assert wanted <= listed
