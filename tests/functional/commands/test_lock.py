"""`xpip lock`, `compile --format pylock.toml`, and installing from lock files, on loopback."""

import hashlib
import re
import shutil
import sys
import time

import pytest

from tests.kit.command import ROOT, run, xpip
from tests.kit.servers import Answer, FaultyServer, redirect
from tests.kit.wheels import WheelBuilder
from tests.kit.world import refused

PROJECT = """
[project]
name = "demo"
version = "1"
requires-python = ">=3.8"
dependencies = ["app"]
[project.optional-dependencies]
cli = ["app[cli]"]
[dependency-groups]
lint = ["checker"]
test = ["runner", {include-group = "lint"}]
"""


@pytest.fixture
def world(world):
    world.wheel(
        "app", "1.0", requires=["library>=1", "tool; extra == 'cli'"], provides_extra=["cli"]
    )
    for name, version in (("library", "1.0"), ("library", "2.0"), ("tool", "3.0")):
        world.wheel(name, version)
    world.wheel("checker", "1.0")
    world.wheel("runner", "1.0", requires=["library"])
    world.write("pyproject.toml", PROJECT)
    return world


def lock(world, *words, **variables):
    return xpip(
        "lock", "--python", world.environment, "--cache-dir", world.cache, "--index-url",
        world.index.simple, "--no-header", *words, cwd=world.folder, **variables,
    )  # fmt: skip


def locked(world, name="pylock.toml"):
    """Return the tables of a lock file, once packaging has found it right."""
    from packaging.pylock import Pylock

    from xpip.formats.toml_text import parse_toml

    tables = parse_toml((world.folder / name).read_text(), name)
    Pylock.from_dict(tables)
    return tables


def packages(world, name="pylock.toml"):
    return {package["name"]: package for package in locked(world, name)["packages"]}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- what is written -------------------------------------------------------------------------------


def test_a_project_is_locked_with_its_extras_and_groups(world):
    done = lock(world)
    assert done.code == 0, done
    assert done.err == "pylock.toml: 5 pins (5 added)\n"
    tables = locked(world)
    assert tables["lock-version"] == "1.0"
    assert tables["created-by"] == "xpip"
    assert tables["requires-python"] == ">=3.8"
    assert tables["extras"] == ["cli"]
    assert tables["dependency-groups"] == ["lint", "test"]
    assert tables["default-groups"] == []
    (environment,) = tables["environments"]
    assert f"sys_platform == '{sys.platform}'" in environment
    markers = {name: package.get("marker", "") for name, package in packages(world).items()}
    assert markers == {
        "app": "",
        "checker": "'lint' in dependency_groups or 'test' in dependency_groups",
        "library": "",
        "runner": "'test' in dependency_groups",
        "tool": "'cli' in extras",
    }


def test_a_package_has_its_index_dependencies_and_files(world):
    wheel = world.index.folder / "library-2.0-py3-none-any.whl"
    world.index.uploaded[wheel.name] = "2026-01-02T03:04:05.678Z"
    world.index.requires_python[wheel.name] = ">=3.7"
    assert lock(world).code == 0
    found = packages(world)
    assert found["app"]["dependencies"] == [{"name": "library"}, {"name": "tool"}]
    library = found["library"]
    assert library["version"] == "2.0"
    assert library["index"] == world.index.simple
    assert library["requires-python"] == ">=3.7"
    (file,) = library["wheels"]
    assert file["name"] == wheel.name
    assert file["url"] == f"{world.index.url}/files/{wheel.name}"
    assert file["hashes"] == {"sha256": sha256(wheel)}
    assert file["upload-time"].isoformat() == "2026-01-02T03:04:05.678000+00:00"
    assert "sdist" not in library


def test_times_of_upload_on_html_pages_count(world):
    """No specification has them there; servers send them and uv reads them."""
    world.index.json_pages = False
    for number in (1, 2):
        name = f"library-{number}.0-py3-none-any.whl"
        world.index.uploaded[name] = f"202{number}-01-02T03:04:05.000000Z"
    assert lock(world, "--exclude-newer-package", "library=2021-06-01").code == 0
    library = packages(world)["library"]
    assert library["version"] == "1.0"
    assert library["wheels"][0]["upload-time"].isoformat() == "2021-01-02T03:04:05+00:00"


def test_all_files_that_a_machine_of_this_kind_can_use_are_written(world):
    machine = __import__("platform").machine()
    version = f"{sys.version_info[0]}{sys.version_info[1]}"
    mine = [
        f"cp{version}-cp{version}-manylinux_2_17_{machine}",
        f"cp{version}-cp{version}-musllinux_1_2_{machine}",
        "py3-none-any",
    ]
    others = [f"cp{version}-cp{version}-win_amd64", "cp39-cp39-manylinux_2_17_s390x"]
    for tag in (*mine, *others):
        WheelBuilder("many", "1.0", tag=tag, files={"many.py": "x = 1\n"}).build(world.index.folder)
    (world.index.folder / "many-1.0.tar.gz").write_bytes(b"source")
    world.write("requirements.in", "many\n")
    assert lock(world, "requirements.in").code == 0
    package = packages(world)["many"]
    assert [file["name"] for file in package["wheels"]] == sorted(
        f"many-1.0-{tag}.whl" for tag in mine
    )
    assert package["sdist"]["name"] == "many-1.0.tar.gz"


def test_the_same_lock_is_the_same_text_and_is_not_written_again(world):
    assert lock(world).code == 0
    text = (world.folder / "pylock.toml").read_text()
    before = (world.folder / "pylock.toml").stat()
    world.wheel("library", "3.0")
    done = lock(world, "--refresh")
    assert done.err == "pylock.toml: 5 pins, nothing changes\n"
    assert (world.folder / "pylock.toml").stat().st_mtime_ns == before.st_mtime_ns
    (world.folder / "pylock.toml").unlink()
    shutil.rmtree(world.cache)
    (world.index.folder / "library-3.0-py3-none-any.whl").unlink()
    assert lock(world).code == 0
    assert (world.folder / "pylock.toml").read_text() == text


def test_versions_stay_until_an_upgrade_is_asked_for(world):
    assert lock(world).code == 0
    world.wheel("library", "3.0")
    world.wheel("tool", "4.0")
    assert lock(world, "--refresh", "--check").code == 0
    done = lock(world, "--refresh", "-P", "library", "--check")
    assert done.code == 1
    assert "(1 changed), not written" in done.err
    assert packages(world)["library"]["version"] == "2.0"
    assert lock(world, "--refresh", "-P", "library").code == 0
    found = packages(world)
    assert (found["library"]["version"], found["tool"]["version"]) == ("3.0", "3.0")
    assert lock(world, "-U").code == 0
    assert packages(world)["tool"]["version"] == "4.0"


def test_extras_and_groups_can_be_chosen(world):
    assert lock(world, "--extra", "cli").code == 0
    assert sorted(packages(world)) == ["app", "library", "tool"]
    assert lock(world, "--group", "lint", "-U").code == 0
    assert sorted(packages(world)) == ["app", "checker", "library"]
    refused(world, lock(world, "--group", "no"), "has no dependency group `no`")
    refused(world, lock(world, "--extra", "no"), "has no extra `no`")


def test_urls_can_be_left_out_for_mirrors(world):
    assert lock(world, "--no-emit-urls").code == 0
    text = (world.folder / "pylock.toml").read_text()
    assert world.index.url not in text
    assert "app-1.0-py3-none-any.whl" in text


def test_compile_writes_a_lock_by_option_or_by_name(world):
    world.write("requirements.in", "app[cli]\n")
    words = (
        "--python",
        world.environment,
        "--index-url",
        world.index.simple,
        "--cache-dir",
        world.cache,
    )
    done = xpip("compile", *words, "requirements.in", "-o", "pylock.dev.toml", cwd=world.folder)
    assert done.code == 0, done
    assert sorted(packages(world, "pylock.dev.toml")) == ["app", "library", "tool"]
    assert "extras" not in locked(world, "pylock.dev.toml")
    shown = xpip("compile", *words, "requirements.in", "--format", "pylock.toml", cwd=world.folder)
    text = (world.folder / "pylock.dev.toml").read_text()
    assert shown.out.partition("lock-version")[2] == text.partition("lock-version")[2]
    wrong = xpip(
        "compile", *words, "requirements.in", "--format", "pylock.toml", "-o", "x.txt",
        cwd=world.folder,
    )  # fmt: skip
    assert wrong.code == 2
    assert "does not go with the output file `x.txt`" in wrong.err


def test_a_project_for_another_python_is_refused(world):
    world.write("pyproject.toml", PROJECT.replace(">=3.8", "<3.9"))
    refused(world, lock(world), "`pyproject.toml` requires Python <3.9")


def test_there_must_be_a_project(world):
    (world.folder / "pyproject.toml").unlink()
    refused(world, lock(world), "there is no `pyproject.toml`", code=2)
    refused(world, lock(world, "-o", "lock.toml"), "`lock.toml` is not a name for a lock", code=2)


def test_no_secret_gets_into_a_lock(world):
    url = world.index.simple.replace("http://", "http://me:S3CR3T@")
    done = xpip(
        "lock", "--python", world.environment, "--cache-dir", world.cache, "--index-url", url,
        cwd=world.folder,
    )  # fmt: skip
    assert done.code == 0, done
    assert "S3CR3T" not in (world.folder / "pylock.toml").read_text() + done.err + done.out


# --- what is installed -----------------------------------------------------------------------------


def test_a_lock_is_installed_without_resolving_or_asking_an_index(world):
    assert lock(world).code == 0
    world.index.requests.clear()
    done = world.install("-r", "pylock.toml")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0", "library": "2.0"}
    assert [path for path in world.index.paths() if "/simple/" in path] == []
    again = world.install("-r", "pylock.toml", "--extra", "cli", "--group", "test")
    assert again.code == 0, again
    assert sorted(world.installed()) == ["app", "checker", "library", "runner", "tool"]


def test_an_unchanged_environment_is_left_alone(world):
    assert lock(world).code == 0
    assert world.install("-r", "pylock.toml").code == 0
    world.index.requests.clear()
    done = world.install("-r", "pylock.toml")
    assert done.code == 0
    assert "Requirement already satisfied: library in" in done.out
    assert world.index.paths() == []


@pytest.mark.parametrize("command", [("install", "-r", "pylock.toml"), ("sync",)])
def test_a_stamp_answers_an_unchanged_run_until_anything_changes(world, command):
    """Tier 0: no store, no environment and no lock is opened while nothing differs."""
    assert lock(world).code == 0
    assert world.xpip(*command).code == 0

    def is_answered_by_a_stamp() -> bool:
        code = (
            "import sys; from xpip.cli.main import main; code = main(sys.argv[1:]);"
            "print('xpip.operations' in sys.modules, code)"
        )
        done = run(
            sys.executable, "-c", code, command[0], "--python", world.environment, "--cache-dir",
            world.cache, *command[1:], cwd=world.folder, PYTHONPATH=str(ROOT / "src"),
        )  # fmt: skip
        assert done.out.endswith(" 0\n"), done
        return done.out.endswith("False 0\n")

    library = next((world.environment / "lib").iterdir()) / "site-packages"
    lock_file = world.folder / "pylock.toml"
    edits = [
        lambda: lock_file.write_text(f"{lock_file.read_text()}# edited\n"),
        (library / "library-2.0.dist-info" / "METADATA").touch,
        lambda: world.write("pyproject.toml", f"{PROJECT}\n[tool.xpip]\nretries = 1\n"),
        lambda: world.write("xpip.toml", "offline = true\n"),
        (library / "odd-1.0.dist-info").mkdir,
    ]
    for number, edit in enumerate(edits):
        # What changed within the last tick of the clock forbids a stamp.
        time.sleep(0.1)
        assert world.xpip(*command).code == 0
        assert is_answered_by_a_stamp()
        edit()
        assert not is_answered_by_a_stamp(), number
    shutil.rmtree(library / "library-2.0.dist-info")
    assert "library" in world.xpip(*command).out
    assert world.installed()["library"] == "2.0"


def test_a_warm_installation_loads_neither_network_nor_packaging(world):
    assert lock(world).code == 0
    assert world.install("-r", "pylock.toml", "--extra", "cli").code == 0
    code = (
        "import sys; from xpip.cli.main import main; code = main(sys.argv[1:]);"
        "print(sorted({'asyncio', 'httpx', 'packaging', 'rich', 'ssl'} & set(sys.modules)), code)"
    )
    done = run(
        sys.executable, "-c", code, "install", "--python", world.environment, "--cache-dir",
        world.cache, "--force-reinstall", "-r", "pylock.toml", "--extra", "cli", cwd=world.folder,
        PYTHONPATH=str(ROOT / "src"),
    )  # fmt: skip
    assert "Successfully installed app-1.0 library-2.0 tool-3.0\n[] 0\n" in done.out, done


def test_files_without_urls_are_found_on_any_index_by_name_and_hash(world):
    assert lock(world, "--no-emit-urls").code == 0
    done = world.install("-r", "pylock.toml", "--all-extras")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0", "library": "2.0", "tool": "3.0"}


def test_another_file_of_the_same_name_is_refused(world):
    assert lock(world, "--no-emit-urls").code == 0
    world.wheel("library", "2.0", files={"library.py": "EVIL = 1\n"})
    shutil.rmtree(world.cache)
    done = world.install("-r", "pylock.toml")
    refused(world, done, "no index has `library-2.0-py3-none-any.whl` with the hashes")


def test_what_was_exchanged_behind_a_url_is_refused(world):
    assert lock(world).code == 0
    world.wheel("library", "2.0", files={"library.py": "EVIL = 1\n"})
    shutil.rmtree(world.cache)
    refused(world, world.install("-r", "pylock.toml"), "library-2.0-py3-none-any.whl", "sha256")


@pytest.mark.parametrize("place", ["url", "path"])
def test_a_wrong_size_is_refused(world, place):
    wheel = world.index.folder / "tool-3.0-py3-none-any.whl"
    value = f"{world.index.url}/files/{wheel.name}" if place == "url" else f"files/{wheel.name}"
    size = wheel.stat().st_size
    text = (
        'lock-version = "1.0"\ncreated-by = "me"\n[[packages]]\nname = "tool"\nversion = "3.0"\n'
        f'[[packages.wheels]]\n{place} = "{value}"\nsize = {{}}\n'
        f'hashes.sha256 = "{sha256(wheel)}"\n'
    )
    world.write("pylock.toml", text.format(size + 1))
    refused(world, world.install("-r", "pylock.toml"), "tool-3.0-py3-none-any.whl", f"{size + 1}")
    world.write("pylock.toml", text.format(size))
    done = world.install("-r", "pylock.toml")
    assert done.code == 0, done
    assert world.installed() == {"tool": "3.0"}


def test_every_hash_of_a_file_is_checked(world):
    wheel = world.index.folder / "tool-3.0-py3-none-any.whl"
    text = (
        'lock-version = "1.0"\ncreated-by = "me"\n[[packages]]\nname = "tool"\nversion = "3.0"\n'
        f'[[packages.wheels]]\nurl = "{world.index.url}/files/{wheel.name}"\n'
        f'hashes = {{ sha256 = "{sha256(wheel)}", sha512 = "%s" }}\n'
    )
    world.write("pylock.toml", text % ("0" * 128))
    refused(world, world.install("-r", "pylock.toml"), "the sha512 of")
    world.write("pylock.toml", text % hashlib.sha512(wheel.read_bytes()).hexdigest())
    assert world.install("-r", "pylock.toml").code == 0


def test_what_the_cache_has_is_compared_with_what_the_lock_says(world):
    """Nothing of the store is believed beyond what was checked when the wheel file was there."""
    wheel = world.index.folder / "tool-3.0-py3-none-any.whl"
    digest = hashlib.sha512(wheel.read_bytes()).hexdigest()
    size = wheel.stat().st_size
    text = (
        'lock-version = "1.0"\ncreated-by = "me"\n[[packages]]\nname = "tool"\nversion = "3.0"\n'
        f'[[packages.wheels]]\nurl = "{world.index.url}/files/{wheel.name}"\nsize = %d\n'
        f'hashes = {{ sha256 = "{sha256(wheel)}", sha512 = "%s" }}\n'
    )
    world.install("tool")
    world.xpip("uninstall", "-y", "tool")
    world.write("pylock.toml", text % (size + 1, digest))
    expected = (f"expected: {size + 1} bytes", f"got: {size} bytes")
    refused(world, world.install("-r", "pylock.toml"), *expected)
    refused(world, world.install("-r", "pylock.toml", "--offline"), *expected)
    world.write("pylock.toml", text % (size, "0" * 128))
    refused(world, world.install("-r", "pylock.toml"), "the sha512 of")
    world.write("pylock.toml", text % (size, digest))
    assert world.install("-r", "pylock.toml").code == 0
    # It has been checked, so the wheel is not needed once more.
    world.xpip("uninstall", "-y", "tool")
    assert world.install("-r", "pylock.toml", "--offline").code == 0
    assert world.installed() == {"tool": "3.0"}


@pytest.fixture
def server():
    with FaultyServer().serving() as serving:
        yield serving


def test_a_lock_is_installed_from_a_server(world, server):
    assert lock(world).code == 0
    text = (world.folder / "pylock.toml").read_bytes()
    server.routes["/old"] = [redirect("/locks/pylock.toml?version=2")]
    server.routes["/locks/pylock.toml"] = server.routes["/locks/pylock.toml?version=2"] = [
        Answer(200, text)
    ]
    (world.folder / "pylock.toml").unlink()
    done = world.install("-r", f"{server.url}/locks/pylock.toml", "--extra", "cli")
    assert done.code == 0, done
    assert sorted(world.installed()) == ["app", "library", "tool"]
    user = server.url.replace("://", "://me:secret@")
    again = world.xpip("sync", f"{user}/locks/pylock.toml?version=2", "--group", "lint")
    assert again.code == 0, again
    assert sorted(world.installed()) == ["app", "checker", "library"]
    assert "secret" not in again.out + again.err
    offline = world.install("--offline", "-r", f"{server.url}/locks/pylock.toml")
    assert offline.code == 1
    assert "cannot be read offline" in offline.err


def test_a_lock_on_a_server_that_is_none(world, server):
    server.routes["/pylock.toml"] = [Answer(404, b"")]
    url = f"{server.url}/pylock.toml"
    refused(world, world.install("-r", url), f"`{url}` does not exist")
    server.routes["/pylock.toml"] = [Answer(200, b"<html>Sign in</html>")]
    refused(world, world.install("-r", url), f"{url}:1: the lock file")


@pytest.mark.parametrize("words", [("app",), ("-r", "other.txt"), ("-c", "other.txt")])
def test_a_lock_stands_alone(world, words):
    assert lock(world).code == 0
    world.write("other.txt", "tool\n")
    done = world.install("-r", "pylock.toml", *words)
    refused(world, done, "cannot be combined with other requirements", code=2)


def test_a_missing_lock_and_a_folder_are_errors(world):
    refused(world, world.install("-r", "pylock.no.toml"), "`", "does not exist")
    (world.folder / "pylock.toml").mkdir()
    refused(world, world.install("-r", "pylock.toml"), "is a folder")


@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        ((r"\Z", "\n[[packages]\n"), ("pylock.toml:", "not valid TOML")),
        ((r"(?s)hashes.*", 'hashes.sha256 = "'), ("pylock.toml:", "ends in the middle")),
        ((r"\A", "<<<<<<< ours\n"), ("pylock.toml:1:", "left over from a merge")),
        ((r'"1.0"', '"2.0"'), ("`lock-version` is 2.0",)),
        ((r"sys_platform == '\w+'", "sys_platform == 'other'"), ("for other environments",)),
        ((r">=3.8", "<3"), ("is for Python <3",)),
    ],
)
def test_a_lock_that_cannot_be_used_changes_nothing(world, change, fragments):
    assert lock(world).code == 0
    path = world.folder / "pylock.toml"
    path.write_text(re.sub(*change, path.read_text(), count=1))
    refused(world, world.install("-r", "pylock.toml"), *fragments)


def test_a_broken_lock_is_named_before_it_is_made_again(world):
    world.write("pylock.toml", "<<<<<<< ours\n")
    refused(world, lock(world), "pylock.toml:1: `<<<<<<< ours` is left over from a merge")
    assert (world.folder / "pylock.toml").read_text() == "<<<<<<< ours\n"
    assert lock(world, "-U").code == 0
    assert len(packages(world)) == 5
