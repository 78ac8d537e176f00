"""The import table of docs/architecture.md: which room may know which, and which effects it may have."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "xpip"

EFFECTS = [
    "os",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "asyncio",
    "threading",
    "_thread",
    "time",
    "io",
    "pathlib",
    "select",
    "mmap",
]

# room -> (rooms it may import, third-party packages it may import). "P" rooms have no effects.
PURE = {"errors", "model", "formats", "resolver", "selection", "planner"}
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), set()),
    "model": ({"errors"}, {"packaging"}),
    "formats": ({"errors", "model"}, {"packaging", "tomli", "tomli_w"}),
    "resolver": ({"errors", "model"}, {"packaging", "resolvelib"}),
    "selection": ({"errors", "model"}, {"packaging"}),
    "planner": ({"errors", "model"}, {"packaging"}),
    "process": ({"errors", "model", "spawning"}, set()),
    "spawning": ({"errors", "model"}, set()),
    "documents": ({"errors", "model", "network"}, set()),
    "network": ({"errors", "model"}, {"truststore"}),
    "store": ({"errors", "model", "formats"}, set()),
    "index": (
        {"errors", "model", "formats", "selection", "resolver.facts", "network", "store"},
        {"packaging"},
    ),
    "environment": ({"errors", "model", "formats", "store", "process"}, {"packaging"}),
}
TABLE["build"] = (
    {"errors", "model", "formats", "store", "process", "environment"},
    {"pyproject_hooks"},
)
TABLE["vcs"] = ({"errors", "model", "formats", "store", "process"}, set())
TABLE["operations"] = ({*TABLE}, {"packaging"})
TABLE["terminal"] = ({"errors", "model", "resolver.explanation"}, {"rich"})
TABLE["cli"] = ({*TABLE, "operations", "terminal"}, {"platformdirs"})
TABLE["__main__"] = ({"cli"}, set())
TABLE["__init__"] = (set(), set())

OF_OTHER_VERSIONS = {"_sha2", "_sha256", "tomllib"}
"""Modules of the standard library in some supported version, imported with a way out."""

EXEMPT_FROM_EFFECTS: set[tuple[str, str]] = set()


def imported_modules(tree: ast.AST):
    """Every module imported anywhere in a file, function bodies included, TYPE_CHECKING blocks left out."""
    stack = list(ast.iter_child_nodes(tree))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            stack += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield "<relative>"
            elif node.module == "xpip":
                yield from (f"xpip.{alias.name}" for alias in node.names)
            else:
                yield node.module
        stack += ast.iter_child_nodes(node)


def breaches(relative: str, text: str) -> list[str]:
    """What one file imports against the table; `relative` is its path below src/xpip."""
    room = relative.split("/", maxsplit=1)[0].removesuffix(".py")
    if room not in TABLE:
        return [f"{relative}: the room `{room}` is not in the table"]
    rooms, packages = TABLE[room]
    found = []
    for module in imported_modules(ast.parse(text)):
        top, _, below = module.partition(".")
        if top == "xpip":
            allowed = (
                not below
                or below.split(".")[0] == room
                or below.split(".")[0] in rooms
                or below in rooms
            )
            allowed = allowed or below == "__version__"
        elif top in sys.stdlib_module_names or top in OF_OTHER_VERSIONS:
            allowed = (
                room not in PURE or top not in EFFECTS or (relative, top) in EXEMPT_FROM_EFFECTS
            )
        else:
            allowed = top in packages
        if not allowed:
            found.append(f"{relative}: imports {module}")
    return found


def source_files():
    return sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))


@pytest.mark.parametrize("relative", source_files())
def test_a_file_imports_only_what_its_room_may(relative):
    assert breaches(relative, (SOURCE / relative).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        ("resolver/solver.py", "import asyncio"),
        ("formats/record.py", "def f():\n    import os"),
        ("store/blobs.py", "from xpip.network.client import Client"),
        ("index/client.py", "from xpip.resolver.solver import Solver"),
        ("network/client.py", "import httpx"),
        ("model/link.py", "from .target import Target"),
        ("attic/old.py", ""),
    ],
)
def test_a_breach_is_caught(relative, text):
    assert len(breaches(relative, text)) == 1


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        ("index/provider.py", "from xpip.resolver.facts import Facts"),
        ("resolver/solver.py", "if TYPE_CHECKING:\n    import asyncio"),
        ("network/trust.py", "import ssl, truststore"),
        ("cli/main.py", "from xpip import __version__"),
    ],
)
def test_what_the_table_allows_passes(relative, text):
    assert breaches(relative, text) == []


def test_rooms_depend_on_each_other_in_one_direction():
    """No cycle: a room is reached from another only if that one is not reached from it."""
    edges = {
        room: {target.split(".")[0] for target in rooms} - {room}
        for room, (rooms, _) in TABLE.items()
    }
    edges["index"].discard("resolver")  # only the facts, which import nothing of the solver
    done: list[str] = []
    while len(done) < len(edges):
        ready = [room for room in edges if room not in done and edges[room] <= {*done}]
        assert ready, f"a cycle among {sorted(set(edges) - set(done))}"
        done += ready


def documented_table() -> dict[str, tuple[set[str], set[str]]]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|", text, re.MULTILINE)
    return {
        room: (set(re.findall(r"`([\w.]+)`", rooms)), set(re.findall(r"`([\w.]+)`", packages)))
        for room, rooms, packages in rows
    }


def test_the_documented_table_is_the_enforced_one():
    expected = {room: row for room, row in TABLE.items() if not room.startswith("__")}
    for wide in ("operations", "cli"):
        expected.pop(wide)
    found = documented_table()
    assert {room: found.get(room) for room in expected} == expected
