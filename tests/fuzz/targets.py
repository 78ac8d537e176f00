"""Everything that reads what strangers wrote: a name, something to start from, and the reader.

A reader gets bytes and a folder of its own. It may raise an XpipError and nothing else, and may
write into its folder and nowhere else.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.markers import default_environment

from tests.kit import hostile_texts
from tests.kit.hostile_sdists import good_sdist, hostile_sdists
from tests.kit.hostile_texts import HTML, JSON
from tests.kit.hostile_wheels import NAME, hostile_wheels
from tests.kit.invariants import violations
from tests.kit.store import bare_environment
from tests.kit.wheels import WheelBuilder
from xpip.build.project import read_project as read_sources
from xpip.build.project import static_metadata
from xpip.cli import unchanged
from xpip.cli.configuration import read_pip_file
from xpip.cli.project_settings import ensure_known, read_named_file
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.boundaries import Boundaries
from xpip.environment.eggs import parse_egg_requirements
from xpip.environment.installed import scan
from xpip.environment.integrity import find_problems
from xpip.environment.pyvenv import read_configuration
from xpip.environment.recover import recover
from xpip.environment.uninstall import find_removal
from xpip.errors import XpipError
from xpip.formats.core_metadata import parse_core_metadata, parse_headers
from xpip.formats.direct_url import parse_direct_url, reference_of
from xpip.formats.entry_points import parse_entry_points
from xpip.formats.metadata_json import metadata_as_json
from xpip.formats.pinned_requirements import parse_pins
from xpip.formats.pip_conf import parse_pip_conf, with_value, without_value
from xpip.formats.pylock import parse_lock
from xpip.formats.record import parse_record
from xpip.formats.requirement import parse_requirement
from xpip.formats.requirements_txt import decode, parse
from xpip.formats.sdist_archive import SourceLimits
from xpip.formats.setup_cfg import parse_setup_cfg
from xpip.formats.simple_index import parse_flat_page, parse_page
from xpip.formats.source_location import read_reference
from xpip.formats.wheel_layout import parse_wheel_file
from xpip.formats.wheel_name import parse_sdist_name, parse_wheel_name
from xpip.model.dependencies import CoreMetadata
from xpip.model.link import IndexFile, IndexPage
from xpip.model.markers import dependencies_for
from xpip.model.origin import ArgumentOrigin
from xpip.model.plan import Placement
from xpip.model.reporter import SilentReporter
from xpip.model.requirement import RequirementText
from xpip.model.resolution import Resolution
from xpip.model.target import Target as Machine
from xpip.model.urls import redact, url_to_path
from xpip.model.versions_text import admits_python, parse_specifier, parse_version
from xpip.operations.project_files import ProjectWish, read_parts, read_project, read_script
from xpip.store.layout import WHEELS, Store, open_store
from xpip.store.metadata import read_metadata, write_metadata
from xpip.store.pages import CachedPage, page_path, read_page, with_table, write_page
from xpip.store.resolutions import RememberedResolution, read_resolution, write_resolution
from xpip.store.sources import add_source
from xpip.store.unpack import add_wheel
from xpip.store.wheels import read_wheel
from xpip.terminal.escapes import one_line, visible

Reader = Callable[[bytes, Path], None]
TARGET = Machine(
    "3.11.7",
    "cpython",
    tuple(sorted(default_environment().items())),
    ("py3-none-any",),
)
_OUTSIDE = "/var/empty-for-tests"
_SDIST_LIMITS = SourceLimits(members=200, never_too_large=4 << 20, ratio=2)
_WHEEL = parse_wheel_name(NAME)
_KEY = "0" * 64
_METADATA = (
    b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Python: >=3.8\n"
    b"Requires-Dist: a[b]>=1,!=1.*; python_version > '3' and extra == 'x'\nProvides-Extra: x\n"
    b"Summary: folded\n  value\n\nDescription\n"
)
_POINTS = b"[console_scripts]\nrun = app.main:run [extra]\n\n[other]\nx = y\n"


class Target(NamedTuple):
    """A reader and what its inputs are made from."""

    name: str
    corpus: Sequence[bytes]
    read: Reader


def text_of(data: bytes) -> str:
    """Return bytes as a reader gets them that has decoded them leniently."""
    return data.decode("utf-8", "surrogateescape")


def targets() -> list[Target]:
    """Return all targets; the slow ones come last."""
    wheels = [row.build() for row in hostile_wheels() if not row.is_large]
    small = sorted((wheel for wheel in wheels if len(wheel) < 20_000), key=len)
    sdists = [case.data for case in hostile_sdists(_OUTSIDE) if len(case.data) < 20_000]
    return [
        Target("JSON page", [*_bytes(hostile_texts.json_pages()), _good_page()], read_json_page),
        Target("HTML page", _bytes(hostile_texts.html_pages()), read_html_page),
        Target("METADATA", [_METADATA, _METADATA.replace(b"\n", b"\r\n")], read_metadata_file),
        Target("WHEEL", [b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"],
               read_wheel_file),
        Target("RECORD", [b'a.py,sha256=AAAA,3\n"b,c.py",sha256=AAAA,\napp-1.0.dist-info/RECORD,,\n'],
               read_record_file),
        Target("entry_points.txt", [_POINTS], read_entry_points),
        Target("requirement", _bytes(hostile_texts.requirements()), read_requirement),
        Target("requirements file", [
            *_bytes(hostile_texts.requirements_files()), *_bytes(hostile_texts.requirements()),
            b"a==1 --hash=sha256:" + b"0" * 64 + b" \\\n  --hash=sha256:" + b"1" * 64
            + b"\n-r other.txt\n-c c.txt\n--index-url https://u:p@h/s\n-e ./x\nb[c]~=1.2; os_name=='x'\n"],
            read_requirements_file),
        Target("names and versions", [
            b"app-1.0-py3-none-any.whl", b"app-1.0-1-cp311-abi3-manylinux_2_17_x86_64.whl",
            b"app-1.0.tar.gz", b">=1.0,<2,!=1.5.*,~=1.2,===x", b"1!1.0.post1.dev2+local.1"], read_names),
        Target("URL", [
            b"https://u:p@host:8080/a/b.whl#sha256=0&subdirectory=x", b"file:///a/b%20c.tar.gz",
            b"git+https://host/r.git@v1#egg=x", b"git+ssh://git@host/r@a", b"./a[b]", b"c:\\x",
            *_bytes(hostile_texts.requirements())], read_url),
        Target("pip.conf", [
            *_bytes(hostile_texts.pip_files()),
            b"[global]\nindex-url = https://h\n\n[install]\nno-deps = yes\nfind-links =\n  a\n  b\n"],
            read_pip_conf),
        Target("pylock.toml", [*_bytes(hostile_texts.lock_files()), hostile_texts._LOCK.encode()],
               read_lock),
        Target("xpip.toml", [
            *_bytes(hostile_texts.project_files()),
            b'index-url = "x"\nfind-links = ["a"]\n[install]\nno-deps = true\ntimeout = 3\n'],
            read_project_file),
        Target("pyproject.toml", [_PYPROJECT], read_pyproject),
        Target("setup.cfg", [b"[metadata]\nname = app\n[options]\ninstall_requires =\n  a\n  b>1\n"],
               read_setup_cfg),
        Target("script", [b"# /// script\n# dependencies = ['a']\n# ///\nimport a\n"], read_script_file),
        Target("pins", [b"a==1.0 \\\n    --hash=sha256:00\n    # via b\n-e file:///x\n"], read_pins),
        Target("direct_url.json", [
            *_bytes(hostile_texts.direct_urls()),
            b'{"url": "https://h/r", "vcs_info": {"vcs": "git", "commit_id": "abc"}, "subdirectory": "x"}',
            b'{"url": "file:///x", "dir_info": {"editable": true}}'], read_direct_url),
        Target("egg", [b"a>=1\n\n[x]\nb\n\n[:os_name=='x']\nc\n"], read_egg),
        Target("pyvenv.cfg", [b"home = /usr/bin\nversion = 3.11.7\n"], read_pyvenv),
        Target("terminal text", [b"a\x1b[2Jb\x1b]52;c;x\x07\xc2\x9b1mc\xe2\x80\xae\n"], read_terminal),
        Target("stored page", [b""], read_stored_page),
        Target("stored metadata", [b""], read_stored_metadata),
        Target("stored resolution", [b""], read_stored_resolution),
        Target("stored wheel", [b""], read_stored_wheel),
        Target("stamp", [b""], read_stamp),
        Target("journal", [b"xpip-transaction 1\nlibrary\t{}\nold\t{}/x\nfolder\t{}/y\nend"],
               read_journal_file),
        Target("installed", [
            b"app.py,,\n../../../bin/x,,\n../../../../../KEPT,,\n/etc/passwd,,\napp-1.0.dist-info/RECORD,,\n"],
            read_installed),
        Target("source archive", [*sdists, good_sdist({"PKG-INFO": _METADATA, "setup.py": b"x"})],
               read_source_archive),
        Target("wheel", small, read_wheel_archive),
        Target("wheel of hostile parts", [
            b"m/x.py|" + _METADATA + b"|" + _POINTS + b"|scripts/x|a,,\n",
            b"m/X.py||" + _POINTS + b"|data/bin/y|"], read_wheel_of_parts),
    ]  # fmt: skip


def _bytes(rows: Sequence[hostile_texts.HostileText]) -> list[bytes]:
    built = [row.build() for row in rows]
    return [data for data in built if len(data) < 200_000]


def _good_page() -> bytes:
    file = {
        "filename": NAME, "url": f"https://h/{NAME}", "hashes": {"sha256": "0" * 64}, "size": 7,
        "requires-python": ">=3.8", "yanked": "why", "core-metadata": {"sha256": "1" * 64},
        "upload-time": "2024-01-01T00:00:00.000000Z",
    }  # fmt: skip
    meta = {"api-version": "1.1"}
    return json.dumps({"meta": meta, "name": "app", "files": [file], "versions": ["1.0"]}).encode()


_PYPROJECT = b"""\
[project]
name = "app"
version = "1.0"
dependencies = ["a>=1", "b; os_name == 'x'"]
dynamic = ["readme"]
[project.optional-dependencies]
x = ["c"]
[project.scripts]
run = "app:main"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
backend-path = ["."]
[dependency-groups]
dev = ["d", {include-group = "other"}]
other = ["e"]
[tool.xpip]
index-url = "x"
"""


# --- pages -----------------------------------------------------------------------------------------


def read_json_page(data: bytes, folder: Path) -> None:
    _read_page(data, JSON)


def read_html_page(data: bytes, folder: Path) -> None:
    _read_page(data, HTML)
    parse_flat_page(data, HTML, "file:///somewhere/")


def _read_page(data: bytes, content_type: str) -> None:
    page = parse_page(data, content_type, "https://h/simple/app/", "app", "https://h/simple/")
    for file in page.files:
        assert file.url.startswith(("http://", "https://")), file.url
        assert "/" not in file.filename, file.filename
        assert file.filename.isprintable(), file.filename
    for file in with_table(page).files:
        assert isinstance(file, IndexFile)


# --- parts of wheels -------------------------------------------------------------------------------


def read_metadata_file(data: bytes, folder: Path) -> None:
    metadata_as_json(parse_headers(data))
    metadata = parse_core_metadata(data)
    assert (metadata.name + metadata.version).isprintable()
    dependencies_for(metadata, TARGET)


def read_wheel_file(data: bytes, folder: Path) -> None:
    assert _WHEEL is not None
    parse_wheel_file(data, _WHEEL, "app")


def read_record_file(data: bytes, folder: Path) -> None:
    parse_record(text_of(data), "RECORD")


def read_entry_points(data: bytes, folder: Path) -> None:
    for scripts in parse_entry_points(text_of(data), "entry_points.txt"):
        for name, reference in scripts:
            assert "/" not in name
            assert name not in {"", ".", ".."}
            assert name.isprintable()
            assert reference.replace(".", "").replace(":", "").isidentifier()


# --- what users write ------------------------------------------------------------------------------


def read_requirement(data: bytes, folder: Path) -> None:
    text = text_of(data)
    parse_requirement(RequirementText(text, ArgumentOrigin(text)), str(folder))


def read_requirements_file(data: bytes, folder: Path) -> None:
    file = parse(decode(data, "r.txt"), "r.txt", {"X": "1"})
    for entry in file.entries:
        if isinstance(entry, RequirementText):
            try:
                parse_requirement(entry, str(folder))
            except XpipError:
                continue


def read_names(data: bytes, folder: Path) -> None:
    text = text_of(data)
    for name in (parse_wheel_name(text), parse_wheel_name(text + ".whl")):
        if name is not None:
            assert name.name.replace("-", "").isalnum()
    parse_sdist_name(text, "app")
    version = parse_version(text)
    assert version is None or (version == version and hash(version))  # noqa: PLR0124
    specifier = parse_specifier(text)
    if specifier is not None:
        str(specifier)
    admits_python(text, "3.11.7")


def read_url(data: bytes, folder: Path) -> None:
    text = text_of(data)
    redact(text)
    try:
        url_to_path(text)
    except XpipError:
        pass
    from xpip.formats.source_location import LocationError

    try:
        read_reference(text, str(folder))
    except LocationError:
        return


def read_pip_conf(data: bytes, folder: Path) -> None:
    path = folder / "pip.conf"
    path.write_bytes(data)
    read_pip_file(str(path))
    text = data.decode("utf-8")
    parse_pip_conf(text, "pip.conf")
    changed = with_value(text, "pip.conf", "global", "timeout", "7")
    assert parse_pip_conf(changed, "pip.conf")["global"]["timeout"] == "7"
    without_value(changed, "pip.conf", "global", "timeout")


def read_lock(data: bytes, folder: Path) -> None:
    parse_lock(decode(data, "pylock.toml"), "pylock.toml", str(folder))
    parse_lock(decode(data, "pylock.toml"), "pylock.toml", "https://h/")


def read_project_file(data: bytes, folder: Path) -> None:
    path = folder / "xpip.toml"
    path.write_bytes(data)
    ensure_known(read_named_file(str(path)), {"": frozenset({"index-url"})})


def read_pyproject(data: bytes, folder: Path) -> None:
    path = folder / "pyproject.toml"
    path.write_bytes(data)
    wish = ProjectWish()
    problems = 0
    for read in (
        lambda: read_project(str(path), str(folder), wish),
        lambda: read_parts(str(path), str(folder), wish, ("dev",)),
        lambda: read_named_file(str(path)),
        lambda: static_metadata_of(str(folder)),
    ):
        try:
            read()
        except XpipError:
            problems += 1
    assert problems <= 4


def static_metadata_of(folder: str) -> None:
    project = read_sources(folder, folder, is_archive=False)
    static_metadata(getattr(project, "table", None))


def read_setup_cfg(data: bytes, folder: Path) -> None:
    parse_setup_cfg(data.decode("utf-8", "replace"), "setup.cfg")


def read_script_file(data: bytes, folder: Path) -> None:
    path = folder / "script.py"
    path.write_bytes(data)
    read_script(str(path), str(folder))


def read_pins(data: bytes, folder: Path) -> None:
    parse_pins(text_of(data), "pins.txt")


# --- what is installed -----------------------------------------------------------------------------


def read_direct_url(data: bytes, folder: Path) -> None:
    direct = parse_direct_url(text_of(data))
    if direct is not None:
        reference_of(direct)


def read_egg(data: bytes, folder: Path) -> None:
    lines, extras = parse_egg_requirements(text_of(data))
    metadata = CoreMetadata("app", "1.0", lines, "", extras, "2.1")
    dependencies_for(metadata, TARGET)


def read_pyvenv(data: bytes, folder: Path) -> None:
    (folder / "pyvenv.cfg").write_bytes(data)
    read_configuration(str(folder))


def read_terminal(data: bytes, folder: Path) -> None:
    for shown in (visible(text_of(data)), one_line(text_of(data))):
        for mark in shown:
            is_byte = "\ud800" <= mark <= "\udfff"
            assert mark.isprintable() or mark in "\n\t" or is_byte or mark.isspace(), repr(mark)


def read_journal_file(data: bytes, folder: Path) -> None:
    """Undo what a journal says that somebody has spoilt; nothing outside may be touched."""
    environment = bare_environment(folder / "environment")
    library = Path(environment.layout.purelib)
    (library / ".xpip-txn" / "old").mkdir(parents=True)
    text = data.replace(b"{}", str(library).encode())
    (library / ".xpip-txn" / "journal").write_bytes(text)
    (library / ".xpip-txn" / "old" / "0").write_bytes(b"old")
    recover(environment, SilentReporter(), 1.0)


def read_installed(data: bytes, folder: Path) -> None:
    """Look at, and remove, a distribution whose RECORD somebody has spoilt."""
    environment = bare_environment(folder / "environment")
    info = Path(environment.layout.purelib) / "app-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_bytes(_METADATA)
    (info / "RECORD").write_bytes(data)
    (found,) = scan(environment)
    boundaries = Boundaries(environment)
    find_problems(found, boundaries)
    find_removal(found, boundaries)
    apply(environment, [found], [], Store(str(folder / "cache")), ApplyOptions(), SilentReporter())


# --- the store -------------------------------------------------------------------------------------


def spoil(path: str, edits: bytes) -> bool:
    """Change a file as some bytes say, and say whether it differs."""
    data = Path(path).read_bytes()
    changed = bytearray(data)
    for position in range(0, len(edits) - 1, 2):
        place = edits[position] * 257 % max(1, len(changed))
        if edits[position + 1] < 8:
            del changed[place:]
        elif changed:
            changed[place] = edits[position + 1]
    os.chmod(path, 0o600)
    Path(path).write_bytes(changed)
    return bytes(changed) != data


def read_stored_page(data: bytes, folder: Path) -> None:
    store = open_store(str(folder / "cache"))
    page = parse_page(_good_page(), JSON, "https://h/simple/app/", "app", "https://h/simple/")
    write_page(store, CachedPage(IndexPage("app", page.index_url, page.files), 1.0))
    path = page_path(store, page.index_url, "app")
    is_changed = spoil(path, data)
    found = read_page(store, page.index_url, "app")
    assert (found is None) == is_changed
    if found is not None:
        assert list(found.page.files) == list(page.files)


def read_stored_metadata(data: bytes, folder: Path) -> None:
    store = open_store(str(folder / "cache"))
    metadata = parse_core_metadata(_METADATA)
    write_metadata(store, _KEY, metadata)
    is_changed = spoil(str(next((folder / "cache").glob("metadata-*/*"))), data)
    assert read_metadata(store, _KEY) == (None if is_changed else metadata)


def read_stored_resolution(data: bytes, folder: Path) -> None:
    store = open_store(str(folder / "cache"))
    remembered = RememberedResolution(Resolution((), ("a warning",)), (), 1.0)
    write_resolution(store, _KEY, remembered)
    is_changed = spoil(str(next((folder / "cache").glob("resolutions-*/*"))), data)
    assert read_resolution(store, _KEY) == (None if is_changed else remembered)


def read_stored_wheel(data: bytes, folder: Path) -> None:
    store = open_store(str(folder / "cache"))
    path = WheelBuilder("app", "1.0").build(folder)
    wheel = add_wheel(store, str(path), path.name, ())
    is_changed = spoil(store.path(WHEELS, wheel.key), data)
    assert read_wheel(store, wheel.key) == (None if is_changed else wheel)
    assert add_wheel(store, str(path), path.name, ()) == wheel


def read_stamp(data: bytes, folder: Path) -> None:
    argv = ["install", "--cache-dir", str(folder / "cache"), "app"]
    root = str(folder / "cache")
    assert unchanged.remember(argv, root, (), "output", 2e9)
    (path,) = (folder / "cache" / unchanged.BUCKET).iterdir()
    is_changed = spoil(str(path), data)
    assert unchanged.check(argv) == (None if is_changed else "output")


# --- archives --------------------------------------------------------------------------------------


def read_source_archive(data: bytes, folder: Path) -> None:
    store = Store(str(folder / "cache"))
    for name in ("app-1.0.tar.gz", "app-1.0.zip"):
        path = folder / name
        path.write_bytes(data)
        try:
            stored = add_source(store, str(path), name, (), limits=_SDIST_LIMITS)
        except XpipError:
            continue
        root = os.path.realpath(stored.path)
        for here, folders, files in os.walk(root):
            for each in (*folders, *files):
                real = os.path.realpath(os.path.join(here, each))
                assert f"{real}/".startswith(f"{root}/"), real


def read_wheel_archive(data: bytes, folder: Path) -> None:
    path = folder / NAME
    path.write_bytes(data)
    _install(path, folder)


def read_wheel_of_parts(data: bytes, folder: Path) -> None:
    """Put texts that were mutated into a wheel that is sound but for them."""
    parts = (*data.split(b"|"), b"", b"", b"", b"", b"")[:5]
    name, metadata, points, below, rows = parts
    path = WheelBuilder(
        "app",
        "1.0",
        {"app.py": "x", _name(name) or "m.py": "y"},
        data={_name(below) or "scripts/x": "#!python\n"},
        metadata=metadata or None,
        entry_points=points,
        edit_record=lambda lines: [*text_of(rows).encode("utf-8", "replace").decode().split("\n"), *lines],
    )  # fmt: skip
    target = folder / NAME
    target.write_bytes(path.bytes())
    _install(target, folder)


def _name(data: bytes) -> str:
    return data[:3000].decode("utf-8", "replace")


def _install(path: Path, folder: Path) -> None:
    """Add a wheel to a store and put it into an environment, which is whole or as before then."""
    store = open_store(str(folder / "cache"))
    stored = add_wheel(store, str(path), path.name, ())
    environment = bare_environment(folder / "environment")
    options = ApplyOptions("copy", installed=())
    try:
        apply(environment, [], [Placement(stored, False)], store, options, SilentReporter())
    finally:
        assert violations(folder / "environment") == []
    apply(environment, scan(environment), [], store, ApplyOptions(), SilentReporter())
    assert violations(folder / "environment") == []
    assert os.listdir(environment.layout.purelib) == []
    shutil.rmtree(folder / "environment")
