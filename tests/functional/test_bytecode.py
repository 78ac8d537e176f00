"""Bytecode from the store, as a user meets it."""

from pathlib import Path

from tests.kit.command import run, xpip


def compiled(environment: Path) -> dict[str, int]:
    """Return name -> inode of the compiled files."""
    library = next((environment / "lib").iterdir()) / "site-packages"
    return {
        str(path.relative_to(library)): path.stat().st_ino
        for path in sorted(library.rglob("*.pyc"))
    }


def second_environment(world) -> Path:
    folder = world.folder / "second"
    assert xpip("venv", "--cache-dir", world.cache, folder, cwd=world.folder).code == 0
    return folder


def install_into(world, environment: Path, *words: str, **variables: str):
    done = xpip(
        "install", "--python", environment, "--cache-dir", world.cache,
        "--index-url", world.index.simple, *words, cwd=world.folder, **variables,
    )  # fmt: skip
    assert done.code == 0, done
    return done


def test_what_was_compiled_once_is_linked_by_default(world):
    world.wheel("app", "1.0")
    assert world.install("--compile", "app").code == 0
    first = compiled(world.environment)
    assert len(first) == 1
    second = second_environment(world)
    install_into(world, second, "app")
    assert compiled(second) == first


def test_nothing_is_compiled_unasked(world):
    world.wheel("app", "1.0")
    assert world.install("app").code == 0
    assert compiled(world.environment) == {}


def test_no_compile_links_nothing(world):
    world.wheel("app", "1.0")
    assert world.install("--compile", "app").code == 0
    second = second_environment(world)
    install_into(world, second, "--no-compile", "app")
    assert compiled(second) == {}
    third = world.folder / "third"
    assert xpip("venv", "--cache-dir", world.cache, third, cwd=world.folder).code == 0
    install_into(world, third, "app", PIP_NO_COMPILE="0")
    assert compiled(third) == {}, "pip's rule: its value is that of `compile`"


def test_the_level_is_that_of_a_python_started_here(world):
    world.wheel("app", "1.0")
    assert world.install("--compile", "app", PYTHONOPTIMIZE="1").code == 0
    assert [name for name in compiled(world.environment) if not name.endswith(".opt-1.pyc")] == []
    second = second_environment(world)
    install_into(world, second, "app")
    assert compiled(second) == {}
    install_into(world, second, "--force-reinstall", "app", PYTHONOPTIMIZE="1")
    assert compiled(second) == compiled(world.environment)
    done = run(second / "bin/python", "-O", "-v", "-c", "import app", cwd=world.folder)
    assert "/app/__init__.py" in [line for line in done.err.splitlines() if " matches " in line][-1]


def test_sync_links_it_too(world):
    world.wheel("app", "1.0")
    assert world.install("--compile", "app").code == 0
    second = second_environment(world)
    world.write("requirements.txt", "app==1.0\n")
    done = xpip(
        "sync", "--python", second, "--cache-dir", world.cache,
        "--index-url", world.index.simple, cwd=world.folder,
    )  # fmt: skip
    assert done.code == 0, done
    assert compiled(second) == compiled(world.environment)


def test_uninstalling_takes_it_away(world):
    world.wheel("app", "1.0")
    assert world.install("--compile", "app").code == 0
    assert world.xpip("uninstall", "-y", "app").code == 0
    library = next((world.environment / "lib").iterdir()) / "site-packages"
    assert [path.name for path in library.iterdir() if path.name.startswith("app")] == []


def test_an_environment_with_bytecode_passes_every_check(world):
    world.wheel("app", "1.0")
    assert world.install("--compile", "app").code == 0
    assert world.xpip("check").code == 0
    for path in (world.environment / "lib").rglob("__pycache__/*.pyc"):
        path.unlink()
    assert world.xpip("check").code == 0
    done = world.install("app")
    assert "Requirement already satisfied" in done.out, done
