"""`xpip uninstall` removes all or nothing, and says it as pip does."""

import os

import pytest


@pytest.fixture
def filled(environment):
    environment.add(
        "Some.Thing",
        "1.0",
        files={
            "some_thing/__init__.py": "",
            "some_thing/data/table.csv": "1\n",
            "some_module.py": "",
            "shared/space/part.py": "",
        },
    )
    environment.add("other", "2.0")
    return environment


def test_yes_removes_and_tells(filled, goldens):
    done = filled.main("uninstall", "-y", "some-thing")
    assert (done.code, done.err) == (0, "")
    assert {name for name in filled.names() if "other" not in name} == set()
    goldens.check("uninstall/yes", done.out)


def test_nothing_of_it_is_left_and_everything_else_is(filled):
    filled.main("uninstall", "-y", "Some_Thing")
    assert filled.names() == {"other", "other-2.0.dist-info"}


def test_on_a_question_it_shows_what_would_go(filled, goldens):
    done = filled.main("uninstall", "some.thing", answers="n\n")
    assert done.code == 0
    assert "some_thing" in filled.names()
    goldens.check("uninstall/question", done.out, library=filled.library)


@pytest.mark.parametrize("answer", ["\n", "y\n", "Y\n", "what\ny\n"])
def test_enter_and_y_agree(filled, answer):
    done = filled.main("uninstall", "other", answers=answer)
    assert done.code == 0
    assert "Successfully uninstalled other-2.0" in done.out
    assert "other" not in filled.names()


def test_each_distribution_is_asked_about(filled):
    done = filled.main("uninstall", "other", "some-thing", answers="n\ny\n")
    assert done.code == 0
    assert "other" in filled.names()
    assert "some_thing" not in filled.names()


def test_without_an_answer_nothing_is_removed(filled):
    done = filled.main("uninstall", "other", "some-thing", answers="y\n")
    assert done.code == 2
    assert "nobody answered whether to uninstall `Some.Thing`" in done.err
    assert "pass `-y`" in done.err
    assert {"other", "some_thing"} <= filled.names()


def test_no_input_does_not_even_ask(filled):
    done = filled.main("uninstall", "--no-input", "other", answers="y\n")
    assert done.code == 2
    assert "Proceed" not in done.out
    assert "other" in filled.names()


def test_what_is_not_installed_is_skipped(filled):
    done = filled.main("uninstall", "-y", "nope", "other")
    assert done.code == 0
    assert done.err == "warning: Skipping nope as it is not installed.\n"
    assert "other" not in filled.names()


def test_only_unknown_names_is_no_failure(filled):
    assert filled.main("uninstall", "-y", "nope").code == 0


def test_a_requirements_file_names_what_goes_whatever_the_versions(filled, tmp_path):
    file = tmp_path / "out.txt"
    file.write_text("# going\nother>=99 ; python_version > '3'\n-r more.txt\n")
    (tmp_path / "more.txt").write_text("Some.Thing[extra]==1.0\n")
    done = filled.main("uninstall", "-y", "-r", file)
    assert done.code == 0
    assert filled.names() == set()


def test_a_missing_record_stops_everything_before_the_first_removal(filled):
    filled.add("lost", "1.0", record=False, extra_files={"INSTALLER": "conda\n"})
    before = filled.names()
    done = filled.main("uninstall", "-y", "other", "lost")
    assert done.code == 1
    assert "it was installed by conda" in done.err
    assert filled.names() == before


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 1, "there is nothing to uninstall"),
        (["-r", "absent.txt"], 1, "absent.txt"),
        (["./folder"], 1, "is not the name of a project"),
        (["https://files.example/x.whl"], 1, "is not the name of a project"),
        (["-yx"], 2, "unknown option"),
    ],
)
def test_mistakes_are_one_clear_error(filled, words, code, message):
    done = filled.main("uninstall", *words)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("error: ")
    assert message in done.err


def test_a_python_that_another_program_manages_is_left_alone(filled, tmp_path):
    """PEP 668 counts for environments that are not virtual, so this one is made to look like that."""
    from xpip.cli.assembly import ensure_changeable
    from xpip.environment.discover import EnvironmentRequest, find_environment
    from xpip.errors import EnvironmentFault

    environment = find_environment(
        EnvironmentRequest(str(filled.folder)), os.environ, str(tmp_path), None
    )._replace(externally_managed="Use apt.\nReally.")
    with pytest.raises(EnvironmentFault, match="managed by another program") as fault:
        ensure_changeable(environment)
    assert fault.value.details == ("Use apt.", "Really.")
    assert any("--break-system-packages" in hint for hint in fault.value.hints)


def test_modules_with_verbose_are_listed(filled):
    done = filled.main("uninstall", "-y", "-v", "other")
    assert f"  Removed {filled.library}/other/*\n" in done.err
