"""Facts about interpreters, which hold as long as their file is unchanged."""

from __future__ import annotations

from xpip.model.environment import Interpreter, Layout
from xpip.model.records import TYPE_CHECKING
from xpip.model.target import Target
from xpip.store.keys import key_of
from xpip.store.layout import INTERPRETERS
from xpip.store.packing import keep_packed, plain, read_packed

if TYPE_CHECKING:
    from xpip.store.layout import Store

_FIELDS = len(Interpreter._fields)


def read_interpreter(store: Store, executable: str, size: int, mtime_ns: int) -> Interpreter | None:
    """Return the facts about an interpreter, None when it has to be asked.

    Args:
        executable: Absolute path.
        size: Of its file now.
        mtime_ns: Of its file now.
    """
    identity = (executable, size, mtime_ns)
    for path in store.paths(INTERPRETERS, key_of(executable)):
        stored = read_packed(path)
        if type(stored) is tuple and len(stored) == 2 and stored[0] == identity:  # noqa: PLR2004
            fields = stored[1]
            if len(fields) == _FIELDS:
                found = Interpreter(*fields)
                return found._replace(target=Target(*found.target), layout=Layout(*found.layout))
    return None


def write_interpreter(
    store: Store, executable: str, size: int, mtime_ns: int, interpreter: Interpreter
) -> None:
    """Remember facts in place of older ones; nothing is said when the store cannot take them."""
    value = ((executable, size, mtime_ns), plain(interpreter))
    keep_packed(store, store.path(INTERPRETERS, key_of(executable)), value)
