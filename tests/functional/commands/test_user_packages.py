"""What a user installed for herself counts outside environments, and can be removed again."""

import os
import sys

import pytest

from tests.kit.command import xpip


@pytest.fixture
def outside(world):
    """Run commands on a Python that is in no environment, whose user has one package."""
    world.wheel("alone", "1.0")

    def run(command, *words, **variables):
        return xpip(
            command, "--python", sys._base_executable, "--cache-dir", world.cache, *words,
            cwd=world.folder, **variables,
        )  # fmt: skip

    options = ("--break-system-packages", "--index-url", world.index.simple)
    done = run("install", "--user", *options, "alone")
    assert done.code == 0, done
    return run


def test_it_is_listed_and_shown(outside):
    assert "alone" in outside("list").out
    assert outside("freeze", "--user").out == "alone==1.0\n"
    assert os.environ["HOME"] in outside("show", "alone").out


def test_it_satisfies(outside):
    done = outside("install", "--dry-run", "--break-system-packages", "--no-index", "alone")
    assert done.code == 0, done
    assert done.out.startswith("Requirement already satisfied: alone in")


def test_it_can_be_uninstalled(outside):
    done = outside("uninstall", "-y", "--break-system-packages", "alone")
    assert done.code == 0, done
    assert "Successfully uninstalled alone-1.0" in done.out
    assert outside("freeze", "--user").out == ""


def test_a_python_that_does_not_look_there_does_not_have_it(outside):
    assert outside("show", "alone", PYTHONNOUSERSITE="1").code == 1


def test_environments_do_not_have_it(outside, world):
    assert world.xpip("show", "alone").code == 1
