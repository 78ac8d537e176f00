"""What the entries of a wheel are for, and whether they are what RECORD says.

Everything a wheel can be refused for is found here, before the first byte is written anywhere.

Spec: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.formats.core_metadata import parse_headers
from xpip.formats.record import RecordRow
from xpip.formats.wheel_archive import ArchiveEntry, fold, shown
from xpip.formats.wheel_name import WheelName, expand_tags
from xpip.model.link import Digest
from xpip.model.names import normalized_name
from xpip.model.records import NamedTuple
from xpip.model.versions_text import parse_version

LIBRARY = "library"
"""Scheme of everything outside the `.data` folder."""
DATA_SCHEMES = ("purelib", "platlib", "scripts", "headers", "data")
SUPPORTED_VERSION = 1
"""Major Wheel-Version."""
KNOWN_MINOR_VERSION = 0

REMADE_FILES = frozenset(("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"))
"""Files of the dist-info folder that the installer writes, whatever the wheel says."""
SIGNATURES = frozenset(("RECORD.jws", "RECORD.p7s"))
"""Files that RECORD cannot list, because they sign it."""
_SAFE_ALGORITHMS = frozenset(("sha256", "sha384", "sha512"))

_INFO_SUFFIX = ".dist-info"
_DATA_SUFFIX = ".data"
_METADATA_SUFFIXES = (_INFO_SUFFIX, ".egg-info", ".egg-link", ".egg")
"""What installers take for a distribution when it stands in a library folder."""
_LIBRARIES = ("site-packages", "dist-packages")
_OWN_PREFIX = ".xpip-"
"""Of the names that xpip uses in library folders: the transaction folder and the lock."""
_INTERPRETERS = frozenset(("python", "pythonw", "pypy", "pypyw"))
_OF_THE_ENVIRONMENT = frozenset(
    ("activate", "activate_this.py", "deactivate", "deactivate.bat", "pyvenv.cfg")
)
_SCRIPT_FOLDERS = ("bin", "scripts")


class WheelFile(NamedTuple):
    """One file to be placed."""

    entry: ArchiveEntry
    scheme: str
    path: str
    """Below the folder of the scheme."""


class WheelFacts(NamedTuple):
    """What the WHEEL file says."""

    root_is_purelib: bool
    warnings: tuple[str, ...] = ()


class WheelContents(NamedTuple):
    """The entries of a wheel by what they are for."""

    info_folder: str
    files: tuple[WheelFile, ...]
    """In archive order; without the files of `REMADE_FILES`."""
    info: dict[str, ArchiveEntry]
    """Files directly in the dist-info folder by name, all of them."""
    folders: tuple[tuple[str, str], ...] = ()
    """(scheme, path) of folders that the archive lists as entries of their own."""


def sort_entries(entries: tuple[ArchiveEntry, ...], wheel: WheelName, owner: str) -> WheelContents:
    """Return what each entry is for.

    Args:
        wheel: What the file name says.
        owner: The file name, for error messages.

    Raises:
        IntegrityError: There is not exactly one dist-info folder, it or the data folder belongs to
            another release, or a file would go where no wheel may write.
    """
    info_folder = _find_info_folder(entries, wheel, owner)
    prefix = info_folder + "/"
    files = []
    info: dict[str, ArchiveEntry] = {}
    folders = []
    for entry in entries:
        name = entry.name
        if name.startswith(prefix):
            scheme, path = LIBRARY, name
            rest = name[len(prefix) :]
            if rest and "/" not in rest:
                info[rest] = entry
                if rest in REMADE_FILES:
                    continue
        else:
            scheme, path = _scheme_of(name, wheel, owner)
        if not path:
            continue
        if path[-1] == "/":
            folders.append((scheme, path[:-1]))
            continue
        if scheme != LIBRARY:
            _check_target(scheme, path, name, wheel, owner)
        files.append(WheelFile(entry, scheme, path))
    for needed in ("METADATA", "WHEEL", "RECORD"):
        if needed not in info:
            raise _refused(owner, f"it has no `{info_folder}/{needed}`")
    _check_overlap(files, owner)
    return WheelContents(info_folder, tuple(files), info, tuple(folders))


def parse_wheel_file(data: bytes, wheel: WheelName, owner: str) -> WheelFacts:
    """Return what a WHEEL file says that matters for installing.

    Raises:
        IntegrityError: Its version is one that this installer does not know, or a field is missing.
    """
    fields = parse_headers(data, f"{owner}: WHEEL")
    warnings = []
    version = (fields.get("wheel-version") or [""])[0].strip()
    major, _, minor = version.partition(".")
    if not (major.isdecimal() and minor.isdecimal() and version.isascii() and len(version) < 10):  # noqa: PLR2004
        raise _refused(owner, f"its Wheel-Version `{shown(version)}` is not a version")
    if int(major) != SUPPORTED_VERSION:
        raise _refused(owner, f"its Wheel-Version {version} is not supported, only 1.x is")
    if int(minor) > KNOWN_MINOR_VERSION:
        warnings.append(f"`{owner}` has Wheel-Version {version}, which is newer than 1.0")
    purelib = (fields.get("root-is-purelib") or [""])[0].strip().lower()
    if purelib not in ("true", "false"):
        raise _refused(owner, f"its Root-Is-Purelib is `{shown(purelib)}`, not `true` or `false`")
    stated = {tag for text in fields.get("tag", []) for tag in expand_tags(text.strip())}
    if stated != set(wheel.tags):
        warnings.append(f"the tags in the file name of `{owner}` are not those in its WHEEL file")
    return WheelFacts(purelib == "true", tuple(warnings))


def check_release(name: str, version: str, wheel: WheelName, owner: str) -> None:
    """Ensure that METADATA describes the release that the file name promises.

    Raises:
        IntegrityError: It does not.
    """
    if normalized_name(name) != wheel.name:
        raise _refused(owner, f"its METADATA names the project `{shown(name)}`")
    if not _same_version(version, wheel.version):
        raise _refused(owner, f"its METADATA names the version `{shown(version)}`")


def check_record(
    rows: tuple[RecordRow, ...], entries: tuple[ArchiveEntry, ...], info_folder: str, owner: str
) -> dict[str, Digest]:
    """Return the digest that RECORD states for each file, once both list the same files.

    Files that RECORD need not list have no digest.

    Raises:
        IntegrityError: A file has no row, a row has no file, or a row says too little.
    """
    sizes = {entry.name: entry.size for entry in entries if not entry.is_folder()}
    own = f"{info_folder}/RECORD"
    exempt = {own, *(f"{info_folder}/{name}" for name in SIGNATURES)}
    digests: dict[str, Digest] = {}
    for row in rows:
        path = row.path
        if path == own or (path in exempt and row.digest is None) or path[-1] == "/":
            continue
        fault = _row_fault(row, sizes)
        if fault or row.digest is None:
            raise _file_refused(owner, path, fault)
        if digests.setdefault(path, row.digest) != row.digest:
            raise _file_refused(owner, path, "RECORD lists it twice with different hashes")
    for path in sizes:
        if path not in digests and path not in exempt:
            raise _file_refused(owner, path, "RECORD does not list it")
    return digests


def _row_fault(row: RecordRow, sizes: dict[str, int]) -> str:
    """Return why a row cannot be right, empty when it can."""
    size = sizes.get(row.path)
    if size is None:
        return "RECORD lists it, but the wheel does not have it"
    if row.digest is None:
        return "RECORD states no hash for it"
    if row.digest.algorithm not in _SAFE_ALGORITHMS:
        return f"the hash in RECORD is {shown(row.digest.algorithm)}, which is not safe"
    if row.size is not None and row.size != size:
        return f"RECORD says {row.size} bytes, it has {size}"
    return ""


def wrong_digest(owner: str, path: str, expected: Digest, found: str) -> IntegrityError:
    """Return the error for a file whose bytes are not those that RECORD promises."""
    return IntegrityError(
        f"`{owner}` is not a usable wheel: `{shown(path)}` is not what RECORD says",
        details=(f"RECORD: {expected}", f"found:  {expected.algorithm}:{found}"),
    )


def is_protected_script(filename: str, project: str) -> bool:
    """Say whether a script of this name would replace the interpreter, an activation or pip.

    pip and xpip themselves may bring their own commands.

    Args:
        project: Normalised name of the project that brings it.
    """
    name = filename.lower()
    for suffix in (".exe", "-script.py", "-script.pyw"):
        name = name.removesuffix(suffix)
    if name in _OF_THE_ENVIRONMENT or name.startswith("activate."):
        return True
    stem = name.rstrip("0123456789.")
    if stem in ("pip", "xpip"):
        return project != stem
    # `python3.13t` is an interpreter; `python-argcomplete-check` is a script.
    return stem in _INTERPRETERS or name.rstrip("td").rstrip("0123456789.") in _INTERPRETERS


def protected_script(name: str, owner: str) -> IntegrityError:
    """Return the error for a script that would replace part of the environment itself."""
    return _refused(owner, f"its script `{shown(name)}` would replace part of the environment")


def _find_info_folder(entries: tuple[ArchiveEntry, ...], wheel: WheelName, owner: str) -> str:
    tops = {entry.name.partition("/")[0] for entry in entries}
    found = sorted(top for top in tops if top.lower().endswith(_INFO_SUFFIX))
    if not found:
        raise _refused(owner, "it has no dist-info folder")
    if len(found) > 1:
        listed = ", ".join(f"`{shown(top)}`" for top in found[:4])
        raise _refused(owner, f"it has {len(found)} dist-info folders: {listed}")
    if not _belongs(found[0], _INFO_SUFFIX, wheel):
        raise _refused(owner, f"its `{shown(found[0])}` is of another release")
    for top in tops:
        fault = "" if top == found[0] else _library_fault(top, wheel)
        if fault:
            raise _refused(owner, f"`{shown(top)}` {fault}")
    return found[0]


def _library_fault(name: str, wheel: WheelName) -> str:
    """Return why no wheel may bring this name to a library folder, empty when it may.

    An egg-info folder of the project itself is what careless build tools leave in a wheel.
    """
    lowered = name.lower()
    if lowered.endswith(_METADATA_SUFFIXES):
        stem = lowered.removesuffix(".egg-info")
        if stem == lowered or normalized_name(stem.partition("-")[0]) != wheel.name:
            return "would pass for another distribution"
    if lowered[:1] == "~":
        return "would pass for what pip leaves behind"
    if lowered.startswith(_OWN_PREFIX):
        return "is a name that xpip keeps for itself"
    return ""


def _scheme_of(name: str, wheel: WheelName, owner: str) -> tuple[str, str]:
    """Return scheme and path of an entry outside the dist-info folder."""
    top, _, rest = name.partition("/")
    if not top.endswith(_DATA_SUFFIX) or "-" not in top:
        return LIBRARY, name
    if not _belongs(top, _DATA_SUFFIX, wheel):
        raise _refused(owner, f"its `{shown(top)}` is of another release")
    if not rest:
        return LIBRARY, ""
    scheme, slash, path = rest.partition("/")
    if scheme not in DATA_SCHEMES or not slash:
        listed = ", ".join(DATA_SCHEMES)
        raise _refused(owner, f"`{shown(name)}` is in none of the data folders {listed}")
    return scheme, path


def _belongs(folder: str, suffix: str, wheel: WheelName) -> bool:
    """Say whether a dist-info or data folder is named after the release of the file name."""
    name, hyphen, version = folder[: -len(suffix)].rpartition("-")
    if not hyphen:
        return False
    return normalized_name(name) == wheel.name and _same_version(version, wheel.version)


def _same_version(first: str, second: str) -> bool:
    if first == second:
        return True
    parsed = parse_version(first)
    return parsed is not None and parsed == parse_version(second)


def _check_target(scheme: str, path: str, name: str, wheel: WheelName, owner: str) -> None:
    """Refuse a file that would replace a part of the environment, or pass for a distribution."""
    parts = path.lower().split("/")
    protected = False
    fault = ""
    if scheme in ("purelib", "platlib"):
        fault = _info_fault(parts[0]) or _library_fault(parts[0], wheel)
    elif scheme == "scripts":
        protected = is_protected_script(parts[0], wheel.name)
    elif scheme == "data":
        protected = parts == ["pyvenv.cfg"] or (
            parts[0] in _SCRIPT_FOLDERS
            and is_protected_script(parts[1] if parts[1:] else "", wheel.name)
        )
        # With `--target`, the data folder is the library folder.
        in_library = [parts[0]]
        in_library += [parts[at] for at in range(1, len(parts)) if parts[at - 1] in _LIBRARIES]
        for part in in_library:
            fault = fault or _info_fault(part) or _library_fault(part, wheel)
    if protected:
        fault = "would replace part of the environment"
    if fault:
        raise _refused(owner, f"`{shown(name)}` {fault}")


def _info_fault(part: str) -> str:
    """Return why a file may not be in a folder, which only the wheel's own dist-info may be."""
    return "would pass for another distribution" if part.endswith(_INFO_SUFFIX) else ""


def _check_overlap(files: list[WheelFile], owner: str) -> None:
    """Refuse two files with different content for one path of the library folder.

    `.data/purelib` and `.data/platlib` usually are the folder that everything else goes to.
    """
    moved = [file for file in files if file.scheme in ("purelib", "platlib")]
    if not moved:
        return
    targets: dict[str, WheelFile] = {}
    folders: dict[str, WheelFile] = {}
    for file in files:
        if file.scheme == LIBRARY or file in moved:
            path = fold(file.path)
            other = targets.setdefault(path, file)
            if (other.entry.crc, other.entry.size) != (file.entry.crc, file.entry.size):
                raise _one_place(other, file, owner)
            parent = path.rpartition("/")[0]
            while parent and parent not in folders:
                folders[parent] = file
                parent = parent.rpartition("/")[0]
    for path in folders.keys() & targets.keys():
        raise _one_place(targets[path], folders[path], owner)


def _one_place(first: WheelFile, second: WheelFile, owner: str) -> IntegrityError:
    names = f"`{shown(first.entry.name)}` and `{shown(second.entry.name)}`"
    return _refused(owner, f"{names} are for one place")


def _refused(owner: str, reason: str) -> IntegrityError:
    return IntegrityError(f"`{owner}` is not a usable wheel: {reason}")


def _file_refused(owner: str, path: str, reason: str) -> IntegrityError:
    return IntegrityError(f"`{owner}` is not a usable wheel: `{shown(path)}`: {reason}")
