"""`xpip wheel`: wheels of everything in a folder, built where there is none."""

import zipfile

from tests.kit.projects import NOTES, ProjectBuilder, hooks


def wheel(world, *words, **variables):
    return world.xpip("wheel", "--index-url", world.index.simple, *words, **variables)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_wheels_of_what_is_named_and_of_what_it_needs(world):
    world.wheel("library", "1.0")
    ProjectBuilder("app", requires=["library"]).sdist(world.index.folder)
    done = wheel(world, "-w", "wheels", "app")
    assert done.code == 0, done
    assert names(world.folder / "wheels") == [
        "app-1.0-py3-none-any.whl", "library-1.0-py3-none-any.whl",
    ]  # fmt: skip
    assert "Saved ./wheels/app-1.0-py3-none-any.whl" in done.out.splitlines()
    assert world.installed() == {}


def test_without_dependencies_and_from_a_file(world):
    ProjectBuilder("app", requires=["library"]).sdist(world.index.folder)
    world.write("requirements.txt", "app\n")
    done = wheel(world, "--no-deps", "-r", "requirements.txt")
    assert done.code == 0, done
    assert (world.folder / "app-1.0-py3-none-any.whl").exists()


def test_a_folder_and_an_editable_one_become_ordinary_wheels(world):
    for name in ("one", "two"):
        ProjectBuilder(name).folder(world.folder / name)
    done = wheel(world, "-w", "wheels", "./one", "-e", "two")
    assert done.code == 0, done
    archive = zipfile.ZipFile(world.folder / "wheels" / "two-1.0-py3-none-any.whl")
    with archive:
        assert "two.py" in archive.namelist()


def test_what_was_built_once_is_not_built_again(world):
    ProjectBuilder("app").sdist(world.index.folder)
    path = world.folder / "notes"
    for folder in ("first", "second"):
        assert wheel(world, "-w", folder, "app", **{NOTES: str(path)}).code == 0
    assert [hook for _, hook in hooks(path)].count("build_wheel") == 1
    assert names(world.folder / "first") == names(world.folder / "second")
    again = wheel(world, "-w", "second", "app")
    assert "File was already there ./second/app-1.0-py3-none-any.whl" in again.out


def test_the_built_wheel_installs(world):
    ProjectBuilder("app").sdist(world.index.folder)
    assert wheel(world, "-w", "wheels", "app").code == 0
    done = world.xpip("install", "--no-index", "-f", "wheels", "app", "--only-binary", ":all:")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0"}


def test_a_failing_build_is_told(world):
    ProjectBuilder("app", code={"build_wheel": "sys.exit(1)"}).sdist(world.index.folder)
    done = wheel(world, "app")
    assert done.code == 1
    assert "`own_backend` failed in `build_wheel`" in done.err


def test_without_anything_named_the_error_says_what_for(world):
    done = world.xpip("wheel")
    assert (done.code, done.out) == (1, "")
    assert "error: nothing to build was named\n" in done.err
    assert "-r requirements.txt" in done.err
