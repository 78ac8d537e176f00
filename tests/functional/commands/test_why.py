"""`xpip why` tells which request led to a package."""

import json

import pytest

REQUESTED = {"REQUESTED": ""}


@pytest.fixture
def web(environment):
    environment.add("app", "1.0", requires=["flask>=2", "tool"], extra_files=REQUESTED)
    environment.add("flask", "3.0", requires=["jinja2>=3"])
    environment.add("tool", "1.0", requires=["jinja2"])
    environment.add("jinja2", "3.1", requires=["markupsafe>=2.0"])
    environment.add("markupsafe", "2.1")
    environment.add("other", "1.0", requires=["jinja2"], extra_files=REQUESTED)
    environment.add("orphan", "1.0", requires=["leaf"])
    environment.add("leaf", "1.0")
    return environment


def test_all_shortest_chains_from_what_was_asked_for_are_told(web):
    done = web.main("why", "MarkupSafe")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "markupsafe 2.1 is needed by\n"
        "  other 1.0 -> jinja2 -> markupsafe>=2.0\n"
        "  app 1.0 -> flask>=2 -> jinja2>=3 -> markupsafe>=2.0\n"
        "  app 1.0 -> tool -> jinja2 -> markupsafe>=2.0\n"
    )


def test_what_was_asked_for_itself_says_so(web):
    assert web.main("why", "app").out == "app 1.0 was asked for, and nothing else needs it\n"


def test_what_nobody_asked_for_and_nobody_needs_says_so(web):
    assert web.main("why", "orphan").out == "nothing needs orphan 1.0, and nobody asked for it\n"


def test_chains_from_what_nobody_asked_for_are_told_as_such(web):
    assert web.main("why", "leaf").out == (
        "leaf 1.0 is needed by what nobody asked for\n  orphan 1.0 -> leaf\n"
    )


def test_without_any_note_of_requests_what_nobody_needs_counts_as_asked_for(environment):
    environment.add("app", "1.0", requires=["library"])
    environment.add("library", "1.0")
    assert environment.main("why", "library").out == (
        "library 1.0 is needed by\n  app 1.0 -> library\n"
    )


def test_a_circle_is_no_trap(environment):
    environment.add("one", "1.0", requires=["two"], extra_files=REQUESTED)
    environment.add("two", "1.0", requires=["one"])
    assert environment.main("why", "two").out == "two 1.0 is needed by\n  one 1.0 -> two\n"


def test_many_chains_are_cut_and_that_is_said(environment):
    width = 12
    for layer in range(3):
        for number in range(width):
            below = [f"p{layer + 1}-{other}" for other in range(width)] if layer < 2 else ["end"]
            environment.add(f"p{layer}-{number}", "1.0", requires=below)
    environment.add("end", "1.0")
    lines = environment.main("why", "end").out.splitlines()
    assert len(lines) == 102
    assert lines[-1] == "  ... and more"


def test_json_has_the_same_facts(web):
    (answer,) = json.loads(web.main("why", "leaf", "--format=json").out)
    assert answer == {
        "name": "leaf",
        "version": "1.0",
        "requested": False,
        "complete": True,
        "chains": [
            [
                {"name": "orphan", "version": "1.0", "required": ""},
                {"name": "leaf", "version": "1.0", "required": ""},
            ]
        ],
    }


def test_what_is_not_installed_gets_the_closest_name(web):
    done = web.main("why", "flsk")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "warning: `flsk` is not installed\nhint: `flask` is the closest installed name\n"
    )


def test_a_name_is_needed(web):
    assert web.main("why").code == 2
