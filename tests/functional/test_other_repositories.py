"""Mercurial, Subversion and Bazaar, by their own programs and repositories on this machine.

The projects bring their backend, so nothing needs a network. Where a program is missing, its tests
are skipped and say so.
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.functional.test_source_kinds import information, lines
from tests.kit.command import run
from tests.kit.projects import ProjectBuilder

IDENTITY = {"HGUSER": "t <t@host.example>", "BRZ_EMAIL": "t <t@host.example>"}


class Repository:
    """One with `app` at the top and `part` below it, in two revisions, the first one tagged."""

    program = ""
    tagged = "@v1"
    """What behind the URL leads to the tag."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.first = self.second = ""

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def make(self) -> None:
        ProjectBuilder("app").folder(self.folder)
        ProjectBuilder("part", "2.0").folder(self.folder / "packages" / "part")
        self.first, self.second = self.begin()

    def copy(self, folder: Path) -> "Repository":
        """Return a copy for one test; making one takes a dozen starts of the program."""
        copied = type(self)(folder)
        copied.first, copied.second = self.first, self.second
        shutil.copytree(self.folder, folder, symlinks=True)
        return copied

    def run(self, *words: str | Path, cwd: Path | None = None) -> str:
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        done = run(*words, cwd=cwd or self.folder, HOME=str(home), BRZ_HOME=str(home), **IDENTITY)
        assert done.code == 0, done
        return done.out.strip()

    def begin(self) -> tuple[str, str]:
        """Commit twice and return the revisions."""
        raise NotImplementedError

    def commit(self, version: str) -> str:
        """Let the module `app` have another version, and return the revision."""
        (self.folder / "src" / "app.py").write_text(f"VERSION = {version!r}\n")
        self.run(self.program, "commit", "-q", "-m", version)
        return self.identity()

    def identity(self) -> str:
        raise NotImplementedError


class Mercurial(Repository):
    program = "hg"

    def begin(self) -> tuple[str, str]:
        self.run("hg", "init")
        self.run("hg", "commit", "--addremove", "-q", "-m", "one")
        first = self.identity()
        self.run("hg", "tag", "v1")
        return first, self.commit("newer")

    def identity(self) -> str:
        return self.run("hg", "log", "--rev", ".", "--template", "{node}")


class Subversion(Repository):
    program = "svn"

    @property
    def served(self) -> Path:
        return self.folder.with_name("served")

    @property
    def url(self) -> str:
        return f"{self.served.as_uri()}/trunk"

    @property
    def tag(self) -> str:
        return f"{self.served.as_uri()}/tags/v1"

    def begin(self) -> tuple[str, str]:
        self.run("svnadmin", "create", self.served)
        self.run("svn", "mkdir", "-q", "-m", "top", self.url, f"{self.served.as_uri()}/tags")
        self.run("svn", "import", "-q", "-m", "one", ".", self.url)
        self.run("svn", "copy", "-q", "-m", "tag", self.url, self.tag)
        self.check_out()
        return "2", self.commit("newer")

    def check_out(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.run("svn", "checkout", "-q", self.url, self.folder, cwd=self.folder.parent)

    def copy(self, folder: Path) -> Repository:
        copied = super().copy(folder)
        shutil.copytree(self.served, copied.served)
        copied.check_out()
        return copied

    def identity(self) -> str:
        return self.run("svn", "info", "--show-item=revision", self.url)


class Bazaar(Repository):
    program = "bzr"
    tagged = "@tag:v1"

    def begin(self) -> tuple[str, str]:
        self.run("bzr", "init", "-q")
        self.run("bzr", "add", "-q")
        self.run("bzr", "commit", "-q", "-m", "one")
        self.run("bzr", "tag", "-q", "v1")
        return "1", self.commit("newer")

    def identity(self) -> str:
        return self.run("bzr", "revno")


@pytest.fixture(scope="module", params=[Mercurial, Subversion, Bazaar], ids=["hg", "svn", "bzr"])
def made(request, tmp_path_factory):
    program = shutil.which(request.param.program)
    if program is None:
        pytest.skip(f"`{request.param.program}` is not installed")
    repository = request.param(tmp_path_factory.mktemp("made") / "repository")
    with pytest.MonkeyPatch.context() as patch:
        # `brz` has a Python in it that looks for its libraries beside the first `python3` on PATH.
        patch.setenv("PATH", f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}")
        repository.make()
        yield repository


@pytest.fixture
def repository(made, world):
    return made.copy(world.folder / "repository")


def reference(repository: Repository, tail: str = "") -> str:
    return f"{repository.program}+{repository.url}{tail}"


def test_the_newest_revision_and_a_newer_one(world, repository):
    asked = f"app @ {reference(repository)}"
    for version, revision in (("newer", repository.second), ("newest", "")):
        expected = revision or repository.commit(version)
        done = world.install("--force-reinstall", asked)
        assert done.code == 0, done
        assert world.runs("import app; print(app.VERSION)") == version
        assert information(world.environment, "app") == {
            "url": repository.url,
            "vcs_info": {"vcs": repository.program, "commit_id": expected},
        }


def test_a_tag_and_a_folder_of_it(world, repository):
    if repository.program == "svn":
        # A tag is a folder there, which is copied in a revision of its own.
        asked, revision = f"svn+{repository.tag}", "3"
    else:
        asked, revision = reference(repository, repository.tagged), repository.first
    done = world.install(f"{asked}#subdirectory=packages/part", f"app @ {asked}")
    assert done.code == 0, done
    assert world.installed() == {"app": "1.0", "part": "2.0"}
    assert world.runs("import app; print(app.VERSION)") == "1.0"
    facts = information(world.environment, "part")
    assert facts["subdirectory"] == "packages/part"
    assert facts["vcs_info"]["commit_id"] == revision
    frozen = lines(world.xpip("freeze").out)
    base = asked.removesuffix(repository.tagged)
    assert frozen == [
        f"app @ {base}@{revision}", f"part @ {base}@{revision}#subdirectory=packages/part"
    ]  # fmt: skip


def test_a_revision_by_its_name_and_what_freeze_says_of_it(world, repository):
    asked = f"app @ {reference(repository, '@' + repository.first)}"
    assert world.install(asked).code == 0
    frozen = world.xpip("freeze").out
    assert lines(frozen) == [asked]
    assert information(world.environment, "app")["vcs_info"] == {
        "vcs": repository.program,
        "commit_id": repository.first,
        "requested_revision": repository.first,
    }
    world.write("requirements.txt", frozen)
    assert world.xpip("uninstall", "-y", "app").code == 0
    done = world.install("-r", "requirements.txt")
    assert done.code == 0, done
    assert world.runs("import app; print(app.VERSION)") == "1.0"
    assert world.xpip("freeze").out == frozen


@pytest.mark.parametrize("tail", ["@999", "", "/nowhere"], ids=["revision", "other", "nowhere"])
def test_what_is_not_there(world, repository, tail):
    asked = reference(repository, tail) if tail else f"{reference(repository)}-elsewhere"
    if tail == "/nowhere":
        asked = f"{repository.program}+{world.folder.as_uri()}{tail}"
    done = world.install(f"app @ {asked}")
    assert done.code == 1, done
    assert done.err.count("error: ") == 1, done
    expected = "has no revision `999`" if tail == "@999" else "does not exist, or is private"
    assert expected in done.err, done
    assert "Traceback" not in done.err
    assert world.installed() == {}


class TestEditable:
    def install(self, world, repository, tail="", egg="app"):
        asked = f"{reference(repository, tail)}#egg={egg}"
        return world.install("--src", world.folder / "sources", "-e", asked)

    def test_it_is_used_in_place_and_frozen_as_such(self, world, repository):
        done = self.install(world, repository, f"@{repository.first}")
        assert done.code == 0, done
        sources = world.folder / "sources"
        place = world.runs("import app; print(app.__file__)")
        assert place == str(sources / "app" / "src" / "app.py")
        expected = {"url": (sources / "app").as_uri(), "dir_info": {"editable": True}}
        assert information(world.environment, "app") == expected
        revision = "@" + repository.first
        assert lines(world.xpip("freeze").out) == [f"-e {reference(repository, revision)}#egg=app"]

    def test_a_folder_of_it(self, world, repository):
        egg = "part&subdirectory=packages/part"
        done = self.install(world, repository, f"@{repository.second}", egg)
        assert done.code == 0, done
        revision = "@" + repository.second
        assert lines(world.xpip("freeze").out) == [
            f"-e {reference(repository, revision)}#egg={egg}"
        ]

    def test_asked_again_it_is_brought_up_to_date_and_keeps_what_was_edited(
        self, world, repository
    ):
        """As pip: it is somebody's working copy."""
        assert self.install(world, repository, f"@{repository.first}").code == 0
        folder = world.folder / "sources" / "app"
        (folder / "mine.txt").write_text("mine")
        newest = repository.commit("newest")
        done = self.install(world, repository)
        assert done.code == 0, done
        assert world.runs("import app; print(app.VERSION)") == "newest"
        assert (folder / "mine.txt").read_text() == "mine"
        assert sorted(path.name for path in (world.folder / "sources").iterdir()) == ["app"]
        revision = "@" + newest
        assert lines(world.xpip("freeze").out) == [f"-e {reference(repository, revision)}#egg=app"]
        back = self.install(world, repository, f"@{repository.first}")
        assert back.code == 0, back
        assert world.runs("import app; print(app.VERSION)") == "1.0"

    def test_another_repository_in_the_way_needs_an_answer(self, world, repository, made):
        assert self.install(world, repository).code == 0
        copy = made.copy(world.folder / "elsewhere" / "copy")
        other = f"{reference(copy)}#egg=app"
        done = world.install("--src", world.folder / "sources", "-e", other)
        assert done.code == 2, done
        assert "`--exists-action` says what to do" in done.err
        done = world.install("--exists-action", "w", "--src", world.folder / "sources", "-e", other)
        assert done.code == 0, done
        assert copy.url in world.xpip("freeze").out
