"""The modules that a command needs, compiled, in one file: 7 ms less for each run.

Finding, opening and reading the compiled files of 130 modules takes as long as executing them. A
finder in front of Python's own takes them from one file per command instead,
`__pycache__/bundle.TAG.opt-COMMAND.pyc` beside this file: a name that installers remove together
with this module. Whether a source is still the one that was compiled is asked of each, as Python
does; what has changed or is missing is left to Python's own finders.

The file is written by a run that found it missing or behind (the second such run: who installs
xpip for one run does not pay for it), of what Python's own loaders say the modules are. Modules of
runs that asked a server stay outside: they would double what all other runs read.
"""

import os
import sys
from marshal import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    State = tuple[int, int, int, int]

_CLI = os.path.dirname(os.path.abspath(__file__))
_ROOT = os.path.dirname(os.path.dirname(_CLI))
_SERVER = "_socket"
"""Module that every run has which asked a server."""
_ENOUGH = 8
"""Modules missing from the file for which it is written anew; that takes 15 ms."""
_RACY_NS = 2_000_000_000
"""A source changed less than this ago may change again without a sign of it."""
_SPEC: "type[ModuleSpec]" = type(os.__spec__)


class Bundle:
    """A finder and loader of modules that stand in one file."""

    def __init__(self, path: str) -> None:
        """Read the file; one that is missing, or of another Python or place, is an empty bundle."""
        self.path = path
        self.is_known = False
        """Whether there is a file at all."""
        self._modules: dict[str, tuple[bool, State, CodeType]] = {}
        self._stale = 0
        try:
            with open(path, "rb", buffering=0) as file:
                self.is_known = True
                made_by, modules = loads(file.read())  # noqa: S302 - as much ours as what Python compiles
            if made_by == _maker():
                self._modules = modules
        except (OSError, ValueError, TypeError, EOFError):
            pass

    def find_spec(self, name: str, *_others: object) -> "ModuleSpec | None":
        """Return how a module is loaded; None for what is not here, or not as its source is now."""
        entry = self._modules.get(name)
        if entry is None:
            return None
        is_package, known, _ = entry
        source = _source(name, is_package)
        try:
            is_same = _state(source) == known
        except OSError:
            is_same = False
        if not is_same:
            self._stale += 1
            del self._modules[name]
            return None
        spec = _SPEC(name, self, origin=source, is_package=is_package)  # type: ignore[arg-type]
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(source)]
        return spec

    def create_module(self, spec: "ModuleSpec") -> None:
        """Leave making the module to Python."""

    def exec_module(self, module: "ModuleType") -> None:
        """Execute a module."""
        # Here and not by way of `spec.has_location`, which has Python compute `__cached__` as well.
        module.__file__ = module.__spec__.origin  # type: ignore[union-attr]
        exec(self._modules[module.__name__][2], module.__dict__)  # noqa: S102

    def save(self) -> None:
        """Write the file anew if this run needed modules that it lacks; nothing is said."""
        if sys.dont_write_bytecode or _SERVER in sys.modules:
            return
        missing = [name for name in sys.modules if _is_ours(name) and name not in self._modules]
        if not self._stale and len(missing) < _ENOUGH:
            return
        try:
            if not self.is_known:
                os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
                return
            modules = dict(self._modules)
            for name in missing:
                module = _compiled(name)
                if module is None:
                    return
                modules[name] = module
            # Sources of other modules may have changed unseen, since they were not asked for.
            temporary = f"{self.path}.{os.getpid()}"
            try:
                with open(temporary, "wb") as file:
                    file.write(dumps((_maker(), modules)))
                os.replace(temporary, self.path)
            except BaseException:
                os.unlink(temporary)
                raise
        except (OSError, ValueError, ImportError, SyntaxError):
            pass


def open_bundle(arguments: "Sequence[str]") -> "Bundle | None":
    """Have modules loaded from the file of a command from now on; None where there can be none."""
    command = "".join(arguments[:1])
    tag = sys.implementation.cache_tag
    plain = not (sys.flags.optimize or sys.pycache_prefix)
    if not (tag and plain and command.isalnum() and command.isascii()):
        return None
    if not os.path.exists(f"{_CLI}/commands/{command}.py"):
        return None
    bundle = Bundle(f"{_CLI}/__pycache__/bundle.{tag}.opt-{command}.pyc")
    sys.meta_path.insert(0, bundle)
    return bundle


def _maker() -> tuple[str, str]:
    """Return what code in the file depends on besides its sources."""
    return sys.version, _ROOT


def _is_ours(name: str) -> bool:
    # What is loaded before this module cannot be taken from here.
    return name.startswith("xpip.") and name not in _EARLIER


def _source(name: str, is_package: bool) -> str:
    path = f"{_ROOT}/{name.replace('.', '/')}"
    return f"{path}/__init__.py" if is_package else f"{path}.py"


def _state(path: str) -> "State":
    """Return what changes whenever a file does."""
    found = os.stat(path)
    # xpip gives all files it installs one time of change, so that does not tell them apart.
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _compiled(name: str) -> "tuple[bool, State, CodeType] | None":
    """Return a module as the file has it; None when its source is just being changed."""
    from importlib.machinery import SourceFileLoader
    from time import time  # noqa: TID251 - compared with times of the file system

    is_package = hasattr(sys.modules[name], "__path__")
    source = _source(name, is_package)
    before = _state(source)
    code = SourceFileLoader(name, source).get_code(name)
    if code is None or _state(source) != before:
        return None
    if max(before[1], before[2]) > time() * 1e9 - _RACY_NS:
        return None
    return is_package, before, code


_EARLIER = frozenset(name for name in sys.modules if name.startswith("xpip."))
