"""Environments built by hand: the layout of a virtual environment, with distributions as files."""

import base64
import hashlib
import io
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.kit.command import Ran, xpip
from xpip.cli.main import main


class FakeEnvironment:
    """A folder that is a virtual environment for xpip: `pyvenv.cfg`, an interpreter, site-packages."""

    def __init__(self, folder: Path, *, system_site_packages: bool = False):
        self.folder = folder
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        self.library = folder / "lib" / version / "site-packages"
        self.library.mkdir(parents=True)
        self.scripts = folder / "bin"
        self.scripts.mkdir()
        base = Path(sys._base_executable).resolve()
        (self.scripts / "python").symlink_to(base)
        shining = "true" if system_site_packages else "false"
        (folder / "pyvenv.cfg").write_text(
            f"home = {base.parent}\ninclude-system-site-packages = {shining}\n"
            f"version = {sys.version.split()[0]}\n"
        )

    def add(
        self,
        name: str,
        version: str,
        *,
        requires: Iterable[str] = (),
        fields: str = "",
        files: Mapping[str, str] | None = None,
        extra_files: Mapping[str, str] | None = None,
        record: bool = True,
        tag: str = "py3-none-any",
    ) -> Path:
        """Put a distribution into site-packages and return its dist-info folder.

        Args:
            fields: More lines of METADATA.
            files: Path below site-packages -> text; by default one package of that name.
            extra_files: Name below the dist-info -> text, such as `INSTALLER`.
        """
        stem = name.replace("-", "_").replace(".", "_")
        info = self.library / f"{stem}-{version}.dist-info"
        info.mkdir()
        lines = [f"Requires-Dist: {text}" for text in requires]
        if fields:
            lines.append(fields)
        lines.insert(0, f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}")
        texts = dict(files if files is not None else {f"{stem}/__init__.py": ""})
        texts[f"{info.name}/METADATA"] = "\n".join(lines) + "\n"
        texts[f"{info.name}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
        texts[f"{info.name}/INSTALLER"] = "pip\n"
        for path, text in (extra_files or {}).items():
            texts[f"{info.name}/{path}"] = text
        rows = []
        for path, text in texts.items():
            place = self.library / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            digest = (
                base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
                .rstrip(b"=")
                .decode()
            )
            rows.append(f"{path},sha256={digest},{len(text.encode())}")
        if record:
            rows.append(f"{info.name}/RECORD,,")
            (info / "RECORD").write_text("\n".join(rows) + "\n")
        return info

    def age(self, seconds: float = 3600.0) -> None:
        """Make every file and folder look as if it had been changed long ago."""
        for folder, _, names in os.walk(self.folder, topdown=False):
            for path in [*(os.path.join(folder, name) for name in names), folder]:
                then = os.lstat(path).st_mtime - seconds
                os.utime(path, (then, then), follow_symlinks=False)

    def names(self) -> set[str]:
        """Return what is directly in site-packages."""
        return set(os.listdir(self.library))

    def xpip(self, *words: str | Path, **variables: str) -> Ran:
        """Run xpip on this environment in a process of its own, with a cache beside it."""
        return xpip(*self._argv(words), cwd=self.folder.parent, **variables)

    def main(self, *words: str | Path, answers: str | None = None) -> Ran:
        """Run xpip on this environment in this process; `answers` is its standard input."""
        return run_main(*self._argv(words), answers=answers)

    def _argv(self, words: tuple[str | Path, ...]) -> list[str | Path]:
        command, *rest = words
        return [
            command,
            "--python",
            self.folder,
            "--cache-dir",
            self.folder.parent / "cache",
            *rest,
        ]


def run_main(*words: str | Path, answers: str | None = None) -> Ran:
    """Run `xpip` in this process and return what a user would see."""
    stdin, stdout, stderr = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.StringIO(answers or "")
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        code = main([str(word) for word in words])
        return Ran(code, sys.stdout.getvalue(), sys.stderr.getvalue())
    finally:
        sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr
