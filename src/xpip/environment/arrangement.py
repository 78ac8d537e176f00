"""Where each file of a wheel goes in one environment, worked out before anything is written."""

from __future__ import annotations

import os
import sys
from binascii import unhexlify

from xpip.environment.boundaries import Boundaries
from xpip.environment.change import Arrangement as Arrangement  # noqa: PLC0414 - strict mypy wants re-exports said
from xpip.environment.links import Placer
from xpip.environment.scripts import ensure_script_name, launcher, rewritten, script_references
from xpip.errors import IntegrityError
from xpip.formats.record import format_row
from xpip.model.distribution import StoredFile, StoredFolder, StoredWheel
from xpip.model.environment import Layout
from xpip.model.plan import Placement
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.store.bytecode import CompiledFile, StoredBytecode

try:
    # hashlib costs 3 ms of import because it opens OpenSSL; its own fallback does not. Looking for
    # a module that is not there takes as long as loading one.
    sha256 = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
except ImportError:
    from hashlib import sha256

INSTALLER = b"xpip\n"


class Arranger:
    """Arranges the wheels of one change."""

    def __init__(
        self, layout: Layout, boundaries: Boundaries, start: bytes, python_version: str
    ) -> None:
        """Remember the environment.

        Args:
            start: First lines of scripts, see `scripts.first_lines`.
        """
        self._layout = layout
        self._boundaries = boundaries
        self._start = start
        self._python_version = python_version
        self._relative: dict[tuple[str, str], str] = {}

    def arrange(
        self, placement: Placement, placer: Placer, bytecode: StoredBytecode | None = None
    ) -> Arrangement:
        """Return where the files of a wheel go.

        Args:
            placer: Reads the scripts whose first line is rewritten.
            bytecode: What the store has compiled of the wheel; None for nothing.

        Raises:
            IntegrityError: The wheel wants a place that is no distribution's.
        """
        wheel = placement.wheel
        layout = self._layout
        library = layout.purelib if wheel.root_is_purelib else layout.platlib
        folders: list[tuple[str, tuple[StoredFile, ...]]] = []
        info: list[tuple[str, tuple[StoredFile, ...]]] = [("", ())]
        references = script_references(wheel, self._python_version)
        written: list[tuple[str, bytes]] = []
        rows: list[str] = []
        info_name = wheel.info_folder
        for folder in wheel.folders:
            scheme, path, files = folder
            if scheme == "library":
                if path.startswith(info_name) and path[len(info_name) :][:1] in {"", "/"}:
                    below = path[len(info_name) + 1 :]
                    if below:
                        info.append((below, files))
                    else:
                        info[0] = ("", files)
                else:
                    folders.append((f"{library}/{path}" if path else library, files))
                continue
            target = self._target(wheel, folder)
            linked = []
            for file in files:
                self._ensure_free(wheel, scheme, f"{target}/{file[0]}")
                if scheme == "scripts" and not folder[1] and file[0] in references:
                    # As with pip, the entry point wins over a script of the same name.
                    continue
                if scheme == "scripts" and file[0] in wheel.rewrite_scripts:
                    content = rewritten(self._start, placer.read(StoredFile(*file)))
                    written.append((f"{target}/{file[0]}", content))
                else:
                    linked.append(file)
                    rows.append(self._row(library, f"{target}/{file[0]}", file))
            folders.append((target, tuple(linked)))
        for name, reference in references.items():
            written.append((f"{layout.scripts}/{name}", launcher(self._start, reference)))
        rows += [
            format_row(self._relative_path(library, path), sha256(content).digest(), len(content))
            for path, content in written
        ]
        compiled = self._compiled(wheel, library, bytecode, rows) if bytecode is not None else ()
        return Arrangement(
            wheel,
            library,
            tuple(folders),
            tuple(info),
            tuple(written),
            _info_files(placement, "".join(rows)),
            bytecode.blobs if bytecode is not None else "",
            compiled,
        )

    def _compiled(
        self, wheel: StoredWheel, library: str, bytecode: StoredBytecode, rows: list[str]
    ) -> tuple[tuple[str, tuple[CompiledFile, ...]], ...]:
        """Return where compiled files go, and add their rows to those of RECORD."""
        compiled = []
        rows.append(bytecode.record)
        for scheme, path, files in bytecode.folders:
            if scheme == "library":
                compiled.append((f"{library}/{path}", files))
                continue
            target = self._target(wheel, StoredFolder(scheme, path, ()))
            compiled.append((target, files))
            rows += [
                format_row(self._relative_path(library, f"{target}/{file[0]}"), None, None)
                for file in files
            ]
        return tuple(compiled)

    def _target(self, wheel: StoredWheel, folder: StoredFolder) -> str:
        layout, scheme = self._layout, folder[0]
        if scheme == "headers":
            base = f"{layout.headers}/{wheel.name}"
        elif scheme in {"purelib", "platlib", "scripts", "data"}:
            base = str(getattr(layout, scheme))
        else:
            raise IntegrityError(f"`{wheel.filename}` brings files for an unknown `{scheme}`")
        target = f"{base}/{folder[1]}" if folder[1] else base
        return self._boundaries.proper_way(target) if scheme == "data" else target

    def _ensure_free(self, wheel: StoredWheel, scheme: str, path: str) -> None:
        if scheme == "scripts":
            ensure_script_name(path.rpartition("/")[2], wheel)
        elif scheme == "data" and self._boundaries.is_reserved(path):
            raise IntegrityError(
                f"`{wheel.filename}` brings the file `{path}`",
                details=("that is a part of the environment itself",),
            )

    def _row(self, library: str, path: str, file: StoredFile) -> str:
        blob, size, content = file[1], file[2], file[3]
        if content is not None:
            digest = sha256(content).digest()
        else:
            digest = unhexlify(blob.replace("/", "").removesuffix("-x"))
        return format_row(self._relative_path(library, path), digest, size)

    def _relative_path(self, library: str, path: str) -> str:
        folder, _, name = path.rpartition("/")
        relative = self._relative.get((library, folder))
        if relative is None:
            relative = os.path.relpath(folder, library)
            relative = "" if relative == "." else relative + "/"
            self._relative[library, folder] = relative
        return relative + name


def digest_of(content: bytes) -> bytes:
    """Return the sha256 of content, without importing what hashlib does."""
    return bytes(sha256(content).digest())


def _info_files(placement: Placement, more_rows: str) -> tuple[tuple[str, bytes], ...]:
    wheel = placement.wheel
    files = [("INSTALLER", INSTALLER)]
    if placement.direct_url:
        files.append(("direct_url.json", placement.direct_url.encode()))
    if placement.requested:
        files.append(("REQUESTED", b""))
    record = [wheel.record, more_rows]
    for name, content in files:
        path = f"{wheel.info_folder}/{name}"
        record.append(format_row(path, sha256(content).digest(), len(content)))
    record.append(format_row(f"{wheel.info_folder}/RECORD", None, None))
    files.append(("RECORD", "".join(record).encode()))
    return tuple(files)
