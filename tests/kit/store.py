"""A store with wheels in it that were never archives, and an environment without an interpreter."""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from xpip.model.distribution import StoredFile, StoredFolder, StoredWheel
from xpip.model.environment import Environment, Interpreter, Layout
from xpip.model.plan import Placement
from xpip.model.target import Target
from xpip.store.blobs import blob_name
from xpip.store.layout import BLOB_MTIME, FILES, Store
from xpip.store.wheels import write_wheel

Content = bytes | str


class FakeStore:
    """Puts wheels into a store folder by hand."""

    def __init__(self, root: Path, inline_below: int = 0) -> None:
        """Begin an empty store; files with fewer bytes than `inline_below` stay in the manifest."""
        self.root = root
        self.store = Store(str(root))
        self.inline_below = inline_below
        root.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        name: str,
        version: str,
        files: Mapping[str, Content],
        *,
        data: Mapping[str, Content] | None = None,
        executables: tuple[str, ...] = (),
        console_scripts: Mapping[str, str] | None = None,
        purelib: bool = True,
    ) -> StoredWheel:
        """Return a wheel of these files.

        Args:
            files: Path below the library folder -> content.
            data: Path below the `.data` folder, such as `scripts/run` -> content.
            executables: Which of `files` are executable; scripts of `data` all are.
        """
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        scripts = dict(console_scripts or {})
        library = {path: as_bytes(content) for path, content in files.items()}
        library[f"{info}/METADATA"] = (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
        )
        library[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: kit\nTag: py3-none-any\n"
        if scripts:
            lines = "".join(f"{script} = {target}\n" for script, target in scripts.items())
            library[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}".encode()
        folders: dict[tuple[str, str], list[StoredFile]] = {}
        for path, content in library.items():
            folder, _, last = path.rpartition("/")
            above = folder.split("/") if folder else []
            for depth in range(1, len(above) + 1):
                folders.setdefault(("library", "/".join(above[:depth])), [])
            folders.setdefault(("library", folder), []).append(
                self.add_file(last, content, path in executables)
            )
        rewrite = []
        for path, given in (data or {}).items():
            scheme, _, below = path.partition("/")
            folder, _, last = below.rpartition("/")
            content = as_bytes(given)
            folders.setdefault((scheme, folder), []).append(
                self.add_file(last, content, scheme == "scripts")
            )
            if scheme == "scripts" and content.startswith(b"#!python"):
                rewrite.append(last)
        wheel = StoredWheel(
            key=hashlib.sha256(f"{name}-{version}-{sorted(library)}".encode()).hexdigest(),
            name=name,
            version=version,
            filename=f"{name.replace('-', '_')}-{version}-py3-none-any.whl",
            root_is_purelib=purelib,
            info_folder=info,
            folders=tuple(
                StoredFolder(scheme, path, tuple(found))
                for (scheme, path), found in folders.items()
            ),
            record="".join(row(path, content) for path, content in library.items()),
            console_scripts=tuple(scripts.items()),
            gui_scripts=(),
            metadata=(name, version, (), "", (), "2.1"),
            rewrite_scripts=tuple(rewrite),
            size=sum(map(len, library.values())),
        )
        write_wheel(self.store, wheel)
        return wheel

    def add_file(self, name: str, content: bytes, executable: bool) -> StoredFile:
        """Return a file whose blob is in the store."""
        if len(content) < self.inline_below:
            return StoredFile(name, "", len(content), content, executable)
        blob = blob_name(hashlib.sha256(content).hexdigest(), executable)
        path = self.blob_path(blob)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
            path.chmod(0o755 if executable else 0o644)
            os.utime(path, (BLOB_MTIME, BLOB_MTIME))
        return StoredFile(name, blob, len(content), None, executable)

    def blob_path(self, blob: str) -> Path:
        """Return where a blob is."""
        return self.root / FILES / blob

    def blob_of(self, content: Content, executable: bool = False) -> Path:
        """Return where the blob with a content is."""
        digest = hashlib.sha256(as_bytes(content)).hexdigest()
        return self.blob_path(blob_name(digest, executable))


def place(wheel: StoredWheel, requested: bool = False, direct_url: str = "") -> Placement:
    """Return the intention to install a wheel."""
    return Placement(wheel, requested, direct_url)


def as_bytes(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content


def row(path: str, content: bytes) -> str:
    """Return the RECORD row of a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    quoted = '"' + path.replace('"', '""') + '"' if set(path) & set(',"') else path
    return f"{quoted},sha256={digest},{len(content)}\n"


def bare_environment(folder: Path, python_version: str = "3.11.7") -> Environment:
    """Return an environment with the folders of a virtual one and a file in place of its python."""
    short = ".".join(python_version.split(".")[:2])
    library = folder / "lib" / f"python{short}" / "site-packages"
    library.mkdir(parents=True, exist_ok=True)
    (folder / "bin").mkdir(exist_ok=True)
    python = folder / "bin" / "python"
    if not python.exists():
        python.write_bytes(b"#!/bin/sh\n")
        python.chmod(0o755)
        (folder / "pyvenv.cfg").write_text("home = /nowhere\n")
    layout = Layout(
        prefix=str(folder),
        purelib=str(library),
        platlib=str(library),
        scripts=str(folder / "bin"),
        data=str(folder),
        headers=str(folder / "include" / "site" / f"python{short}"),
    )
    interpreter = Interpreter(
        executable=str(python),
        base_executable="/nowhere/bin/python3",
        target=Target(python_version, "cpython", (), ("py3-none-any",)),
        prefix=str(folder),
        base_prefix="/nowhere",
        stdlib=f"/nowhere/lib/python{short}",
        layout=layout,
        bytecode_tag=f"cpython-{short.replace('.', '')}",
    )
    return Environment(interpreter, layout, "--python", True, None)
