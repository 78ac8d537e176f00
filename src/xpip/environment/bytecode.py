"""Bytecode of modules, made by the interpreter that will use it and kept in the store.

A compiled file names its source's time and size. All files of the store have one time, and so have
the links and copies of them in environments, so a module is compiled once for all environments. Who
edits a source gives it another time; Python then compiles it anew and renames the result over ours,
which leaves the file of the store alone. The name of the source in tracebacks is set by Python when
it loads a module; the one compiled in does not count (docs/performance.md, "Bytecode").
"""

from __future__ import annotations

import os

from xpip.environment.compiled import CACHE, bytecode_kind
from xpip.environment.installed import installed_files, scan
from xpip.model.records import TYPE_CHECKING
from xpip.process import ProgramFailed, converse, run
from xpip.store.bytecode import (
    StoredBytecode,
    can_keep_bytecode,
    read_bytecode,
    remove_folder,
    write_bytecode,
)
from xpip.store.layout import BLOB_MTIME
from xpip.store.wheels import blob_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xpip.model.distribution import StoredFolder, StoredWheel
    from xpip.model.environment import Environment, Interpreter
    from xpip.model.reporter import Reporter
    from xpip.store.bytecode import CompiledFile
    from xpip.store.layout import Store

_COMPILED_SCHEMES = frozenset(("library", "purelib", "platlib"))
_BATCH = 1 << 17
"""Bytes of source that one request to a worker has at most, unless one file is larger."""
_SILENCE = 300.0
"""Seconds after which workers that answer nothing are given up."""
_TIME_LIMIT = 1800.0
"""Seconds for compiling in place; the largest environments take some minutes on one core."""

WORKER = r"""
import marshal, os, sys
from binascii import crc32
from importlib.util import MAGIC_NUMBER

def compiled(source, name, target, size, mtime, level):
    if isinstance(source, bytes):
        text = source
    else:
        with open(source, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size != size or status.st_mtime != mtime:
                return "changed"
            text = file.read()
    try:
        code = compile(text, name, "exec", dont_inherit=True, optimize=level)
        payload = marshal.dumps(code)
    except (SyntaxError, ValueError, RecursionError, OverflowError, MemoryError):
        return "-"
    numbers = (0, mtime, size & 0xFFFFFFFF)
    data = MAGIC_NUMBER + b"".join(n.to_bytes(4, "little") for n in numbers) + payload
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.utime(descriptor, (mtime, mtime))
    return "%d:%d" % (len(data), crc32(data))

requests, answers = sys.stdin.buffer, sys.stdout.buffer
while True:
    try:
        level, mtime, jobs = marshal.load(requests)
    except EOFError:
        break
    done = [compiled(*job, mtime, level) for job in jobs]
    answers.write((" ".join(done) + "\n").encode())
    answers.flush()
"""
"""Runs in the target's interpreter, from Python 3.8 on: answers each request, a marshalled tuple,
by one line with a word for each file."""


class _Job:
    """One module to compile."""

    __slots__ = ("answer", "folder", "name", "size", "source", "target")

    def __init__(
        self, folder: tuple[str, str], name: str, source: str | bytes, size: int, target: str
    ) -> None:
        self.folder = folder
        """(scheme, path) of the source."""
        self.name = name
        self.source = source
        """Absolute path of the blob, or the bytes themselves."""
        self.size = size
        self.target = target
        """Absolute path of the compiled file."""
        self.answer = ""
        """What the worker said; empty while it said nothing."""


def make_bytecode(
    interpreter: Interpreter,
    wheels: Iterable[StoredWheel],
    store: Store,
    level: int,
    reporter: Reporter,
) -> tuple[str, ...]:
    """Have the store hold bytecode of all modules of some wheels.

    A module that does not compile stays without, as with pip: many projects ship templates and
    modules for other versions of Python. Nothing else is made to fail either, since Python compiles
    what is missing at import.

    Args:
        level: As in `bytecode_kind`.

    Returns:
        Names of the wheels that the store can hold no bytecode of, as METADATA spells them.
    """
    kind = bytecode_kind(interpreter, level)
    if not kind:
        return ()
    elsewhere: list[str] = []
    planned: list[tuple[StoredWheel, str, list[_Job]]] = []
    for wheel in wheels:
        if read_bytecode(store, wheel.key, kind) is not None:
            continue
        if can_keep_bytecode(store, wheel.key):
            folder = store.temporary_path()
            planned.append((wheel, folder, list(_jobs(wheel, store, folder))))
        else:
            elsewhere.append(wheel.name)
    if not planned:
        return tuple(elsewhere)
    jobs = [job for _, _, some in planned for job in some]
    reporter.started("compile", len(jobs))
    try:
        for _, folder, _ in planned:
            os.makedirs(folder, mode=0o700)
        _compile(interpreter.executable, jobs, level, reporter)
        lost = 0
        suffix = f".{interpreter.bytecode_tag}{f'.opt-{level}' if level else ''}.pyc"
        for wheel, folder, some in planned:
            if all(job.answer and job.answer != "changed" for job in some):
                write_bytecode(store, wheel.key, kind, folder, _bytecode(some, suffix))
            else:
                lost += 1
        if lost:
            reporter.warning(f"{lost} distributions were not compiled: a worker stopped answering")
    except OSError as error:
        reporter.warning(f"modules were not compiled: {error.strerror or error}")
    finally:
        for _, folder, _ in planned:
            remove_folder(folder)
        reporter.finished("compile")
    return tuple(elsewhere)


def _jobs(wheel: StoredWheel, store: Store, target: str) -> Iterator[_Job]:
    """Yield the modules of a wheel; those that it brings compiled itself are left out."""
    blobs = blob_folder(store, wheel.key)
    shipped = {
        (folder.scheme, folder.path.rpartition(CACHE)[0].rstrip("/"), file[0].partition(".")[0])
        for folder in wheel.folders
        if folder.path.rpartition("/")[2] == CACHE
        for file in folder.files
    }
    number = 0
    for folder in wheel.folders:
        if not _holds_modules(folder, wheel):
            continue
        for name, blob, size, content, _ in folder.files:
            if not name.endswith(".py"):
                continue
            if shipped and (folder.scheme, folder.path, name.partition(".")[0]) in shipped:
                continue
            source: str | bytes = f"{blobs}/{blob}" if blob else content or b""
            yield _Job((folder.scheme, folder.path), name, source, size, f"{target}/{number}")
            number += 1


def _holds_modules(folder: StoredFolder, wheel: StoredWheel) -> bool:
    """Say whether modules in a folder can be imported."""
    if folder.scheme not in _COMPILED_SCHEMES or folder.path.rpartition("/")[2] == CACHE:
        return False
    return f"{folder.path}/".partition("/")[0] != wheel.info_folder


def _compile(executable: str, jobs: Sequence[_Job], level: int, reporter: Reporter) -> None:
    """Fill in the answers of jobs; what a worker that died had to do stays without."""
    import marshal

    batches = list(_batches(jobs))
    requests = [
        marshal.dumps((level, BLOB_MTIME, tuple(_request(job) for job in batch)), 2)
        for batch in batches
    ]
    workers = min(len(batches), len(os.sched_getaffinity(0)) if _has_affinity() else 1)
    argv = (executable, "-I", "-S", "-B", "-W", "ignore", "-c", WORKER)
    try:
        for position, line in converse(argv, workers, requests, _SILENCE):
            batch = batches[position]
            words = line.split()
            if len(words) == len(batch):
                for job, word in zip(batch, words, strict=True):
                    job.answer = word.decode("ascii", "replace")
            reporter.progressed("compile", len(batch))
    except ProgramFailed as failure:
        reporter.warning(f"modules were not compiled: {failure.summary}")


def _has_affinity() -> bool:
    return hasattr(os, "sched_getaffinity")


def _request(job: _Job) -> tuple[str | bytes, str, str, int]:
    path = f"{job.folder[1]}/{job.name}" if job.folder[1] else job.name
    return (job.source, path, job.target, job.size)


def _batches(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    """Yield all jobs in portions, large files first, so that all workers end at about one time."""
    batch: list[_Job] = []
    size = 0
    for job in sorted(jobs, key=_size_of, reverse=True):
        if batch and size + job.size > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(job)
        # Starting on a file costs about as much as compiling a kilobyte.
        size += job.size + 1024
    if batch:
        yield batch


def _size_of(job: _Job) -> int:
    return job.size


def _bytecode(jobs: Sequence[_Job], suffix: str) -> StoredBytecode:
    """Return what is in the folder of a wheel whose jobs are all answered."""
    from xpip.formats.record import format_row

    folders: dict[tuple[str, str], list[CompiledFile]] = {}
    rows: list[str] = []
    for job in jobs:
        size, separator, check = job.answer.partition(":")
        if not separator:
            continue
        scheme, path = job.folder
        name = job.name[: -len(".py")] + suffix
        cache = f"{path}/{CACHE}" if path else CACHE
        folders.setdefault((scheme, cache), []).append(
            (name, os.path.basename(job.target), int(size), int(check))
        )
        if scheme == "library":
            rows.append(format_row(f"{cache}/{name}", None, None))
    return StoredBytecode(
        "",
        tuple((*place, tuple(files)) for place, files in folders.items()),
        "".join(rows),
    )


def compile_in_place(environment: Environment, names: Iterable[str], reporter: Reporter) -> None:
    """Compile all modules of installed distributions where they are, on all cores.

    For what comes from a cache that is only read, so that no bytecode can be kept beside it.

    Args:
        names: Normalised.
    """
    wanted = set(names)
    sources = [
        os.path.normpath(os.path.join(distribution.location, row.path))
        for distribution in scan(environment)
        if distribution.name in wanted
        for row in installed_files(distribution) or ()
        if row.path.endswith(".py")
    ]
    if not sources:
        return
    argv = (environment.interpreter.executable, "-I", "-m", "compileall", "-q", "-q", "-j", "0")
    try:
        done = run(
            (*argv, "-i", "-"),
            input="\n".join(sources).encode("utf-8", "surrogateescape"),
            timeout=_TIME_LIMIT,
        )
    except ProgramFailed as failure:
        reporter.warning(f"modules were not compiled: {failure.summary}")
        return
    if done.code:
        reporter.detail("some modules do not compile for this Python and stay without bytecode")
