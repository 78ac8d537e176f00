"""An index on loopback, an environment and a cache: what commands that install are run against."""

from pathlib import Path

from tests.kit.command import run, xpip
from tests.kit.index import IndexServer
from tests.kit.wheels import WheelBuilder


class World:
    """An index, an environment and a cache of their own."""

    def __init__(self, folder: Path, index: IndexServer, environment: Path):
        self.folder = folder
        self.index = index
        self.environment = environment
        self.cache = folder / "cache"

    def wheel(self, name: str, version: str, **options) -> Path:
        stem = name.replace("-", "_")
        options.setdefault("files", {f"{stem}/__init__.py": f"VERSION = {version!r}\n"})
        return WheelBuilder(name, version, **options).build(self.index.folder)

    def install(self, *words: str | Path, **variables: str):
        return self.xpip("install", "--index-url", self.index.simple, *words, **variables)

    def xpip(self, command: str, *words: str | Path, **variables: str):
        return xpip(
            command, "--python", self.environment, "--cache-dir", self.cache, *words,
            cwd=self.folder, **variables,
        )  # fmt: skip

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def installed(self) -> dict[str, str]:
        library = next((self.environment / "lib").iterdir()) / "site-packages"
        names = [path.name.removesuffix(".dist-info") for path in library.glob("*.dist-info")]
        return dict(name.rsplit("-", 1) for name in names)

    def runs(self, code: str) -> str:
        done = run(self.environment / "bin" / "python", "-c", code, cwd=self.folder)
        assert done.code == 0, done
        return done.out.strip()


def refused(world, done, *fragments: str, code: int = 1) -> None:
    """One clear error: the exit code, every fragment on stderr, no traceback, nothing installed."""
    assert done.code == code, done
    assert done.err.startswith("error: ") or "\nerror: " in done.err, done
    assert "Traceback" not in done.err + done.out, done
    for fragment in fragments:
        assert fragment in done.err, done
    assert world.installed() == {}
