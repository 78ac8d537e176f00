"""Which bytecode of the store goes into an environment, and where.

A compiled file that cannot be placed is left out and nobody is told: Python makes it again.
"""

from __future__ import annotations

from xpip.model.environment import Interpreter
from xpip.model.records import TYPE_CHECKING
from xpip.store.bytecode import StoredBytecode, has_any_bytecode, read_bytecode
from xpip.store.layout import Store

if TYPE_CHECKING:
    from collections.abc import Container

    from xpip.environment.arrangement import Arrangement

CACHE = "__pycache__"
"""Name of the folder, beside its modules, where Python looks for their bytecode (PEP 3147)."""


def bytecode_kind(interpreter: Interpreter, level: int) -> str:
    """Return the name of the kind of bytecode that an interpreter uses, empty when it uses none.

    The number that Python itself compares (`MAGIC_NUMBER`) is the same in all releases of a CPython
    of one minor version, but not before its first final release, and not in other implementations.
    Bytecode of another kind would only be useless: Python looks at the number.

    Args:
        level: 0, or 1 or 2 for what `-O` and `-OO` load.
    """
    tag = interpreter.bytecode_tag
    if not tag or "/" in tag or tag.startswith("."):
        return ""
    target = interpreter.target
    version = dict(target.markers).get("implementation_version", target.python_version)
    is_final = version.replace(".", "").isdecimal()
    exact = "" if target.implementation == "cpython" and is_final else f"-{version}"
    return f"{tag}{exact.replace('/', '_')}{f'.opt-{level}' if level else ''}"


class BytecodeShelf:
    """The bytecode of a store for one interpreter."""

    def __init__(self, store: Store, interpreter: Interpreter, level: int | None) -> None:
        """Remember where to look.

        Args:
            level: As in `bytecode_kind`; None: none is wanted.
        """
        self._store = store
        kind = "" if level is None else bytecode_kind(interpreter, level)
        self._kind = kind if kind and has_any_bytecode(store) else ""

    def find(self, key: str) -> StoredBytecode | None:
        """Return the compiled modules of a wheel, None when the store has none."""
        return read_bytecode(self._store, key, self._kind) if self._kind else None


def without_bytecode(arrangement: Arrangement, sources: Container[str]) -> Arrangement:
    """Leave out the bytecode of modules that another distribution puts in their place.

    Args:
        sources: Absolute paths of modules.
    """
    compiled = tuple(
        (folder, tuple(file for file in files if source_of(folder, file[0]) not in sources))
        for folder, files in arrangement.compiled
    )
    return arrangement._replace(compiled=compiled)


def source_of(folder: str, name: str) -> str:
    """Return the path of the module that a compiled file in `__pycache__` is of."""
    stem = name[: -len(".pyc")].removesuffix(".opt-1").removesuffix(".opt-2")
    return f"{folder.rpartition('/')[0]}/{stem.rpartition('.')[0]}.py"
