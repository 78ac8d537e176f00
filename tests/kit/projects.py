"""Small projects with a build backend of their own, so that builds need no network.

The backend lies in the tree (`backend-path`), makes wheels of the modules in `src`, notes each call
in the file that the variable `BUILD_NOTES` names, and misbehaves as told.
"""

import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

NOTES = "BUILD_NOTES"

BACKEND = """
import base64, hashlib, io, json, os, sys, tarfile, time, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
FACTS = json.load(open(os.path.join(HERE, "facts.json")))
INFO = FACTS["name"].replace("-", "_") + "-" + FACTS["version"] + ".dist-info"


def note(hook, settings=None):
    path = os.environ.get("BUILD_NOTES")
    if path:
        row = {
            "hook": hook, "project": FACTS["name"], "version": FACTS["version"], "settings": settings,
            "cwd": os.getcwd(), "prefix": sys.prefix, "variables": dict(os.environ), "path": sys.path,
            "pid": os.getpid(),
        }
        with open(path, "a") as file:
            file.write(json.dumps(row) + "\\n")
    print("this is", hook, "of", FACTS["name"])
    for module in FACTS["imports"]:
        __import__(module)
    exec(FACTS["code"].get(hook, ""), {"os": os, "sys": sys, "time": time, "HERE": HERE})


def metadata(extra=()):
    lines = ["Metadata-Version: 2.1", "Name: " + FACTS["name"], "Version: " + FACTS["version"]]
    lines += ["Requires-Dist: " + text for text in FACTS["requires"]]
    lines += FACTS["headers"] + list(extra)
    return "\\n".join(lines) + "\\n"


def get_requires_for_build_wheel(config_settings=None):
    note("get_requires_for_build_wheel", config_settings)
    return FACTS["needs"]


def get_requires_for_build_editable(config_settings=None):
    note("get_requires_for_build_editable", config_settings)
    return FACTS["needs"]


def get_requires_for_build_sdist(config_settings=None):
    note("get_requires_for_build_sdist", config_settings)
    return FACTS["needs"]


if FACTS["prepares"]:
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        note("prepare_metadata_for_build_wheel", config_settings)
        os.mkdir(os.path.join(metadata_directory, INFO))
        with open(os.path.join(metadata_directory, INFO, "METADATA"), "w") as file:
            file.write(metadata(FACTS["prepared_headers"]))
        return INFO

    prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def member(path):
    info = zipfile.ZipInfo(path)  # the same bytes whenever it is built
    info.external_attr = 0o600 << 16
    return info


def write_wheel(folder, files):
    rows = []
    name = FACTS["wheel_name"] or INFO.replace(".dist-info", "-py3-none-any.whl")
    files[INFO + "/METADATA"] = metadata()
    tag = "-".join(name[:-4].split("-")[-3:])
    files[INFO + "/WHEEL"] = (
        "Wheel-Version: 1.0\\nGenerator: kit\\nRoot-Is-Purelib: true\\nTag: " + tag + "\\n"
    )
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in files.items():
            data = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(path + ",sha256=" + digest + "," + str(len(data)))
            archive.writestr(member(path), data)
        rows.append(INFO + "/RECORD,,")
        archive.writestr(member(INFO + "/RECORD"), "\\n".join(rows) + "\\n")
    return name


def modules():
    found = {}
    source = os.path.join(os.path.dirname(HERE), "src")
    for name in sorted(os.listdir(source)):
        if name == "__pycache__":
            continue
        with open(os.path.join(source, name)) as file:
            found[name] = file.read()
    return found


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    note("build_wheel", config_settings)
    name = write_wheel(wheel_directory, modules())
    return FACTS["answer"] or name


if FACTS["editable"]:
    def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
        note("build_editable", config_settings)
        source = os.path.join(os.path.dirname(HERE), "src")
        name = FACTS["name"].replace("-", "_")
        return write_wheel(wheel_directory, {"__editable__" + name + ".pth": source + "\\n"})


def build_sdist(sdist_directory, config_settings=None):
    note("build_sdist", config_settings)
    top = FACTS["name"].replace("-", "_") + "-" + FACTS["version"]
    name = top + ".tar.gz"
    root = os.path.dirname(HERE)
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path in ("pyproject.toml", "src", "_build"):
            archive.add(os.path.join(root, path), top + "/" + path)
        data = metadata().encode()
        entry = tarfile.TarInfo(top + "/PKG-INFO")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return name
"""


@dataclass
class ProjectBuilder:
    """A project to be written as a folder or a source archive."""

    name: str
    version: str = "1.0"
    requires: list[str] = field(default_factory=list)
    """Its dependencies."""
    modules: dict[str, str] | None = None
    build_requires: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    """What `get_requires_for_build_wheel` answers."""
    imports: list[str] = field(default_factory=list)
    """Modules that every hook imports."""
    code: dict[str, str] = field(default_factory=dict)
    """Hook -> code that it runs."""
    static: bool = False
    """State everything in `[project]`."""
    prepares: bool = True
    """Have the hook for metadata."""
    editable: bool = True
    """Have the hook for editable wheels."""
    headers: list[str] = field(default_factory=list)
    """Further lines of METADATA."""
    prepared_headers: list[str] = field(default_factory=list)
    """Lines that only the prepared metadata have."""
    wheel_name: str = ""
    answer: str = ""
    """What `build_wheel` returns in place of the name of the wheel."""
    pyproject: str = ""
    """In place of the ordinary `pyproject.toml`."""
    package_information: str = ""
    """PKG-INFO of the source archive; empty for one that promises nothing."""

    def files(self) -> dict[str, str]:
        """Return path -> text."""
        module = self.name.replace("-", "_")
        sources = self.modules
        if sources is None:
            sources = {f"{module}.py": f"VERSION = {self.version!r}\n"}
        facts = {
            key: getattr(self, key)
            for key in (
                "name", "version", "requires", "needs", "imports", "code", "prepares", "editable",
                "headers", "prepared_headers", "wheel_name", "answer",
            )
        }  # fmt: skip
        found = {f"src/{path}": text for path, text in sources.items()}
        found["_build/own_backend.py"] = BACKEND
        found["_build/facts.json"] = json.dumps(facts)
        found["pyproject.toml"] = self.pyproject or self._pyproject()
        return found

    def folder(self, path: Path) -> Path:
        """Write it as a folder and return that."""
        for name, text in self.files().items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return path

    def sdist(self, folder: Path) -> Path:
        """Write it as a source archive with deterministic bytes."""
        top = f"{self.name.replace('-', '_')}-{self.version}"
        path = folder / f"{top}.tar.gz"
        files = self.files()
        files["PKG-INFO"] = self.package_information or (
            f"Metadata-Version: 1.1\nName: {self.name}\nVersion: {self.version}\n"
        )
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
            for name, text in sorted(files.items()):
                entry = tarfile.TarInfo(f"{top}/{name}")
                data = text.encode()
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        return path

    def _pyproject(self) -> str:
        lines = [
            "[build-system]",
            f"requires = {json.dumps(self.build_requires)}",
            'build-backend = "own_backend"',
            'backend-path = ["_build"]',
        ]
        if self.static:
            lines += [
                "[project]",
                f'name = "{self.name}"',
                f'version = "{self.version}"',
                f"dependencies = {json.dumps(self.requires)}",
            ]
        return "\n".join(lines) + "\n"


def notes(path: Path) -> list[dict]:
    """Return the calls of hooks in the order they came."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def hooks(path: Path) -> list[tuple[str, str]]:
    """Return (project, hook) of each call."""
    return [(row["project"], row["hook"]) for row in notes(path)]
