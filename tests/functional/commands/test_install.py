"""`xpip install` against an index on loopback: what gets installed, what is said, what is refused."""

import hashlib
import os
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.kit.command import run, xpip
from tests.kit.trees import describe_tree, differences
from tests.kit.world import refused

# --- what gets installed ---------------------------------------------------------------------------


def test_a_project_comes_with_what_it_needs(world):
    world.wheel("app", "1.0", requires=["library>=1"])
    world.wheel("library", "1.0")
    world.wheel("library", "2.0")
    done = world.install("app")
    assert done.code == 0, done
    assert done.out.strip().splitlines()[-1] == "Successfully installed app-1.0 library-2.0"
    assert world.installed() == {"app": "1.0", "library": "2.0"}
    assert world.runs("import app, library; print(app.VERSION, library.VERSION)") == "1.0 2.0"


def test_a_second_time_nothing_changes(world):
    world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    assert world.install("app").code == 0
    before = describe_tree(world.environment)
    asked = len(world.index.requests)
    for _ in range(2):
        done = world.install("app")
        assert done.code == 0, done
        assert "Requirement already satisfied: app" in done.out
    assert len(world.index.requests) == asked
    assert differences(before, describe_tree(world.environment)) == []


def test_a_requirements_file_with_nested_files_and_constraints(world):
    for version in ("1.0", "2.0"):
        world.wheel("app", version, requires=["library"])
        world.wheel("library", version)
    world.write("requirements.txt", "-r more/nested.txt  # comment\n-c constraints.txt\n")
    world.write("more/nested.txt", "app \\\n  < 2\n-c own.txt\n")
    world.write("more/own.txt", "library<2\n")
    world.write("constraints.txt", "absent==1\n")
    assert world.install("-r", "requirements.txt").code == 0
    assert world.installed() == {"app": "1.0", "library": "1.0"}


def test_extras_and_markers_decide(world):
    world.wheel(
        "app", "1.0", provides_extra=["fast"],
        requires=['speed; extra == "fast"', 'old; python_version < "3"', 'new; python_version >= "3"'],
    )  # fmt: skip
    for name in ("speed", "old", "new"):
        world.wheel(name, "1.0")
    assert world.install("app[fast]", 'absent; sys_platform == "nowhere"').code == 0
    assert set(world.installed()) == {"app", "speed", "new"}


def test_without_dependencies(world):
    world.wheel("app", "1.0", requires=["library"])
    assert world.install("--no-deps", "app").code == 0
    assert world.installed() == {"app": "1.0"}


def test_upgrade_moves_what_was_named_and_leaves_the_rest(world):
    world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    assert world.install("app").code == 0
    world.wheel("app", "2.0", requires=["library"])
    world.wheel("library", "2.0")
    assert world.install("app", "--refresh").code == 0
    assert world.installed() == {"app": "1.0", "library": "1.0"}
    done = world.install("-U", "app", "--refresh")
    assert done.code == 0, done
    assert world.installed() == {"app": "2.0", "library": "1.0"}
    assert world.install("-P", "library", "app", "--refresh").code == 0
    assert world.installed() == {"app": "2.0", "library": "2.0"}


def test_eager_upgrade_moves_dependencies_too(world):
    world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    assert world.install("app").code == 0
    world.wheel("library", "2.0")
    assert world.install("-U", "--upgrade-strategy", "eager", "app", "--refresh").code == 0
    assert world.installed() == {"app": "1.0", "library": "2.0"}


def test_a_pre_release_only_when_asked_for(world):
    world.wheel("app", "1.0")
    world.wheel("app", "2.0rc1")
    assert world.install("app").code == 0
    assert world.installed() == {"app": "1.0"}
    assert world.install("--pre", "-U", "app").code == 0
    assert world.installed() == {"app": "2.0rc1"}


def test_a_yanked_version_only_when_pinned(world):
    world.wheel("app", "1.0")
    world.index.yanked[world.wheel("app", "2.0").name] = "it broke"
    assert world.install("app").code == 0
    assert world.installed() == {"app": "1.0"}
    done = world.install("app==2.0")
    assert done.code == 0, done
    assert "it broke" in done.err
    assert world.installed() == {"app": "2.0"}


def test_force_reinstall_heals_an_edited_file(world):
    world.wheel(
        "app",
        "1.0",
        files={"app.py": "x = 'a long enough line to be linked from the store, not written'\n"},
    )
    assert world.install("app").code == 0
    module = next(world.environment.rglob("app.py"))
    module.write_text("broken")
    done = world.install("--force-reinstall", "app")
    assert done.code == 0, done
    assert "long enough" in next(world.environment.rglob("app.py")).read_text()


def test_an_edit_in_one_environment_reaches_no_other(world, tmp_path):
    world.wheel(
        "app",
        "1.0",
        files={"app.py": "x = 'a long enough line to be linked from the store, not written'\n"},
    )
    assert world.install("app").code == 0
    next(world.environment.rglob("app.py")).write_text(
        "x = 'edited in place, with the same inode, by a debugging user'\n"
    )
    other = tmp_path / "other"
    assert xpip("venv", other).code == 0
    world.environment = other
    done = world.install("app")
    assert done.code == 0, done
    assert "long enough" in next(other.rglob("app.py")).read_text()


def test_a_dry_run_changes_nothing(world):
    world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    before = describe_tree(world.environment)
    done = world.install("--dry-run", "app")
    assert done.code == 0, done
    assert "Would install app-1.0 library-1.0" in done.out
    assert differences(before, describe_tree(world.environment)) == []


def test_console_scripts_run(world):
    world.wheel("app", "1.0", files={"app.py": "def main():\n    print('hello')\n"},
                entry_points={"console_scripts": {"say-hello": "app:main"}})  # fmt: skip
    assert world.install("app").code == 0
    assert run(world.environment / "bin" / "say-hello").out == "hello\n"


def test_into_a_target_folder(world):
    world.wheel("app", "1.0")
    target = world.folder / "vendored"
    done = world.install("--target", target, "app")
    assert done.code == 0, done
    assert (target / "app" / "__init__.py").exists()
    assert world.installed() == {}
    world.wheel("app", "2.0")
    assert world.install("--target", target, "app==2.0").code == 0
    assert sorted(path.name for path in target.glob("*.dist-info")) == ["app-2.0.dist-info"]


def test_into_a_prefix(world):
    world.wheel("app", "1.0")
    prefix = world.folder / "prefix"
    done = world.install("--prefix", prefix, "app")
    assert done.code == 0, done
    assert list(prefix.rglob("app/__init__.py"))


def test_from_a_folder_without_any_index(world):
    world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    done = world.xpip("install", "--no-index", "-f", world.index.folder, "app")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0", "library": "1.0"}
    assert world.index.requests == []


def test_from_an_index_in_a_folder(world):
    wheel = world.wheel("app", "1.0")
    page = world.folder / "simple" / "app"
    page.mkdir(parents=True)
    (page / "index.html").write_text(f'<a href="../../files/{wheel.name}">{wheel.name}</a>')
    done = world.xpip("install", "-i", (world.folder / "simple").as_uri(), "app")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0"}


def test_a_wheel_by_its_path_is_recorded_as_such(world):
    wheel = world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    done = world.install(wheel)
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0", "library": "1.0"}
    assert wheel.as_uri() in next(world.environment.rglob("direct_url.json")).read_text()


def test_a_wheel_by_its_url(world):
    wheel = world.wheel("app", "1.0")
    done = world.install(f"app @ {world.index.url}/files/{wheel.name}")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0"}
    assert "app @ http://" in world.xpip("freeze").out


def test_html_pages_without_metadata_and_hashes_do_as_well(world):
    world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    world.index.json_pages = world.index.metadata = world.index.hashes = False
    done = world.install("app")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0", "library": "1.0"}


def test_offline_installs_what_is_cached(world, tmp_path):
    world.wheel("app", "1.0", requires=["library"])
    world.wheel("library", "1.0")
    assert world.install("app").code == 0
    asked = len(world.index.requests)
    world.environment = tmp_path / "second"
    assert xpip("venv", world.environment).code == 0
    done = world.install("--offline", "app")
    assert done.code == 0, done
    assert len(world.index.requests) == asked
    assert world.installed() == {"app": "1.0", "library": "1.0"}


@pytest.mark.parametrize("mode", ["hardlink", "copy", "reflink"])
def test_every_way_of_placing_files_gives_the_same_tree(world, mode, tmp_path):
    world.wheel(
        "app",
        "1.0",
        files={"app/__init__.py": "x" * 100, "app/data.bin": b"\0" * 5000, "app/empty.py": ""},
    )
    assert world.install("app").code == 0
    other = tmp_path / "other"
    assert xpip("venv", other).code == 0
    first, world.environment = world.environment, other
    done = world.install("--link-mode", mode, "app")
    assert done.code == 0, done
    assert (
        differences(
            describe_tree(first),
            describe_tree(other),
            ignore=("bin/activate", "bin/Activate", "bin/python"),
        )
        == []
    )


def test_without_a_cache_nothing_is_kept(world):
    world.wheel("app", "1.0")
    done = world.install("--no-cache-dir", "app")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0"}
    assert not list(world.cache.rglob("*.whl")) if world.cache.exists() else True


def test_pip_configuration_is_honoured(world):
    world.wheel("app", "1.0")
    configuration = world.write(
        "pip.conf",
        f"[global]\nindex-url = {world.index.simple}\nfind-links = {world.folder}/none\n",
    )
    done = world.xpip("install", "app", PIP_CONFIG_FILE=str(configuration))
    assert done.code == 0, done
    assert f"{world.folder}/none" in done.err
    assert world.installed() == {"app": "1.0"}


def test_hashes_of_a_file_are_enforced(world):
    good = hashlib.sha256(world.wheel("app", "1.0").read_bytes()).hexdigest()
    world.write("good.txt", f"app==1.0 --hash=sha256:{good}\n")
    assert world.install("-r", "good.txt").code == 0
    assert world.installed() == {"app": "1.0"}


# --- what is refused -------------------------------------------------------------------------------


def test_an_unknown_project(world):
    refused(
        world,
        world.install("nothing-of-that-name"),
        "nothing-of-that-name",
        world.index.simple.rstrip("/"),
    )


def test_no_matching_version_says_what_exists(world):
    world.wheel("app", "1.0")
    world.index.requires_python[world.wheel("app", "2.0").name] = ">=3.99"
    world.wheel("app", "3.0", tag="cp39-cp39-win_amd64")
    world.write("requirements.txt", "\napp>=1.5\n")
    refused(
        world, world.install("-r", "requirements.txt"),
        "app>=1.5", "requirements.txt:2", "2.0", ">=3.99", "3.0", "win_amd64",
    )  # fmt: skip


def test_a_conflict_names_both_sides(world):
    world.wheel("one", "1.0", requires=["shared<2"])
    world.wheel("two", "1.0", requires=["shared>=2"])
    world.wheel("shared", "1.0")
    world.wheel("shared", "2.0")
    refused(world, world.install("one", "two"), "one", "two", "shared<2", "shared>=2")


def test_only_a_damaged_sdist_exists(world):
    (world.index.folder / "app-1.0.tar.gz").write_bytes(b"\x1f\x8b")
    refused(world, world.install("app"), "app", "`app-1.0.tar.gz` is no usable source archive")


def test_a_wrong_hash_of_the_user(world):
    world.wheel("app", "1.0")
    world.write("requirements.txt", f"app==1.0 --hash=sha256:{'0' * 64}\n")
    refused(world, world.install("-r", "requirements.txt"), "app", "0" * 64, "requirements.txt:1")


def test_a_wrong_hash_on_the_index(world):
    wheel = world.wheel("app", "1.0")
    world.index.claimed_digests[wheel.name] = "1" * 64
    true = hashlib.sha256(wheel.read_bytes()).hexdigest()
    refused(world, world.install("app"), "1" * 64, true)


def test_a_hash_on_one_line_asks_for_all(world):
    digest = hashlib.sha256(world.wheel("app", "1.0").read_bytes()).hexdigest()
    world.wheel("other", "1.0")
    world.write("requirements.txt", f"app==1.0 --hash=sha256:{digest}\nother==1.0\n")
    refused(world, world.install("-r", "requirements.txt"), "other", "requirements.txt:2")


def test_a_corrupt_wheel(world):
    wheel = world.wheel("app", "1.0")
    content = wheel.read_bytes()
    wheel.write_bytes(content[: len(content) // 2])
    refused(world, world.install("app"), wheel.name)


def test_an_unreachable_index(world):
    done = world.xpip("install", "-i", "http://127.0.0.1:9/simple", "--retries", "0", "app")
    refused(world, done, "127.0.0.1:9")


def test_a_syntax_error_names_file_line_and_column(world):
    world.write("requirements.txt", "fine\napp==1.0 bar\n\n--no-such-option\n")
    refused(
        world, world.install("-r", "requirements.txt"), "requirements.txt:2:", "requirements.txt:4:"
    )


def test_a_missing_requirements_file(world):
    refused(world, world.install("-r", "absent.txt"), "absent.txt")


def test_an_unknown_option(world):
    refused(world, world.install("--no-such-option", "app"), "--no-such-option", code=2)


def test_nothing_was_asked_for(world):
    refused(world, world.install(), code=1)


def test_two_wheels_that_own_one_path(world):
    world.wheel("one", "1.0", files={"shared.py": "a = 1\n"})
    world.wheel("two", "1.0", files={"shared.py": "a = 2\n"})
    refused(world, world.install("one", "two"), "one", "two", "shared.py")


def test_an_unwritable_environment(world):
    world.wheel("app", "1.0")
    library = next((world.environment / "lib").iterdir()) / "site-packages"
    if os.geteuid() == 0:
        if run("chattr", "+i", library).code != 0:
            pytest.skip("root may write everywhere and chattr is not available")
        try:
            done = world.install("app")
        finally:
            run("chattr", "-i", library)
    else:
        library.chmod(0o555)
        done = world.install("app")
        library.chmod(0o755)
    refused(world, done, str(library))


def test_without_an_environment_the_python_that_xpip_runs_on_will_do(tmp_path, world):
    """As with pip, and as in a container; but not where somebody else looks after that Python."""
    world.wheel("app", "1.0")
    variables = {"PATH": os.environ["PATH"], "VIRTUAL_ENV": ""}
    base = [sys._base_executable, "-m", "xpip", "install", "app", "--index-url", world.index.simple]
    paths = os.pathsep.join(path for path in sys.path if path)
    done = run(*base, "--dry-run", cwd=tmp_path, PYTHONPATH=paths, **variables)
    stdlib = Path(sysconfig.get_path("stdlib"))
    if (stdlib / "EXTERNALLY-MANAGED").exists():
        refused(world, done, "xpip venv", "--system")
    else:
        assert (done.code, done.out) == (0, "Would install app-1.0\n"), done


def test_hashes_required_but_not_given(world):
    world.wheel("app", "1.0")
    refused(world, world.install("--require-hashes", "app"), "app", "hash")


def test_a_secret_in_an_index_url_is_never_printed(world):
    url = world.index.simple.replace("http://", "http://user:S3CR3T@")
    done = world.xpip("install", "-v", "-i", url, "absent")
    refused(world, done, "absent")
    assert "S3CR3T" not in done.out + done.err
    cached = b"".join(path.read_bytes() for path in world.cache.rglob("*") if path.is_file())
    assert b"S3CR3T" not in cached


def test_bytecode_on_request_only(world):
    world.wheel("app", "1.0", files={"app/__init__.py": "x = 1\n", "app/broken.py": "def (\n"})
    assert world.install("app").code == 0
    assert not list(world.environment.rglob("*.pyc"))
    done = world.install("--compile", "--force-reinstall", "app")
    assert done.code == 0, done
    assert [path.name.split(".")[0] for path in world.environment.rglob("*.pyc")] == ["__init__"]
    assert world.xpip("uninstall", "-y", "app").code == 0
    assert not list(world.environment.rglob("*.pyc"))


def test_a_changed_mode_in_one_environment_reaches_no_other(world, tmp_path):
    world.wheel("app", "1.0", files={"app/data.txt": "x" * 100, "app/__init__.py": ""})
    assert world.install("app").code == 0
    for name in ("data.txt", "__init__.py"):
        next(world.environment.rglob(name)).chmod(0o755)
    world.environment = tmp_path / "other"
    assert xpip("venv", world.environment).code == 0
    done = world.install("app")
    assert done.code == 0, done
    for name in ("app/data.txt", "app/__init__.py"):
        assert next(world.environment.rglob(name)).stat().st_mode & 0o111 == 0


def test_what_is_installed_may_stay_though_no_index_has_it(world):
    """Its own metadata says what it needs, so that what comes next fits it."""
    private = world.wheel("private", "1.0", requires=["library<2"])
    world.wheel("library", "1.0")
    world.wheel("library", "2.0")
    assert world.install("private").code == 0
    private.unlink()
    world.wheel("app", "1.0", requires=["private", "library"])
    done = world.install("app", "--refresh")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0", "private": "1.0", "library": "1.0"}
