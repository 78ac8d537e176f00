"""What a user installed for herself counts outside environments, and can be removed again."""

import os
import sys

import pytest

from tests.kit.command import run, xpip
from tests.kit.interpreters import make_interpreter


@pytest.fixture
def outside(world):
    """Run commands on a Python that is in no environment, whose user has one package."""
    world.wheel("alone", "1.0")

    def act(command, *words, **variables):
        return xpip(
            command, "--python", sys._base_executable, "--cache-dir", world.cache, *words,
            cwd=world.folder, **variables,
        )  # fmt: skip

    options = ("--break-system-packages", "--index-url", world.index.simple)
    done = act("install", "--user", *options, "alone")
    assert done.code == 0, done
    return act


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


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    made = make_interpreter(tmp_path_factory.mktemp("interpreter") / "python")
    if made is None:
        pytest.skip("a copy of this Python does not run")
    return made


class TestACopyInFrontOfTheEnvironment:
    """What a user installed for herself comes first on the path of a Python outside environments."""

    @pytest.fixture
    def place(self, world, python):
        """Run commands on that Python; its user has `alone` 1.0."""
        for version in ("1.0", "2.0"):
            world.wheel("alone", version)
        world.wheel("needy", "1.0", requires=["alone>=2"])
        home = world.folder / "home"
        home.mkdir()
        index = ("--index-url", world.index.simple)

        def act(command, *words):
            words = (*index, *words) if command == "install" else words
            return xpip(
                command, "--python", python, "--cache-dir", world.cache, *words,
                cwd=world.folder, HOME=str(home), PYTHONUSERBASE="",
            )  # fmt: skip

        def imported():
            code = "import alone; print(alone.VERSION)"
            done = run(python, "-c", code, HOME=str(home), PYTHONUSERBASE="")
            return done.out.strip() if done.code == 0 else "nothing"

        act.imported = imported
        done = act("install", "--user", "alone==1.0")
        assert done.code == 0, done
        yield act
        for name in ("needy", "alone", "alone"):
            act("uninstall", "-y", name)
        assert imported() == "nothing"

    @pytest.mark.parametrize("words", [["-U", "alone"], ["needy"], ["--force-reinstall", "needy"]])
    def test_it_gives_way_to_what_is_installed(self, place, words):
        done = place("install", *words)
        assert done.code == 0, done
        assert place.imported() == "2.0"
        assert place("freeze", "--user").out == ""
        assert "alone==2.0" in place("freeze").out
        again = place("install", *words[-1:])
        assert again.out.startswith("Requirement already satisfied: "), again

    def test_it_is_what_counts_as_installed(self, place):
        assert place("install", "-U", "alone").code == 0
        assert place("install", "--user", "--force-reinstall", "alone==1.0").code == 0
        assert place.imported() == "1.0"
        assert place("freeze").out.count("alone==1.0") == 1
        assert "2.0" not in place("list").out
        dry = place("install", "--dry-run", "-U", "alone")
        assert dry.out == "Would install alone-2.0\n"
        assert place.imported() == "1.0"
        assert place("install", "-U", "alone").code == 0
        assert place.imported() == "2.0"
        assert place("freeze").out.count("alone==") == 1

    def test_it_goes_before_what_it_hides(self, place):
        assert place("install", "-U", "alone").code == 0
        assert place("install", "--user", "--force-reinstall", "alone==1.0").code == 0
        first = place("uninstall", "-y", "alone")
        assert "Successfully uninstalled alone-1.0" in first.out
        assert place.imported() == "2.0"
        second = place("uninstall", "-y", "alone")
        assert "Successfully uninstalled alone-2.0" in second.out

    def test_it_stays_when_nothing_has_to_change(self, place):
        done = place("install", "alone")
        assert done.out.startswith("Requirement already satisfied: alone in"), done
        assert place.imported() == "1.0"

    def test_an_installation_that_fails_leaves_it(self, place):
        done = place("install", "-U", "alone", "no-such-project")
        assert done.code == 1, done
        assert place.imported() == "1.0"
