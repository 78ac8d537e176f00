"""Source archives and backends that cannot be used: one clear error each, and nothing left."""

import os
from types import SimpleNamespace

import pytest

from tests.kit.command import run
from tests.kit.hostile_sdists import TOP, file, good_sdist, header, hostile_sdists, tar
from tests.kit.index import IndexServer
from tests.kit.projects import NOTES, ProjectBuilder, hooks
from tests.kit.world import World, refused

ARCHIVES = [
    # Title in the kit; what is said. The rest of them is unpacked in tests/unit/store.
    ("no gzip", "not a gzip file"),
    ("tar without gzip", "not a gzip file, but one of tar"),
    ("HTML", "HTML"),
    ("empty file", "empty"),
    ("cut off", "cut off"),
    ("two tops", "one folder at its top"),
    ("file at the top", "one folder at its top"),
    ("no members", "it is empty"),
    ("link to the parent of the root", "leads outside"),
    ("absolute link", "leads outside"),
    ("write through a link", "behind the link"),
    ("hard link outside", "no file before it"),
    ("character device", "is a device"),
    ("FIFO", "is a FIFO"),
    ("parent in a name", "leads outside"),
    ("absolute name", "absolute"),
    ("PAX size hides members", "disagree"),
    ("zip: parent in a name", "leads outside"),
    ("zip: link outside", "leads outside"),
    ("tar.gz called zip", "not a zip file"),
]
TREES = [
    ("neither file", {"README": b"x"}, "has neither `pyproject.toml` nor `setup.py`"),
    ("invalid TOML", {"pyproject.toml": b"[build-system]\nrequires = [\n  ]]\n"}, "line 3, column 4"),
    ("no table", {"pyproject.toml": b"build-system = 3\n"}, "build-system"),
    ("requires is a text",
     {"pyproject.toml": b"[build-system]\nrequires = 'setuptools'\n"}, "requires"),
    ("requires is missing",
     {"pyproject.toml": b'[build-system]\nbuild-backend = "x"\n'}, "`requires` is missing"),
    ("unknown key", {"pyproject.toml": b"[build-system]\nrequires = []\nbackend = 'x'\n"},
     "`backend` is not a key of it"),
    ("invalid requirement", {"pyproject.toml": b"[build-system]\nrequires = ['=']\n"},
     "is not a valid requirement"),
    ("backend above", {"pyproject.toml": (
        b"[build-system]\nrequires = []\nbuild-backend = 'x'\nbackend-path = ['..']\n"
    )}, "is not a folder inside the project"),
    ("backend outside", {"pyproject.toml": (
        b"[build-system]\nrequires = []\nbuild-backend = 'x'\nbackend-path = ['/tmp']\n"
    )}, "is not a folder inside the project"),
    ("backend missing", {"pyproject.toml": (
        b"[build-system]\nrequires = []\nbuild-backend = 'nothere'\n"
    )}, "the build backend `nothere`"),
    ("backend without hooks", {
        "pyproject.toml": (
            b"[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['.']\n"
        ),
        "own.py": b"",
    }, "build_wheel"),
]  # fmt: skip
BACKENDS = [
    ("import error", {"imports": ["nothere"]}, "No module named 'nothere'"),
    ("answers a file that is not there", {"answer": "gone.whl"}, "`gone.whl` was not made"),
    ("answers a path", {"answer": "../x.whl"}, "is a path"),
    ("answers no name", {"answer": "x.txt"}, "was not made"),
    ("makes another project", {"wheel_name": "other-1.0-py3-none-any.whl"}, "cannot be used"),
    ("makes a wheel for Windows", {"wheel_name": "app-1.0-py3-none-win32.whl"},
     "is not for this Python"),
    ("makes no wheel", {"wheel_name": "app.whl"}, "is not the name of a wheel"),
    ("raises", {"code": {"build_wheel": "raise RuntimeError('no luck')"}}, "RuntimeError: no luck"),
    ("prepares other metadata", {"prepared_headers": ["Requires-Python: >=3.1"]},
     "is not what its metadata promised"),
    ("is killed", {"code": {"build_wheel": "os.kill(os.getpid(), 9)"}}, "ended by signal 9"),
    ("kills all around it", {"code": {"build_wheel": "os.killpg(0, 9)"}}, "ended by signal 9"),
    ("ends without a word", {"code": {"build_wheel": "os._exit(0)"}}, "ended without an answer"),
    ("is killed while it prepares",
     {"code": {"prepare_metadata_for_build_wheel": "os.kill(os.getpid(), 15)"}},
     "ended by signal 15"),
    ("finds the disk full",
     {"code": {"build_wheel": "raise OSError(28, os.strerror(28), 'app.o')"}},
     "No space left on device"),
    ("deletes its sources",
     {"code": {"build_wheel": "import shutil; shutil.rmtree(os.path.dirname(HERE))"}},
     "No such file or directory"),
    ("asks for nonsense", {"needs": ["=="]}, "=="),
    ("asks for no list", {"needs": "maker"}, "does not return a list of requirements"),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory, template):
    """One environment, index and cache for all of them: none may leave a trace."""
    folder = tmp_path_factory.mktemp("bad-sdists")
    (folder / "files").mkdir()
    (folder / "outside").mkdir()
    run("cp", "-a", template, folder / "environment")
    archives = {case.title: case for case in hostile_sdists(str(folder / "outside"))}
    with IndexServer(folder / "files").serving() as index:
        world = World(folder, index, folder / "environment")
        yield SimpleNamespace(world=world, archives=archives, notes=folder / "notes")


def attempt(place, command, path):
    """Run a command on an archive; it must fail and leave nothing behind."""
    world = place.world
    target = world.folder / "target"
    words = {"install": (), "download": ("-d", target), "wheel": ("-w", target)}[command]
    variables = {NOTES: str(place.notes)}
    done = world.xpip(command, "--index-url", world.index.simple, *words, path, **variables)
    assert done.code == 1, done
    assert done.err.startswith("error: "), done
    assert "xpip has a bug" not in done.err, done
    assert world.installed() == {}
    temporary = world.cache / "tmp"
    assert not temporary.exists() or sorted(os.listdir(temporary)) == []
    assert not target.exists() or sorted(os.listdir(target)) == []
    assert os.listdir(world.folder / "outside") == []
    return done


def written(place, title, filename, data):
    path = place.world.folder / title.replace(" ", "-").replace(":", "") / filename
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("title", "said"), ARCHIVES, ids=[title for title, _ in ARCHIVES])
def test_an_archive_that_cannot_be_unpacked_safely(place, title, said):
    case = place.archives[title]
    done = attempt(place, "install", written(place, title, case.filename, case.data))
    assert said in done.err, done
    assert case.filename in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", ["download", "wheel"])
@pytest.mark.parametrize("title", ["two tops", "character device", "PAX size hides members"])
def test_other_commands_refuse_it_too(place, command, title):
    case = place.archives[title]
    done = attempt(place, command, written(place, title, case.filename, case.data))
    assert dict(ARCHIVES)[title] in done.err, done


@pytest.mark.parametrize(("title", "files", "said"), TREES, ids=[row[0] for row in TREES])
def test_a_tree_that_cannot_be_built(place, title, files, said):
    data = good_sdist({"PKG-INFO": b"Metadata-Version: 1.1\n", **files})
    done = attempt(place, "install", written(place, title, f"{TOP}.tar.gz", data))
    assert said in done.err, done


@pytest.mark.parametrize(("title", "options", "said"), BACKENDS, ids=[row[0] for row in BACKENDS])
def test_a_backend_that_misbehaves(place, title, options, said):
    version = f"1.0.{[row[0] for row in BACKENDS].index(title)}"
    if "wheel_name" in options:
        options = {"wheel_name": options["wheel_name"].replace("1.0", version)}
    ProjectBuilder("app", version, **options).sdist(place.world.index.folder)
    done = attempt(place, "install", f"app=={version}")
    assert said in done.err, done
    assert f"`app {version}`" in done.err


def test_wheel_and_download_tell_of_a_bad_backend_too(place):
    path = ProjectBuilder("bad", answer="gone.whl").sdist(place.world.folder / "bad")
    assert "`gone.whl` was not made" in attempt(place, "wheel", path).err
    path = ProjectBuilder("worse", code={
        "prepare_metadata_for_build_wheel": "sys.exit(7)",
    }).sdist(place.world.folder / "worse")  # fmt: skip
    assert "exit code 7" in attempt(place, "download", path).err


def test_sources_that_a_backend_deletes_are_there_for_the_next_build(world):
    """It has a copy: the flag in the environment says whether to delete."""
    ProjectBuilder("app", code={"build_wheel": (
        "import shutil\nif 'DELETE' in os.environ: shutil.rmtree(os.path.dirname(HERE))"
    )}).sdist(world.index.folder)  # fmt: skip
    assert world.install("app", DELETE="1").code == 1
    downloads = len(world.index.downloads())
    done = world.install("app")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0"}
    assert len(world.index.downloads()) == downloads


@pytest.mark.parametrize("kind", ["zip", "tar.bz2", "tar.xz", "tar", "tgz", "tar.Z", "tar.zst"])
def test_kinds_of_archives_are_taken_or_refused_clearly(world, kind):
    import bz2
    import gzip
    import io
    import lzma
    import zipfile

    files = {path: text.encode() for path, text in ProjectBuilder("app").files().items()}
    packed = good_sdist({"PKG-INFO": b"Name: app\n", **files}, "app-1.0")
    plain = gzip.decompress(packed)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in files.items():
            archive.writestr(f"app-1.0/{path}", data)
    data = {
        "zip": buffer.getvalue(), "tar.bz2": bz2.compress(plain), "tar.xz": lzma.compress(plain),
        "tar": plain, "tgz": packed, "tar.Z": b"\x1f\x9d", "tar.zst": b"\x28\xb5\x2f\xfd",
    }[kind]  # fmt: skip
    path = world.folder / f"app-1.0.{kind}"
    path.write_bytes(data)
    done = world.install(path)
    if kind in ("tar.Z", "tar.zst"):
        refused(world, done, f"app-1.0.{kind}")
    else:
        assert done.code == 0, done
        assert world.installed() == {"app": "1.0"}


def test_a_bad_archive_of_an_index_is_no_version_of_its_project(world):
    """Nothing of it has run, and nothing of it is left."""
    data = tar(file(f"{TOP}/PKG-INFO"), header(f"{TOP}/dev", b"3"))
    (world.index.folder / f"{TOP}.tar.gz").write_bytes(data)
    notes = world.folder / "notes"
    done = world.install("demo", **{NOTES: str(notes)})
    refused(world, done, "no version of `demo` can be used", "1.0: ", "is a device")
    assert hooks(notes) == []
    assert os.listdir(world.cache / "tmp") == []


def test_a_cache_that_takes_no_logs_is_no_reason_to_fail(world):
    """A file is where their folder should be."""
    ProjectBuilder("app").sdist(world.index.folder)
    world.cache.mkdir(mode=0o700)
    (world.cache / "build-logs-v1").write_text("")
    done = world.install("app")
    assert done.code == 0, done
    assert "for the logs of builds: file exists; what is new goes to a temporary" in done.err
    assert world.installed() == {"app": "1.0"}
