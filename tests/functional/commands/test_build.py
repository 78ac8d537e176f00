"""`xpip build`: the source archive and the wheel of a project."""

import tarfile

import pytest

from tests.kit.projects import NOTES, ProjectBuilder, hooks


def build(world, *words, **variables):
    return world.xpip("build", "--index-url", world.index.simple, *words, **variables)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def project(world):
    return ProjectBuilder("app").folder(world.folder / "app")


def test_both_are_made_and_the_wheel_from_the_archive(world, project):
    path = world.folder / "notes"
    done = build(world, "app", **{NOTES: str(path)})
    assert done.code == 0, done
    assert done.out.splitlines() == [
        "Successfully built ./app/dist/app-1.0.tar.gz",
        "Successfully built ./app/dist/app-1.0-py3-none-any.whl",
    ]
    assert names(project / "dist") == ["app-1.0-py3-none-any.whl", "app-1.0.tar.gz"]
    with tarfile.open(project / "dist" / "app-1.0.tar.gz") as archive:
        assert "app-1.0/src/app.py" in archive.getnames()
    assert [hook for _, hook in hooks(path) if hook.startswith("build")] == [
        "build_sdist", "build_wheel",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("option", "expected"),
    [("--sdist", "app-1.0.tar.gz"), ("--wheel", "app-1.0-py3-none-any.whl")],
)
def test_one_of_them(world, project, option, expected):
    done = build(world, option, "-o", "out", "app")
    assert done.code == 0, done
    assert names(world.folder / "out") == [expected]


def test_the_current_folder_is_what_is_built_without_a_path(world, project):
    from tests.kit.command import xpip

    done = xpip("build", "--wheel", "--cache-dir", world.cache, "--no-index", cwd=project)
    assert done.code == 0, done
    assert names(project / "dist") == ["app-1.0-py3-none-any.whl"]


def test_it_is_made_anew_each_time(world, project):
    path = world.folder / "notes"
    for _ in range(2):
        assert build(world, "--wheel", "app", **{NOTES: str(path)}).code == 0
    assert [hook for _, hook in hooks(path)].count("build_wheel") == 2


def test_a_wheel_of_a_source_archive(world):
    ProjectBuilder("app").sdist(world.folder / "archives")
    done = build(world, "--wheel", "archives/app-1.0.tar.gz", "-o", "out")
    assert done.code == 0, done
    assert names(world.folder / "out") == ["app-1.0-py3-none-any.whl"]
    refused = build(world, "archives/app-1.0.tar.gz")
    assert refused.code == 1
    assert "is a source archive already" in refused.err


def test_what_is_no_project_is_told(world):
    (world.folder / "empty").mkdir()
    done = build(world, "empty")
    assert done.code == 1
    assert "has neither `pyproject.toml` nor `setup.py`" in done.err
    assert build(world, "nowhere").code == 1
    assert build(world, "one", "two").code == 2


def test_a_failing_backend_leaves_nothing(world):
    ProjectBuilder("app", code={"build_sdist": "sys.exit(1)"}).folder(world.folder / "app")
    done = build(world, "app")
    assert done.code == 1
    assert "`own_backend` failed in `build_sdist`" in done.err
    assert list((world.folder / "app" / "dist").iterdir()) == []
