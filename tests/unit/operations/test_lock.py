"""From a resolution to a lock: what only an extra or a group brings carries its marker."""

import pytest

from xpip.errors import BuildError, RequirementError
from xpip.model.link import Digest, IndexFile
from xpip.model.origin import ArgumentOrigin
from xpip.model.requirement import RequirementText
from xpip.model.resolution import Asked, Need, Resolution, ResolvedPackage
from xpip.model.source import SourceLocation
from xpip.model.target import Target
from xpip.operations.lock import LockPart, LockScope, ensure_python, make_lock

MARKERS = (
    ("implementation_name", "cpython"), ("platform_machine", "x86_64"),
    ("python_version", "3.11"), ("sys_platform", "linux"),
)  # fmt: skip
TARGET = Target("3.11.7", "cpython", MARKERS, ("py3-none-any",))
DIGEST = Digest("sha256", "a" * 64)


def text(written):
    return RequirementText(written, ArgumentOrigin(written))


def package(name, *needs, **fields):
    file = IndexFile(f"{name}-1-py3-none-any.whl", f"https://h.example/{name}.whl", (DIGEST,))
    return ResolvedPackage(
        name,
        "1",
        file,
        "https://h.example/simple",
        True,
        files=(file,),
        needs=tuple(needs),
        **fields,
    )


def locked(packages, parts, in_force=lambda _: True):
    parts = tuple(LockPart(kind, name, tuple(map(text, texts))) for kind, name, texts in parts)
    texts = [one for part in parts for one in part.requirements]
    asked = tuple(Asked(one.text.partition("[")[0], in_force(one.text)) for one in texts)
    resolution = Resolution(tuple(packages), requirements=asked)
    return make_lock(resolution, texts, LockScope(TARGET, parts))


def markers(*arguments, **options):
    return {one.name: one.marker for one in locked(*arguments, **options).packages}


def test_what_the_base_needs_has_no_marker():
    packages = [package("app", Need("", "lib")), package("lib"), package("tool")]
    parts = [("", "", ["app"]), ("extra", "net", ["lib"]), ("group", "dev", ["tool", "lib"])]
    assert markers(packages, parts) == {
        "app": "", "lib": "", "tool": "'dev' in dependency_groups",
    }  # fmt: skip


def test_all_that_bring_a_project_are_named():
    packages = [package("lib", Need("", "deep")), package("deep")]
    parts = [("", "", []), ("extra", "b", ["lib"]), ("group", "Dev", ["deep"])]
    assert markers(packages, parts) == {
        "lib": "'b' in extras",
        "deep": "'b' in extras or 'Dev' in dependency_groups",
    }


def test_what_an_extra_of_a_dependency_brings_is_not_for_those_who_ask_without_it():
    packages = [package("app", Need("", "lib"), Need("cli", "tool", ("x",))), package("lib"),
                package("tool", Need("x", "deep")), package("deep")]  # fmt: skip
    parts = [("", "", ["app"]), ("group", "test", ["app[cli]"])]
    test = "'test' in dependency_groups"
    assert markers(packages, parts) == {"app": "", "lib": "", "tool": test, "deep": test}


def test_cycles_end():
    packages = [package("a", Need("", "b")), package("b", Need("", "a"))]
    assert markers(packages, [("extra", "x", ["a"])]) == {
        "a": "'x' in extras",
        "b": "'x' in extras",
    }


def test_requirements_that_do_not_count_bring_nothing():
    packages = [package("a", Need("", "b")), package("b")]
    lock = locked(
        packages, [("", "", ["a"]), ("extra", "x", ["b"])], in_force=lambda name: name != "b"
    )
    assert {one.name: one.marker for one in lock.packages} == {"a": "", "b": ""}


def test_the_lock_says_for_whom_it_is():
    lock = locked([package("app", Need("", "gone"))], [("", "", ["app"])])
    (environment,) = lock.environments
    assert environment == (
        "implementation_name == 'cpython' and platform_machine == 'x86_64'"
        " and python_version == '3.11' and sys_platform == 'linux'"
    )
    assert lock.requires_python == ">=3.11"
    assert lock.packages[0].dependencies == ()


def test_only_indexes_are_written_as_such():
    resolution = Resolution((package("app"),), requirements=(Asked("app", True),))
    for indexes in ((), ("https://h.example/simple",)):
        scope = LockScope(TARGET, indexes=indexes)
        (found,) = make_lock(resolution, [text("app")], scope).packages
        assert found.index_url == "".join(indexes)


def test_a_repository_needs_a_commit_and_an_archive_a_hash():
    source = SourceLocation("vcs", "https://h.example/r.git", vcs="git", revision="abc")
    file = IndexFile("", "git+https://h.example/r.git@main")
    repository = ResolvedPackage("r", "1", file, "", True, direct=True, source=source)
    asked = (Asked("r", True),)

    def make(one):
        return make_lock(Resolution((one,), requirements=asked), [text("r")], LockScope(TARGET))

    (found,) = make(repository).packages
    assert (found.commit, found.source.revision) == ("abc", "main")
    with pytest.raises(BuildError, match="commit"):
        make(repository._replace(source=source._replace(revision="")))
    archive = repository._replace(source=None, file=IndexFile("r-1-py3-none-any.whl", "https://x"))
    with pytest.raises(BuildError, match="hash"):
        make(archive)


def test_a_folder_has_no_version():
    source = SourceLocation("directory", "file:///work/lib", editable=True)
    folder = ResolvedPackage("r", "1", IndexFile("", ""), "", True, direct=True, source=source)
    resolution = Resolution((folder,), requirements=(Asked("r", True),))
    (found,) = make_lock(resolution, [text("r")], LockScope(TARGET)).packages
    assert (found.version, found.source) == ("", source)


def test_a_project_for_another_python_is_refused():
    ensure_python(">=3.9", TARGET, "pyproject.toml")
    ensure_python("", TARGET, "pyproject.toml")
    with pytest.raises(RequirementError, match=r"requires Python >=3\.12"):
        ensure_python(">=3.12", TARGET, "pyproject.toml")
    with pytest.raises(RequirementError, match="is no specifier"):
        ensure_python("three", TARGET, "pyproject.toml")
