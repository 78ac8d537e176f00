"""Requires-Dist lines evaluated for a target."""

import time

import pytest
from packaging.requirements import Requirement as PackagingRequirement

from xpip.errors import IntegrityError
from xpip.model import markers
from xpip.model.dependencies import CoreMetadata
from xpip.model.markers import dependencies_for, ensure_sane, marker_holds, parse_requirement
from xpip.model.parsed_requirement import Requirement
from xpip.model.target import Target

VALUES = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}


def make_target(**changes):
    return Target(
        "3.11.7", "cpython", tuple(sorted({**VALUES, **changes}.items())), ("py3-none-any",)
    )


TARGET = make_target()


def evaluate(*lines, extras=(), target=TARGET):
    metadata = CoreMetadata("Foo", "1.0", lines, provides_extra=extras)
    found = dependencies_for(metadata, target)
    return (
        [requirement.name for requirement in found.requires],
        {extra: [requirement.name for requirement in added] for extra, added in found.extras},
    )


def test_requirements_whose_marker_is_false_are_left_out():
    assert evaluate(
        "a", "b; python_version < '3'", "c; sys_platform == 'linux'", "d; sys_platform == 'win32'"
    ) == (["a", "c"], {})


def test_the_target_decides_and_not_the_running_python():
    windows = make_target(sys_platform="win32", python_version="3.8", python_full_version="3.8.1")
    lines = (
        "a; python_version < '3.9'",
        "b; sys_platform == 'linux'",
        "c; sys_platform == 'win32'",
    )
    assert evaluate(*lines, target=windows) == (["a", "c"], {})
    assert evaluate(*lines) == (["b"], {})


def test_requirements_of_an_extra_are_listed_under_it():
    assert evaluate(
        "a",
        "b; extra == 'x'",
        "c; extra == 'y' and sys_platform == 'linux'",
        "d; extra == 'y' and sys_platform == 'win32'",
        "e; extra == \"x\" or extra == 'y'",
        extras=("x", "y", "z"),
    ) == (["a"], {"x": ["b", "e"], "y": ["c", "e"], "z": []})


def test_a_requirement_that_holds_without_extra_is_not_repeated_under_extras():
    assert evaluate("a; sys_platform == 'linux' or extra == 'x'", extras=("x",)) == (
        ["a"],
        {"x": []},
    )


def test_extras_are_compared_normalised():
    assert evaluate("a; extra == 'Dot.Env'", extras=("dot-env",)) == ([], {"dot-env": ["a"]})


def test_extras_that_are_not_provided_do_not_count():
    assert evaluate("a; extra == 'y'", extras=("x",)) == ([], {"x": []})
    assert evaluate("a; extra == 'y'") == ([], {})


@pytest.mark.parametrize(
    "marker",
    [
        "extra != 'x'",
        "extra in 'x, y'",
        "'x' == extra",
        "'x'in extra",
        "extra not in 'q'",
        "platform_machine == 'x86_64' and extra == 'y'",
        r"extra == '\x78'",
        "extra >= 'x'",
        "extra == ''",
    ],
)
def test_unusual_conditions_on_extras_mean_what_they_mean_to_packaging(marker):
    reference = PackagingRequirement(f"a; {marker}").marker

    def holds(extra):
        return reference.evaluate({**VALUES, "extra": extra})

    if holds(""):
        expected = (["a"], {"x": [], "y": []})
    else:
        expected = ([], {extra: ["a"] if holds(extra) else [] for extra in ("x", "y")})
    assert evaluate(f"a; {marker}", extras=("x", "y")) == expected


def test_a_reference_to_the_project_itself_is_left_to_the_solver():
    assert evaluate("foo[a,b]; extra == 'all'", extras=("all", "a", "b"))[1]["all"] == ["foo"]


def test_direct_references_keep_their_url_and_marker():
    metadata = CoreMetadata(
        "foo",
        "1",
        ("a @ https://h.example/x;y/a-1-py3-none-any.whl ; extra == 'x'",),
        provides_extra=("x",),
    )
    ((_, (requirement,)),) = dependencies_for(metadata, TARGET).extras
    assert requirement.url == "https://h.example/x;y/a-1-py3-none-any.whl"


def test_requires_python_is_passed_on():
    metadata = CoreMetadata("foo", "1", requires_python=">=3.8")
    assert dependencies_for(metadata, TARGET).requires_python == ">=3.8"


@pytest.mark.parametrize(
    "line",
    [
        "a >=",
        "a (1.0)",
        "a >= 1.0.*",
        "a (>=0.0.45azure-mgmt>=0.5.0)",
        "a;",
        "a; nonsense",
        "a; python_version",
        "a; python_version ==",
        "a; unknown_variable == '1'",
        "a; 'x' in extras",
        "a[b",
        "a[b,,c] @",
        "==1",
        "",
        "\x1b[2Ja ==",
        "a; " + "(" * 3000 + "python_version > '3'" + ")" * 3000,
        "a; " + " or ".join(["python_version > '3'"] * 20_000),
        "a==1." + "9" * 5000,
        "a>=1,==1." + "9" * 5000,
        "a" * 20_000,
    ],
)
def test_an_invalid_line_is_an_error_that_names_the_project_and_the_line(line):
    started = time.perf_counter()
    with pytest.raises(IntegrityError) as caught:
        evaluate(line, extras=("x",))
    assert time.perf_counter() - started < 2
    error = caught.value
    assert error.summary == "core metadata of `Foo` 1.0 has an invalid dependency"
    assert error.details[0].startswith("Requires-Dist:")
    assert all(detail.isprintable() and len(detail) < 300 for detail in error.details)


def test_parentheses_that_are_not_nested_are_no_problem():
    ensure_sane("a; " + " or ".join(["(python_version > '3')"] * 100))


@pytest.mark.parametrize(
    "text",
    [
        "a", "A.b_c-d", "a>=1", "a >=1,<2 , !=1.5", "a(>=1)", "a (>= 1, <2)", "a[x]", "a [x, Y.z] >=1",
        "a[x](==1.*)", "a~=1.0", "a==1.0+local", "a===weird", "a @ https://h.example/a.whl",
        "a; python_version > '3'", "a[x]>=1 ; extra=='y'", "a>=1;os_name=='posix' and extra=='Y_y'",
        " a ", "a\t>=1", "a[]", "a!=1", "a<1", "a>1!2", "a==1.0.dev1", "a>=1,",
        'a; platform_machine in "x86_64"', "a ()",
    ],
)  # fmt: skip
def test_taking_a_requirement_apart_here_is_what_packaging_does(text):
    markers._requirements.clear()
    ours, reference = parse_requirement(text), PackagingRequirement(text)
    assert str(ours) == str(reference)
    assert (ours.name, ours.extras, ours.url) == (reference.name, reference.extras, reference.url)


def test_equal_texts_are_one_object():
    assert parse_requirement("some-project>=1") is parse_requirement("some-project>=1")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a", True),
        ("a; python_version >= '3.11'", True),
        ("a; python_version < '3.11'", False),
        ("a; extra == 'x'", False),
        ("a; python_full_version == '3.11.7'", True),
    ],
)
def test_the_marker_of_a_users_requirement_is_evaluated_without_extra(text, holds):
    assert marker_holds(Requirement(text), TARGET) is holds


def test_many_extras_and_lines_take_a_moment():
    extras = tuple(f"extra-{number}" for number in range(200))
    lines = tuple(f"project-{number}>=1; extra == 'extra-{number % 200}'" for number in range(4000))
    started = time.perf_counter()
    requires, found = evaluate(*lines, extras=extras)
    assert time.perf_counter() - started < 2
    assert requires == []
    assert all(len(added) == 20 for added in found.values())
