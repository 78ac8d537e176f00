"""The journal of a change, and the way back.

A transaction folder `.xpip-txn` in the library folder holds the finished dist-info folders before
they are renamed into place, everything old that was moved aside, and the journal. **While the
journal exists, the change is undone by whoever finds it; once it is gone, the change has happened**
and the rest of the folder is rubbish. So removing the journal is the commit, and the way back is
the same code after an error and after a kill. docs/transactions.md tells it at length.
"""

from __future__ import annotations

import errno
import os

from xpip.environment.faults import EnvironmentBusy, write_fault
from xpip.environment.links import write_all
from xpip.environment.pending import FOLDER
from xpip.environment.records import absolute_paths, read_bytes, read_text, row_paths
from xpip.errors import EnvironmentFault
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_JOURNAL = "journal"
_UNFINISHED = "journal.new"
_RETIRED = "journal.done"
_OLD = "old"
_FIRST_LINE = "xpip-transaction 1"


class Journal(NamedTuple):
    """Everything that is needed to undo a change."""

    libraries: tuple[str, ...]
    """Library folders with a transaction folder; the first holds the journal and what is old."""
    staged: tuple[tuple[str, str], ...] = ()
    """(library folder, dist-info name) of what is to come; its RECORD lists what is created."""
    old: tuple[str, ...] = ()
    """What is moved aside, in order; its position is its name there."""
    spared: tuple[str, ...] = ()
    """Files of new RECORDs that were there before, belong to others too and are not touched."""
    folders: tuple[str, ...] = ()
    """Folders that do not exist before; what is below them is not listed."""
    created: tuple[str, ...] = ()
    """Files that are made and that no staged RECORD lists: those that are put back."""


def staging_folder(library: str) -> str:
    """Return where dist-info folders of a library are made ready."""
    return f"{library}/{FOLDER}"


def open_folders(libraries: Iterable[str], opened: list[str]) -> None:
    """Make the transaction folders; this is also the test whether anything can be written.

    Args:
        opened: Gets the library folders whose transaction folder was made.

    Raises:
        EnvironmentFault: A library folder cannot be written.
    """
    for library in libraries:
        folder = staging_folder(library)
        try:
            os.mkdir(folder)
        except OSError as error:
            clear_away(opened)
            opened.clear()
            if isinstance(error, FileExistsError):
                raise EnvironmentBusy(
                    f"another process is changing `{library}`",
                    details=(f"`{folder}` exists",),
                    hints=("wait for it to end, then run the command again",),
                ) from error
            raise write_fault("write to", library, error) from error
        opened.append(library)


def create_journal(library: str) -> int:
    """Return a descriptor of the new, empty journal, which does not count yet."""
    path = f"{library}/{FOLDER}/{_UNFINISHED}"
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise write_fault("create", path, error) from error


def write_journal(journal: Journal, descriptor: int) -> None:
    """Make the journal count: it is on the disk before the first change of the environment."""
    folder = staging_folder(journal.libraries[0])
    if journal.old:
        _make_folder(f"{folder}/{_OLD}")
    try:
        write_all(descriptor, _journal_text(journal).encode("utf-8", "surrogateescape"))
        os.fsync(descriptor)
        os.rename(f"{folder}/{_UNFINISHED}", f"{folder}/{_JOURNAL}")
        _sync_folder(folder)
    except OSError as error:
        raise write_fault("write", f"{folder}/{_JOURNAL}", error) from error


def move_aside(journal: Journal, position: int) -> None:
    """Take something old out of the environment, so that it can come back."""
    path = journal.old[position]
    aside = f"{staging_folder(journal.libraries[0])}/{_OLD}/{position}"
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise write_fault("remove", path, error) from error
        try:
            _move_across(path, aside)
        except OSError as failure:
            raise write_fault("remove", path, failure) from failure


def move_in(library: str, info_folder: str) -> None:
    """Rename a finished dist-info folder into place: its distribution is installed from then on."""
    path = f"{library}/{info_folder}"
    try:
        os.rename(f"{staging_folder(library)}/{info_folder}", path)
    except OSError as error:
        raise write_fault("create", path, error) from error


def commit(journal: Journal, *, durably: bool = False) -> None:
    """Make the change final; after an error it is not, and the journal is there.

    Args:
        durably: Only return when that is on the disk.
    """
    folder = staging_folder(journal.libraries[0])
    path = f"{folder}/{_JOURNAL}"
    try:
        if durably:
            _retire_durably(folder)
        else:
            os.unlink(path)
    except OSError as error:
        raise write_fault("remove", path, error) from error


def _retire_durably(folder: str) -> None:
    """Have the journal count no more, and that on the disk; it counts again where that fails."""
    os.rename(f"{folder}/{_JOURNAL}", f"{folder}/{_RETIRED}")
    try:
        _sync_folder(folder)
    except OSError:
        os.rename(f"{folder}/{_RETIRED}", f"{folder}/{_JOURNAL}")
        raise


def clear_away(libraries: Iterable[str]) -> bool:
    """Delete transaction folders without a journal; say whether all are gone."""
    gone = True
    for library in libraries:
        gone = _delete_tree(staging_folder(library)) and gone
    return gone


def read_journal(library: str) -> Journal | None:
    """Return the journal of a change that must be undone, None when there is none.

    Raises:
        EnvironmentFault: It was written by an xpip that this one does not understand.
    """
    path = f"{staging_folder(library)}/{_JOURNAL}"
    text = read_text(path)
    if text is None:
        return None
    lines = text.split("\n")
    if lines[0] != _FIRST_LINE or lines[-1] != "end" or not lines[1].startswith("library\t"):
        raise EnvironmentFault(
            f"an interrupted change of `{library}` cannot be undone by this xpip",
            details=(f"`{path}` is of another version or damaged",),
            hints=("run the xpip that was interrupted once more",),
        )
    fields: dict[str, list[str]] = {}
    for line in lines[1:-1]:
        kind, _, value = line.partition("\t")
        fields.setdefault(kind, []).append(value)
    staged = [value.partition("\t") for value in fields.get("staged", ())]
    return Journal(
        tuple(map(_decode, fields.get("library", ()))),
        tuple((_decode(folder), _decode(name)) for folder, _, name in staged),
        tuple(map(_decode, fields.get("old", ()))),
        tuple(map(_decode, fields.get("spared", ()))),
        tuple(map(_decode, fields.get("folder", ()))),
        tuple(map(_decode, fields.get("created", ()))),
    )


def _journal_text(journal: Journal) -> str:
    lines = [_FIRST_LINE]
    lines += [f"library\t{_encode(path)}" for path in journal.libraries]
    lines += [f"staged\t{_encode(path)}\t{_encode(name)}" for path, name in journal.staged]
    lines += [f"old\t{_encode(path)}" for path in journal.old]
    lines += [f"spared\t{_encode(path)}" for path in journal.spared]
    lines += [f"folder\t{_encode(path)}" for path in journal.folders]
    lines += [f"created\t{_encode(path)}" for path in journal.created]
    lines.append("end")
    return "\n".join(lines)


def _encode(path: str) -> str:
    return path.replace("%", "%25").replace("\n", "%0A").replace("\t", "%09")


def _decode(text: str) -> str:
    return text.replace("%09", "\t").replace("%0A", "\n").replace("%25", "%")


def roll_back(journal: Journal, strangers: Collection[str] = ()) -> None:
    """Bring back what was there before, then let the journal go.

    It may be interrupted and repeated at any point.

    Args:
        strangers: Files in new places that another process made meanwhile.

    Raises:
        EnvironmentFault: Something cannot be written; the journal stays for the next attempt.
    """
    new = [*_unstage(journal), *journal.created]
    spared = {*journal.old, *journal.spared, *strangers}
    for path in new:
        if path not in spared:
            _unlink(path)
    # All files of the store have one time, so bytecode that somebody made of a new source would
    # pass for that of an old one with the same size.
    remove_bytecode(new, spared)
    for folder in journal.folders:
        remove_hollow_tree(folder)
    aside = f"{staging_folder(journal.libraries[0])}/{_OLD}"
    for position, path in enumerate(journal.old):
        _move_back(f"{aside}/{position}", path)
    commit(journal)


def _unstage(journal: Journal) -> list[str]:
    """Take new dist-info folders out of their places; return every file that may have been made."""
    new: list[str] = []
    aside = f"{staging_folder(journal.libraries[0])}/{_OLD}"
    # A dist-info that has the name of a new one is the old one until it was moved aside.
    names = {f"{library}/{info_folder}" for library, info_folder in journal.staged}
    still_old = {
        path
        for position, path in enumerate(journal.old)
        if path in names and not os.path.lexists(f"{aside}/{position}")
    }
    for library, info_folder in journal.staged:
        staged = f"{staging_folder(library)}/{info_folder}"
        final = f"{library}/{info_folder}"
        if not os.path.lexists(staged):
            if final in still_old:
                continue
            try:
                os.rename(final, staged)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise write_fault("remove", final, error) from error
        record = read_bytes(f"{staged}/RECORD") or b""
        inside = final + "/"
        rows = row_paths(record.decode("utf-8", "surrogateescape"))
        new += [path for path in absolute_paths(library, rows) if not path.startswith(inside)]
    return new


def _move_back(aside: str, path: str) -> None:
    try:
        os.rename(aside, path)
    except FileNotFoundError:
        if not os.path.lexists(aside):
            return
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.rename(aside, path)
        except OSError as error:
            raise write_fault("restore", path, error) from error
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise write_fault("restore", path, error) from error
        try:
            _move_across(aside, path)
        except OSError as failure:
            raise write_fault("restore", path, failure) from failure


def _move_across(source: str, target: str) -> None:
    """Move a file or symbolic link to another file system; the target is never half there."""
    partial = target + ".xpip-part"
    _unlink(partial)
    status = os.lstat(source)
    if os.path.islink(source):
        os.symlink(os.readlink(source), partial)
    else:
        descriptor = os.open(
            partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, status.st_mode & 0o777
        )
        try:
            write_all(descriptor, read_bytes(source) or b"")
            os.fchmod(descriptor, status.st_mode & 0o777)
            os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(descriptor)
    os.rename(partial, target)
    os.unlink(source)


def remove_empty_folders(
    folders: Iterable[str], kept: Collection[str], *, climb: bool = True
) -> None:
    """Remove folders that hold nothing any more, and those above that become empty by it.

    Args:
        kept: Folders that stay in any case.
        climb: Look at the folders above too.
    """
    wanted = set()
    for folder in folders:
        path = folder
        while path not in wanted and path not in kept and len(path) > 1:
            wanted.add(path)
            if not climb:
                break
            path = os.path.dirname(path)
    for folder in sorted(wanted, key=len, reverse=True):
        try:
            os.rmdir(folder)
        except OSError:
            # It is not empty, is gone already, or is a link: all of them are to stay as they are.
            continue


def remove_hollow_tree(folder: str) -> None:
    """Remove a folder and those below it, but for those that hold a file."""
    for parent, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(parent)
        except OSError:
            # It holds something, which is to stay, or it is gone.
            continue


def bytecode_of(sources: Iterable[str]) -> list[str]:
    """Return the compiled files that exist for source files, as Python names them."""
    stems: dict[str, set[str]] = {}
    for source in sources:
        if source.endswith(".py"):
            folder, _, name = source.rpartition("/")
            stems.setdefault(folder, set()).add(name[:-3])
    found = []
    for folder, names in stems.items():
        cache = f"{folder}/__pycache__"
        try:
            entries = os.listdir(cache)
        except OSError:
            continue
        found += [
            f"{cache}/{entry}"
            for entry in entries
            if entry.endswith(".pyc") and _module_of(entry) in names
        ]
    return found


def _module_of(entry: str) -> str:
    """Return `stem` for `stem.cpython-311.pyc` and `stem.cpython-311.opt-1.pyc`."""
    name = entry[:-4]
    front, _, last = name.rpartition(".")
    return front.rpartition(".")[0] if last.startswith("opt-") else front


def remove_bytecode(sources: Iterable[str], spared: Collection[str]) -> None:
    """Remove the compiled files of sources, and their folders where nothing else is in them."""
    compiled = [path for path in bytecode_of(sources) if path not in spared]
    for path in compiled:
        _unlink(path)
    remove_empty_folders({os.path.dirname(path) for path in compiled}, (), climb=False)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
    except OSError as error:
        if os.path.isdir(path):
            return
        raise write_fault("remove", path, error) from error


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)
    except OSError as error:
        raise write_fault("create", path, error) from error


def _sync_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _delete_tree(path: str) -> bool:
    """Delete a folder and all in it without following links; say whether it is gone."""
    try:
        if os.path.islink(path):
            # A planted one: what it leads to is none of our business.
            os.unlink(path)
            return True
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    _delete_tree(entry.path)
                else:
                    os.unlink(entry.path)
        os.rmdir(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
