"""Environments and index files that parity scenarios share; each is made once a test process."""

import json
import sys
from pathlib import Path

from tests.compat.parity.pips import pip_command
from tests.kit.command import run, xpip
from tests.kit.environments import FakeEnvironment
from tests.kit.projects import ProjectBuilder
from tests.kit.wheels import WheelBuilder

MODERN = """\
Metadata-Version: 2.4
Name: Modern.Thing
Version: 3.0
Summary: A thing with every field
Keywords: one,two , three
Author: Somebody
Author-email: Some Body <some@body.example>
License-Expression: MIT
License-File: LICENSE
Classifier: Development Status :: 4 - Beta
Classifier: Topic :: Utilities
Project-URL: Home Page, https://thing.example
Project-URL: Source, https://thing.example/source
Requires-Python: >=3.8
Description-Content-Type: text/markdown
Provides-Extra: fast
Requires-Dist: library >=1
Requires-Dist: absent >=2 ; extra == "fast"

# Thing

It has *every* field.
"""
OLD = """\
Metadata-Version: 1.1
Name: old-thing
Version: 0.9
Summary: From before everything
Home-page: https://old.example
Author: Old Hand
Author-email: old@hand.example
License: BSD
Keywords: old rusty
Platform: any
Description: It has a
        folded description
"""


def fill_index(folder: Path) -> None:
    """Put the releases that all scenarios know into the folder of an index."""
    wheels = [
        WheelBuilder("app", "1.0", requires=["library>=1"], summary="An application"),
        WheelBuilder("app", "2.0", requires=["library>=2"], summary="An application"),
        WheelBuilder("library", "1.0"),
        WheelBuilder("library", "2.0"),
        WheelBuilder("library", "2.1rc1"),
        WheelBuilder("alone", "1.0", entry_points={"console_scripts": {"alone": "alone:main"}}),
        WheelBuilder("alone", "1.1", entry_points={"console_scripts": {"alone": "alone:main"}}),
        WheelBuilder("pre-only", "1.0b1"),
        WheelBuilder("withdrawn", "1.0"),
        WheelBuilder("withdrawn", "2.0"),
        WheelBuilder("newer-python", "1.0"),
        WheelBuilder("newer-python", "2.0", requires_python=">=3.99"),
        WheelBuilder("extra-app", "1.0", requires=["library; extra == 'more'"], provides_extra=["more"]),
        WheelBuilder("windows-only", "1.0", tag="py3-none-win_amd64"),
        WheelBuilder("foreign", "1.0", tag="cp310-cp310-manylinux_2_17_x86_64"),
        WheelBuilder("foreign", "1.1", tag="cp312-cp312-win_amd64"),
        WheelBuilder("Mixed_Case.Name", "1.0", filename="Mixed_Case.Name-1.0-py3-none-any.whl"),
        WheelBuilder("dated", "2024.1.5"),
        WheelBuilder("conflicting", "1.0", requires=["library<2"]),
        WheelBuilder("newest-library", "1.0", requires=["library>=2"]),
        WheelBuilder("marked", "1.0", requires=["alone; python_version < '3'", "library; python_version > '3'"]),
        WheelBuilder("odd-build", "1.0"),
        WheelBuilder("odd-build", "1.0+cpu"),
        WheelBuilder("with-data", "1.0", data={"data/share/thing.txt": "d", "scripts/thing": "#!python\nprint(1)\n"},
                     modes={"with_data-1.0.data/scripts/thing": 0o755}),
        WheelBuilder("modeless", "1.0", data={"scripts/modeless": "#!python\nprint(1)\n"}),
        WheelBuilder("late-needs", "1.0", requires=["never-published>=1"]),
        WheelBuilder("own-python", "1.0", entry_points={"console_scripts": {"python": "own_python:main"}}),
        WheelBuilder("without-metadata", "1.0", leave_out=("METADATA",)),
        WheelBuilder("one-owner", "1.0", files={"shared_file.py": "one = 1\n"}),
        WheelBuilder("two-owner", "1.0", files={"shared_file.py": "two = 2\n"}),
        WheelBuilder("older-wheel", "1.0"),
    ]  # fmt: skip
    for wheel in wheels:
        wheel.build(folder)
    (folder / "corrupt-1.0-py3-none-any.whl").write_bytes(b"this is no archive")
    sources = [
        ProjectBuilder("source-only", requires=["library"]),
        ProjectBuilder("older-wheel", "2.0"),
        ProjectBuilder("bad-backend", code={"build_wheel": "sys.exit('no compiler')"}),
    ]
    for source in sources:
        source.sdist(folder)


def fill_other_index(folder: Path) -> None:
    """Put releases into a second index: a newer one of what the first has too, and its own."""
    WheelBuilder("alone", "9.0").build(folder)
    WheelBuilder("only-here", "1.0").build(folder)


def plain(folder: Path, _index: str) -> Path:
    """Nothing but a Python."""
    done = xpip("venv", folder)
    assert done.code == 0, done
    return folder


def filled(folder: Path, index: str) -> Path:
    """Packages from the index, one of them in need of an upgrade, and what they need."""
    plain(folder, index)
    install(folder, index, "app==1.0", "alone==1.0", "library==1.0")
    return folder


def rich(folder: Path, index: str) -> Path:
    """Distributions with every kind of metadata, origin and spelling."""
    filled(folder, index)
    library = next((folder / "lib").iterdir()) / "site-packages"
    put = object.__new__(FakeEnvironment)
    put.folder, put.library, put.scripts = folder, library, folder / "bin"
    modern = put.add("Modern.Thing", "3.0", files={"modern_thing/__init__.py": "x = 1\n", "modern_thing/data.txt": "d"}, extra_files={"entry_points.txt": "[console_scripts]\nmodern = modern_thing:main\n\n[own]\nother = modern_thing:other\n", "REQUESTED": ""})  # fmt: skip
    (modern / "METADATA").write_text(MODERN)
    old = put.add("old-thing", "0.9", extra_files={"INSTALLER": "uv\n"})
    (old / "METADATA").write_text(OLD)
    put.add("dated", "2024.01.05")
    put.add("local-build", "1.0+abc.1")
    put.add(
        "built", "1.0", extra_files={"WHEEL": "Wheel-Version: 1.0\nBuild: 7\nTag: py3-none-any\n"}
    )
    put.add("no-record", "1.0", record=False)
    put.add("needy", "1.0", requires=["absent>=1", "alone>=5", "old-thing; python_version > '3'"])
    origins = {
        "from-archive": {
            "url": "https://files.example/from_archive-1.0-py3-none-any.whl",
            "archive_info": {"hash": "sha256=" + "a" * 64, "hashes": {"sha256": "a" * 64}},
        },
        "from-git": {
            "url": "https://git.example/thing.git",
            "vcs_info": {"vcs": "git", "commit_id": "f" * 40, "requested_revision": "main"},
            "subdirectory": "python",
        },
        "from-folder": {"url": "file:///work/from-folder", "dir_info": {}},
        "in-place": {"url": "file:///work/in-place", "dir_info": {"editable": True}},
    }
    for name, origin in origins.items():
        put.add(name, "1.0", extra_files={"direct_url.json": json.dumps(origin)})
    return folder


def legacy(folder: Path, index: str) -> Path:
    """What setuptools and distutils left behind before there were wheels."""
    plain(folder, index)
    library = next((folder / "lib").iterdir()) / "site-packages"
    version = f"py{sys.version_info[0]}.{sys.version_info[1]}"
    text = "Metadata-Version: 1.1\nName: {}\nVersion: 1.0\n"
    egg = library / f"egg_thing-1.0-{version}.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text(text.format("egg-thing"))
    (egg / "installed-files.txt").write_text("../egg_thing.py\nPKG-INFO\ninstalled-files.txt\n")
    (library / "egg_thing.py").write_text("")
    (library / f"distutils_thing-1.0-{version}.egg-info").write_text(text.format("distutils-thing"))
    source = folder / "linked"
    (source / "linked.egg-info").mkdir(parents=True)
    (source / "linked.egg-info" / "PKG-INFO").write_text(text.format("linked"))
    (library / "linked.egg-link").write_text(f"{source}\n.\n")
    (library / "easy-install.pth").write_text(f"{source}\n")
    return folder


def install(folder: Path, index: str, *names: str) -> None:
    """Have pip install releases, each without what it needs."""
    options = ("--no-deps", "--no-cache-dir", "--no-compile", "--disable-pip-version-check", "-q")
    done = run(*pip_command(folder), "install", *options, "-i", index, *names)
    assert done.code == 0, done


FAMILIES = {"plain": plain, "filled": filled, "rich": rich, "legacy": legacy}
