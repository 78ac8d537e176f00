"""Repositories, archives and folders: what is installed of them, and what is said of it after.

Where it matters, the same is installed by pip, and both must say the same. Nothing needs a network:
the projects bring their backend.
"""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.kit.command import run
from tests.kit.projects import NOTES, ProjectBuilder, hooks

IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "t"), ("EMAIL", "t@host.example"), ("DATE", "1e9"))
}
IDENTITY.update(
    GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_DATE="1000000000 +0000",
    GIT_COMMITTER_DATE="1000000000 +0000",
)  # fmt: skip
PLAIN = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"}


def git(folder: Path, *words: str) -> str:
    done = run("git", *words, cwd=folder, **IDENTITY)
    assert done.code == 0, done
    return done.out.strip()


def repository(folder: Path) -> str:
    """Make one with `app` at the top and `part` below it, tagged v1, and return the commit."""
    ProjectBuilder("app").folder(folder)
    ProjectBuilder("part", "2.0").folder(folder / "packages" / "part")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "tag", "v1")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "src" / "app.py").write_text("VERSION = 'newer'\n")
    git(folder, "commit", "-q", "-a", "-m", "two")
    return commit


def information(environment: Path, name: str) -> dict:
    library = next((environment / "lib").iterdir()) / "site-packages"
    return json.loads(next(library.glob(f"{name}-*.dist-info/direct_url.json")).read_text())


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


class TestRepositories:
    def test_a_tag_and_a_folder_of_it(self, world):
        commit = repository(world.folder / "repository")
        url = f"git+{(world.folder / 'repository').as_uri()}"
        done = world.install(f"{url}@v1#subdirectory=packages/part")
        assert done.code == 0, done
        assert world.installed() == {"part": "2.0"}
        assert information(world.environment, "part") == {
            "url": url.removeprefix("git+"),
            "subdirectory": "packages/part",
            "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": commit},
        }
        frozen = world.xpip("freeze")
        assert lines(frozen.out) == [f"part @ {url}@{commit}#subdirectory=packages/part"]

    def test_the_same_commit_is_neither_built_nor_installed_again(self, world):
        commit = repository(world.folder / "repository")
        url = f"app @ git+{(world.folder / 'repository').as_uri()}"
        notes = world.folder / "notes"
        assert world.install(f"{url}@v1", **{NOTES: str(notes)}).code == 0
        assert world.runs("import app; print(app.VERSION)") == "1.0"
        again = world.install(f"{url}@{commit}", **{NOTES: str(notes)})
        assert again.code == 0, again
        assert [hook for _, hook in hooks(notes)].count("build_wheel") == 1
        assert world.install(f"{url}@main").code == 0
        assert world.runs("import app; print(app.VERSION)") == "newer"

    def test_an_editable_checkout(self, world):
        commit = repository(world.folder / "repository")
        uri = (world.folder / "repository").as_uri()
        sources = world.folder / "sources"
        done = world.install("--src", sources, "-e", f"git+{uri}@v1#egg=app")
        assert done.code == 0, done
        place = world.runs("import app; print(app.__file__)")
        assert place == str(sources / "app" / "src" / "app.py")
        assert git(sources / "app", "rev-parse", "HEAD") == commit
        expected = {"url": (sources / "app").as_uri(), "dir_info": {"editable": True}}
        assert information(world.environment, "app") == expected
        assert lines(world.xpip("freeze").out) == [f"-e git+{uri}@{commit}#egg=app"]

    def test_a_place_for_checkouts_that_cannot_be_made(self, world):
        repository(world.folder / "repository")
        uri = (world.folder / "repository").as_uri()
        taken = world.write("taken", "")
        done = world.install("--src", taken / "here", "-e", f"git+{uri}@v1#egg=app")
        assert done.code == 1, done
        assert "for checkouts cannot be made: not a directory" in done.err
        assert "Traceback" not in done.err
        assert world.installed() == {}

    def test_a_revision_that_is_not_there(self, world):
        repository(world.folder / "repository")
        uri = (world.folder / "repository").as_uri()
        done = world.install(f"git+{uri}@v9")
        assert done.code == 1, done
        assert "`v9`" in done.err
        assert world.installed() == {}

    def test_a_folder_that_is_not_in_it(self, world):
        repository(world.folder / "repository")
        uri = (world.folder / "repository").as_uri()
        done = world.install(f"git+{uri}#subdirectory=elsewhere")
        assert done.code == 1, done
        assert "no folder `elsewhere`" in done.err


KINDS = [
    ("folder", ["{folder}/project"]),
    ("named folder", ["app @ {uri}/project"]),
    ("folder inside a repository", ["{folder}/repository"]),
    ("editable folder", ["-e", "{folder}/project"]),
    ("editable folder of a repository", ["-e", "{folder}/repository"]),
    ("archive", ["{folder}/archives/app-1.0.tar.gz"]),
    ("archive by URL", ["app @ {uri}/archives/app-1.0.tar.gz"]),
    ("archive with a digest", ["app @ {uri}/archives/app-1.0.tar.gz#sha256={digest}"]),
    ("archive over HTTP", ["app @ {index}/files/app-1.0.tar.gz#sha256={digest}"]),
    ("wheel", ["{folder}/files/ready-1.0-py3-none-any.whl"]),
    ("repository", ["git+{uri}/repository"]),
    ("tag", ["app @ git+{uri}/repository@v1"]),
    ("branch", ["app @ git+{uri}/repository@main"]),
    ("commit", ["app @ git+{uri}/repository@{commit}"]),
    ("tag and subdirectory", ["part @ git+{uri}/repository@v1#subdirectory=packages/part"]),
    ("editable repository", ["-e", "git+{uri}/repository@v1#egg=app"]),
    ("editable subdirectory",
     ["-e", "git+{uri}/repository@v1#egg=part&subdirectory=packages/part"]),
]  # fmt: skip

USUAL = {
    "folder", "editable folder", "archive with a digest", "wheel", "tag and subdirectory",
    "editable repository",
}  # fmt: skip
"""The others are among the tests that take minutes."""


@pytest.fixture(scope="module")
def pip() -> list[str]:
    """The command of the pip beside the tests, which must know `--python`."""
    done = run(sys.executable, "-m", "pip", "--version", **PLAIN)
    if done.code or int(done.out.split()[1].partition(".")[0]) < 25:
        pytest.skip("there is no pip of these years to compare with")
    return [sys.executable, "-m", "pip", "--python"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        pytest.param(*row, id=row[0], marks=() if row[0] in USUAL else pytest.mark.long)
        for row in KINDS
    ],
)
def test_pip_says_the_same_of_it(world, template, pip, title, words):
    import hashlib
    import shutil

    folder = world.folder
    commit = repository(folder / "repository")
    git(folder / "repository", "remote", "add", "origin", "https://git.example/app.git")
    ProjectBuilder("app").folder(folder / "project")
    archive = ProjectBuilder("app").sdist(folder / "archives")
    shutil.copy(archive, world.index.folder)
    world.wheel("ready", "1.0")
    texts = {
        "folder": folder, "uri": folder.as_uri(), "commit": commit, "index": world.index.url,
        "digest": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }  # fmt: skip
    asked = [word.format(**texts) for word in words]
    project = "ready" if title == "wheel" else "part" if "subdirectory" in title else "app"
    other = folder / "other"
    run("cp", "-a", template, other)
    sources = folder / "sources"
    done = run(
        *pip, other, "install", "-q", "--no-deps", "--src", sources, *asked, cwd=folder, **PLAIN
    )
    assert done.code == 0, done
    theirs = information(other, project)
    their_lines = lines(run(*pip, other, "freeze", cwd=folder, **PLAIN).out)
    shutil.rmtree(sources, ignore_errors=True)
    shutil.rmtree(folder / "project" / "src" / "__pycache__", ignore_errors=True)
    done = world.install("--no-deps", "--src", sources, *asked)
    assert done.code == 0, done
    assert information(world.environment, project) == theirs
    assert lines(world.xpip("freeze").out) == their_lines
