"""Tier 0: answer a repeated `install` or `sync` from a stamp, by `sys` and `os` alone.

A stamp is one file per command line and folder in the shared cache. It holds the inputs of a run
that found everything satisfied: the state of each file and folder that was consulted, absent ones
included, and one digest of its arguments, of the variables that could lead to another outcome and
of the files that are compared by content. So no password of an index can be read from it. It is no
verdict about the world: whatever differs, is torn, foreign or doubtful is a miss, and the command
runs. `repeated_venv.py` and `repeated_compile.py` keep more in their stamps than what was said.

This file and `cli/main.py` do without `from __future__ import annotations`, which is an import.
"""

import os
import sys
from marshal import dumps, loads

import xpip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

BUCKET = "unchanged-v1"
"""Folder of the stamps below the cache."""
TEMPORARY = "tmp"
"""Where the store makes what it then renames into place; `store/layout.py` has the same name."""

MAXIMUM_STAMPS = 200
"""More are not kept: a machine that works in ever new folders would collect them."""

RACY_NS = 50_000_000
"""Nanoseconds. A file changed less than this before the run began may change once more within the
same tick of the file system's clock, so its state says nothing (as with git's index)."""
RACY_CONTENT_NS = 10_000_000
"""The same where the content is compared: only a write after the run had read it could be missed,
and no clock of a kernel ticks more slowly."""
RACY_WHOLE_SECONDS_NS = 2_100_000_000
"""The same for file systems that keep whole or even seconds."""

_MAGIC = b"xpip-unchanged-2\n"
_MAXIMUM_SIZE = 8 * 1024 * 1024
_LARGE = 256 * 1024
_PRIME = (1 << 127) - 735
"""Not 2**n - 1: modulo that number, swapped words of a file would not be noticed."""

_BY_CONTENT = (".toml", ".txt", ".in", ".py")
"""Ends of names of files whose content is compared: other tools and checkouts write the same one
again and again."""
_MARSHAL_VERSION = 2
"""In which equal values always give equal bytes; later ones tell shared objects apart."""

_KIND, _REGULAR, _FOLDER = 0o170000, 0o100000, 0o040000
"""As in the `stat` module."""

_PREFIXES = ("PIP_", "XPIP_", "UV_", "PYTHON", "CONDA_")
_NAMES = (
    "VIRTUAL_ENV", "HOME", "PATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "USERPROFILE",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS",
    "LANG", "LC_ALL", "LC_CTYPE", "NETRC", "__PYVENV_LAUNCHER__",
)  # fmt: skip

_REFUSED = (
    "--upgrade", "--upgrade-package", "--upgrade-strategy", "--force-reinstall", "--reinstall",
    "--reinstall-package", "--ignore-installed", "--editable", "--report", "--dry-run", "--verbose",
    "--no-cache-dir", "--no-cache", "--refresh", "--refresh-package", "--help", "--debug", "--log",
    "--group", "--directory", "--only-deps", "--repair", "--ask", "--strict", "--pip-args",
    "--allow-empty",
)  # fmt: skip
_REFUSED_LETTERS = "UPIevhna"
_LETTERS_WITH_VALUE = ("r", "c", "i", "f", "p", "t")


def check(argv: "Sequence[str]") -> "str | None":
    """Return the saved standard output of an identical run when nothing has changed since.

    Args:
        argv: Arguments after the program's name.
    """
    if "install" not in argv and "sync" not in argv:
        return None
    output = recall(argv)
    return output if isinstance(output, str) else None


def recall(argv: "Sequence[str]") -> object:
    """Return what was kept of an identical run when nothing has changed since, else None."""
    try:
        environ = os.environ
        root = store_root(argv, environ)
        if root is None:
            return None
        cwd = os.getcwd()
        content = _read(_stamp_path(root, argv, cwd))
        if content is None:
            return None
        seal, names, states, contents, output = loads(content)  # noqa: S302 - see `_read`
        for path, known in states:
            if known != state(path):
                return None
        if seal != _seal(argv, cwd, environ, names, contents):
            return None
    except (OSError, ValueError, TypeError, EOFError):
        return None
    return output


def remember(
    argv: "Sequence[str]",
    root: str,
    paths: "Iterable[str]",
    output: "str | tuple[object, ...]",
    began: float,
    names: "Iterable[str]" = (),
) -> bool:
    """Keep a stamp of a run that changed nothing, and say whether one was written.

    The caller vouches that the run had no direct requirement (URL, path, editable), that no option
    from a variable or file asked for more than satisfying (`upgrade`, `report` ...), and that
    nothing went to standard error, since a hit says nothing there.

    Args:
        root: The cache in use; no stamp is written when tier 0 would look elsewhere.
        paths: Every file and folder consulted, those looked for in vain included; absolute.
        output: What the run wrote to standard output; for another command than `install` and
            `sync` what `recall` is to return, of tuples and strings.
        began: When the run began to read, in seconds since the epoch; whatever changed after
            that, or so shortly before that a clock tick may hide another change, forbids a stamp.
        names: Variables that were looked at, besides those that always count.
    """
    try:
        environ = os.environ
        if isinstance(output, str) and not is_eligible(argv):
            return False
        if store_root(argv, environ) != root:
            return False
        states: list[tuple[str, object]] = []
        contents: list[str] = []
        mentioned = dict.fromkeys(names)
        limit = int(began * 1e9)
        for path in dict.fromkeys(paths):
            known = state(path)
            if isinstance(known, int):
                states.append((path, known))
                continue
            is_regular = known[0] & _KIND == _REGULAR
            by_content = is_regular and path.endswith(_BY_CONTENT) and known[1] < _LARGE
            if _is_racy(path, limit, RACY_CONTENT_NS if by_content else RACY_NS):
                return False
            if is_regular and ".dist-info" not in path:
                _note_variables(path, mentioned)
            if by_content:
                contents.append(path)
            else:
                states.append((path, known))
        cwd = os.getcwd()
        content = (
            _seal(argv, cwd, environ, mentioned, contents),
            tuple(mentioned),
            tuple(states),
            tuple(contents),
            output,
        )
        _write(root, _stamp_path(root, argv, cwd), dumps(content))  # type: ignore[arg-type]
    except (OSError, ValueError):
        return False
    return True


def is_eligible(argv: "Sequence[str]") -> bool:
    """Say whether the arguments of an installation may be answered from a stamp at all.

    Abbreviated and bundled options count as what they might mean.
    """
    if "install" not in argv and "sync" not in argv:
        return False
    for argument in argv:
        if argument.startswith("--"):
            name = argument.partition("=")[0]
            if any(refused.startswith(name) for refused in _REFUSED):
                return False
        elif argument.startswith("-"):
            letters = "" if argument[1:2] in _LETTERS_WITH_VALUE else argument
            if any(letter in letters for letter in _REFUSED_LETTERS):
                return False
        elif "://" in argument and " @ " in argument:
            return False
    return True


def variables() -> "dict[str, str]":
    """Return all variables of this process."""
    return dict(os.environ)


def store_root(argv: "Sequence[str]", environ: "Mapping[str, str]") -> "str | None":
    """Return the folder of the shared cache; None where only `cli/settings.py` can tell.

    The same rule as there, but for a cache that a configuration file names.
    """
    folder = ""
    for position, argument in enumerate(argv):
        name, equals, value = argument.partition("=")
        if name == "--cache-dir":
            folder = value if equals else "".join(argv[position + 1 : position + 2])
        elif len(name) > len("--") and "--cache-dir".startswith(name):
            return None
    folder = folder or environ.get("XPIP_CACHE_DIR", "") or environ.get("PIP_CACHE_DIR", "")
    if not folder:
        if os.name == "nt":
            return None
        home = environ.get("HOME", "")
        if sys.platform == "darwin":
            folder = home and f"{home}/Library/Caches/xpip"
        else:
            above = environ.get("XDG_CACHE_HOME", "").strip() or (home and f"{home}/.cache")
            folder = above and f"{above}/xpip"
    return os.path.abspath(os.path.expanduser(folder)) if folder else None


def tell(stream: "TextIO | None", text: str) -> bool:
    """Write a text that a run wrote before, and say whether that worked."""
    try:
        if text:
            stream.write(text)  # type: ignore[union-attr]  # None where the caller closed it
            stream.flush()  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return False
    return True


def state(path: str) -> "tuple[int, ...] | int":
    """Return what is compared of a file or folder, or the error number when there is none.

    The time of the last change of status is left out where a file has several names: each link that
    another environment gets to a blob of the store moves it.
    """
    try:
        found = os.stat(path)
    except OSError as error:
        return error.errno or -1
    own = found.st_nlink == 1 or found.st_mode & _KIND == _FOLDER
    return (
        found.st_mode,
        found.st_size,
        found.st_mtime_ns,
        found.st_ino,
        found.st_dev,
        found.st_uid,
        found.st_ctime_ns if own else 0,
    )


def _is_racy(path: str, limit: int, margin: int) -> bool:
    found = os.stat(path)
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    whole = found.st_mtime_ns % 1_000_000_000 == 0 and found.st_ctime_ns % 1_000_000_000 == 0
    return changed >= limit - (RACY_WHOLE_SECONDS_NS if whole else margin)


def _run(argv: "Sequence[str]", cwd: str) -> "tuple[object, ...]":
    """Return what a stamp must agree with besides variables and files."""
    user = os.geteuid() if hasattr(os, "geteuid") else -1
    own = state(__file__)
    # Who owns the folder decides whether settings above it count.
    owner = os.stat(cwd).st_uid
    python = sys.executable, sys.version
    return xpip.__version__, __file__, own, *python, user, cwd, owner, tuple(argv)


def _variables(environ: "Mapping[str, str]") -> "dict[str, str]":
    return {name: environ[name] for name in environ if name.startswith(_PREFIXES) or name in _NAMES}


def _seal(
    argv: "Sequence[str]",
    cwd: str,
    environ: "Mapping[str, str]",
    names: "Iterable[str]",
    contents: "Iterable[str]",
) -> bytes:
    """Return one digest of all that a stamp must agree with besides the states of files.

    Passwords stand in arguments, in variables and in files, so nothing of them is kept as it is.
    """
    parts = (
        _run(argv, cwd),
        tuple(sorted(_variables(environ).items())),
        tuple([(name, environ.get(name)) for name in names]),
        tuple([_content(path) for path in contents]),
    )
    return _digest(dumps(parts, _MARSHAL_VERSION))  # type: ignore[arg-type]


def _content(path: str) -> "tuple[int, int, bytes]":
    """Return what is compared of a file that is compared by content."""
    with open(path, "rb", buffering=0) as file:
        found = os.fstat(file.fileno())
        if found.st_mode & _KIND != _REGULAR or found.st_size >= _LARGE:
            raise ValueError(path)
        return found.st_mode, found.st_uid, file.read()


def _digest(data: bytes) -> bytes:
    try:
        # Not by way of `hashlib`, which brings OpenSSL: 3 ms. Looking in vain for a module takes as
        # long as loading one.
        sha256 = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
    except ImportError:
        from hashlib import sha256
    digest: bytes = sha256(data).digest()
    return digest


def _note_variables(path: str, mentioned: "dict[str, None]") -> None:
    """Collect the variables that a requirements file expands (`${NAME}`).

    Which of the consulted files are requirements is not known here, and more do no harm; only an
    interpreter is megabytes long.
    """
    if os.path.basename(path).startswith("python"):
        return
    with open(path, encoding="utf-8", errors="replace") as file:
        parts = file.read().split("${")
    for part in parts[1:]:
        mentioned[part.partition("}")[0]] = None


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little") % _PRIME


def _stamp_path(root: str, argv: "Sequence[str]", cwd: str) -> str:
    name = "\0".join((cwd, *argv)).encode("utf-8", "surrogateescape")
    return f"{root}/{BUCKET}/{_digest(name).hex()[:32]}"


def _checksum(content: bytes) -> bytes:
    return _number(content + b"\1").to_bytes(16, "little")


def _read(path: str) -> "bytes | None":
    """Return the content of a stamp, None when it is not whole or not this user's."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags)
    try:
        found = os.fstat(descriptor)
        if found.st_mode & _KIND != _REGULAR or found.st_size > _MAXIMUM_SIZE:
            return None
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            return None
        data = os.read(descriptor, found.st_size + 1)
    finally:
        os.close(descriptor)
    start = len(_MAGIC) + 16
    content = data[start:]
    # marshal is not safe on damaged bytes, so nothing reaches it that was not written whole.
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : start] != _checksum(content):
        return None
    return content


def _write(root: str, path: str, content: bytes) -> None:
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    _drop_old(folder)
    workshop = os.path.join(root, TEMPORARY)
    os.makedirs(workshop, mode=0o700, exist_ok=True)
    temporary = f"{workshop}/{os.getpid():x}-{os.urandom(8).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_MAGIC + _checksum(content) + content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _drop_old(folder: str) -> None:
    """Remove the older half of the stamps when there are too many."""
    names = os.listdir(folder)
    if len(names) < MAXIMUM_STAMPS:
        return
    paths = [f"{folder}/{name}" for name in names]
    paths.sort(key=lambda path: os.lstat(path).st_mtime_ns)
    for path in paths[: len(paths) // 2]:
        os.unlink(path)
