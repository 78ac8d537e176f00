"""`xpip show` in pip's words."""

import pytest

FIELDS = """Summary: A thing that does things
Home-page: https://thing.example
Author: Ann Author
Author-email: ann@thing.example
License: MIT
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Software Development
Project-URL: Source, https://code.example/thing"""


@pytest.fixture
def filled(environment):
    environment.add(
        "Thing",
        "1.5",
        requires=[
            "Other>=1",
            "absent; python_version < '3'",
            "extra-only; extra == 'more'",
            "bare",
        ],
        fields=FIELDS,
        files={"thing/__init__.py": "", "thing/core.py": "x = 1\n"},
        extra_files={"entry_points.txt": "[console_scripts]\nthing = thing.core:main\n"},
    )
    environment.add("Other", "2.0", fields="License-Expression: Apache-2.0\nLicense: old text")
    environment.add("User.Of.Thing", "0.1", requires=["thing"])
    return environment


def test_the_fields_of_a_package(filled, goldens):
    done = filled.main("show", "thing")
    assert (done.code, done.err) == (0, "")
    goldens.check("show/plain", done.out, library=filled.library)


def test_v_and_files_add_to_them(filled, goldens):
    goldens.check(
        "show/everything", filled.main("show", "-v", "-f", "THING").out, library=filled.library
    )


def test_several_packages_are_set_apart(filled):
    out = filled.main("show", "thing", "other").out
    assert out.count("\n---\n") == 1
    assert "License-Expression: Apache-2.0\n" in out


def test_what_is_not_installed_is_a_warning_beside_what_is(filled):
    done = filled.main("show", "nope", "thing", "absent")
    assert done.code == 0
    assert done.err == "warning: Package(s) not found: absent, nope\n"


def test_nothing_found_is_a_failure(filled):
    done = filled.main("show", "nope")
    assert (done.code, done.out) == (1, "")
    assert done.err == "warning: Package(s) not found: nope\n"


def test_nothing_asked_for_is_an_error(filled):
    done = filled.main("show")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: there is nothing to show\n")


def test_a_missing_file_list_is_told(environment):
    environment.add("thing", "1.0", record=False)
    out = environment.main("show", "-f", "thing").out
    assert out.endswith("Files:\nCannot locate RECORD or installed-files.txt\n")


def test_a_home_page_may_be_a_project_url(environment):
    environment.add("thing", "1.0", fields="Project-URL: Home Page, https://thing.example")
    assert "Home-page: https://thing.example\n" in environment.main("show", "thing").out


def test_a_folded_field_cannot_pass_for_another(environment):
    environment.add("thing", "1.0", fields="License: one\n        Location: /fake\nSummary: s")
    out = environment.main("show", "thing").out
    assert out.count("\nLocation: ") == 1
