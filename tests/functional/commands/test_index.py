"""`xpip index versions` asks indexes which versions there are."""

import json

import pytest


@pytest.fixture
def stocked(world):
    for version in ("1.0", "1.10", "1.9", "2.0rc1"):
        world.wheel("library", version)
    return world


def versions(world, *words):
    return world.xpip("index", "versions", "--index-url", world.index.simple, *words)


def test_versions_are_listed_newest_first(stocked):
    done = versions(stocked, "library")
    assert (done.code, done.err) == (0, "")
    assert done.out == "library (1.10)\nAvailable versions: 1.10, 1.9, 1.0\n"


def test_pre_releases_are_listed_on_demand(stocked):
    assert versions(stocked, "library", "--pre").out.startswith("library (2.0rc1)\n")


def test_the_installed_version_is_compared(stocked):
    assert stocked.install("library==1.9").code == 0
    done = versions(stocked, "library")
    assert done.out.endswith("\n  INSTALLED: 1.9\n  LATEST:    1.10\n")
    assert json.loads(versions(stocked, "library", "--json").out) == {
        "name": "library",
        "versions": ["1.10", "1.9", "1.0"],
        "latest": "1.10",
        "installed_version": "1.9",
    }


def test_source_archives_count(world):
    (world.index.folder / "only-source-3.0.tar.gz").write_bytes(b"")
    world.index.files_of = lambda project: sorted(world.index.folder.iterdir())
    assert versions(world, "only-source").out.startswith("only-source (3.0)\n")


def test_what_nobody_has_is_one_error_that_says_where_it_was_looked_for(world):
    done = versions(world, "absent")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: no matching distribution was found for `absent`\n")
    assert world.index.simple.rstrip("/") in done.err


def test_no_environment_is_needed(stocked, tmp_path):
    from tests.kit.command import xpip

    done = xpip("index", "versions", "library", "-i", stocked.index.simple, "--cache-dir", tmp_path / "c", cwd=tmp_path)  # fmt: skip
    assert done.out.startswith("library (1.10)\n")
