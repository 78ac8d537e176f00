"""Is everything there already?"""

import pytest

from xpip.errors import RequirementError
from xpip.model.dependencies import CoreMetadata
from xpip.model.distribution import InstalledDistribution
from xpip.model.markers import dependencies_for
from xpip.model.origin import DependencyOrigin, FileOrigin
from xpip.model.parsed_requirement import Requirement
from xpip.model.requirement import SourcedRequirement
from xpip.model.target import Target
from xpip.planner.satisfied import Satisfied, Unsatisfied, admits, check

TARGET = Target(
    "3.11.7",
    "cpython",
    (("python_full_version", "3.11.7"), ("python_version", "3.11"), ("sys_platform", "linux")),
    (),
)


class Site:
    """Installed distributions, and which of them were looked into."""

    def __init__(self, **projects):
        self.metadata = {}
        self.read = []
        for key, (version, *lines) in projects.items():
            name = key.replace("_", "-")
            extras = {line.partition("extra == '")[2].rstrip("'") for line in lines} - {""}
            self.metadata[name] = CoreMetadata(
                name, version, tuple(lines), provides_extra=tuple(sorted(extras))
            )
        self.installed = {
            name: InstalledDistribution(name, metadata.version, "/site", f"{name}.dist-info")
            for name, metadata in self.metadata.items()
        }

    def dependencies(self, distribution):
        self.read.append(distribution.name)
        return dependencies_for(self.metadata[distribution.name], TARGET)

    def check(self, *requirements, constraints=(), is_from=None):
        return check(
            [source(text, line) for line, text in enumerate(requirements, 1)],
            [source(text, line, "c.txt") for line, text in enumerate(constraints, 1)],
            self.installed,
            self.dependencies,
            TARGET,
            is_from,
        )


def source(text, line, path="r.txt"):
    return SourcedRequirement(Requirement(text), FileOrigin(path, line))


def names(answer):
    assert isinstance(answer, Satisfied), answer
    return [found.distribution.name for found in answer.found]


def problem(answer):
    assert isinstance(answer, Unsatisfied), answer
    version = answer.installed.version if answer.installed else None
    return answer.kind, str(answer.requirement), str(answer.origin), version


def test_what_the_user_asked_for_comes_first_and_then_what_it_needs():
    site = Site(b=("1", "d"), a=("1", "c"), c=("1", "d>=1"), d=("2",), unrelated=("1", "missing"))
    answer = site.check("b", "A")
    assert names(answer) == ["b", "a", "d", "c"]
    assert answer.warnings == ()
    assert [str(found.origin) for found in answer.found] == ["r.txt:1", "r.txt:2", "b 1", "a 1"]
    assert answer.found[2].origin == DependencyOrigin("b", "1")
    assert str(answer.found[3].requirement) == "c"


def test_nothing_asked_is_satisfied():
    assert names(Site(a=("1",)).check()) == []


def test_every_distribution_is_looked_into_once():
    site = Site(a=("1", "c", "b"), b=("1", "c>=1", "a"), c=("1", "a", "b"))
    assert names(site.check("a", "b", "a>=0")) == ["a", "b", "c"]
    assert sorted(site.read) == ["a", "b", "c"]


def test_a_missing_project_is_the_first_reason():
    assert problem(Site(a=("1",)).check("a", "b>=2")) == ("missing", "b>=2", "r.txt:2", None)


def test_a_missing_dependency_is_found_however_deep():
    site = Site(a=("1", "b"), b=("2", "c; sys_platform == 'linux'"))
    assert problem(site.check("a")) == ("missing", 'c; sys_platform == "linux"', "b 2", None)


def test_a_version_that_is_not_allowed_is_a_reason():
    assert problem(Site(a=("1.5",)).check("a>=2")) == ("version", "a>=2", "r.txt:1", "1.5")
    site = Site(a=("1", "b<2"), b=("2",))
    assert problem(site.check("a", "b")) == ("version", "b<2", "a 1", "2")


def test_requirements_whose_marker_is_false_are_not_asked_for():
    assert names(Site(a=("1",)).check("a", "b; sys_platform == 'win32'")) == ["a"]


def test_a_marker_that_cannot_be_evaluated_says_where_it_is_written():
    with pytest.raises(RequirementError) as caught:
        Site(a=("1",)).check("a", "b; sys_platform ~= 'x'")
    assert caught.value.details[0] == "required by r.txt:2"


def test_extras_bring_their_requirements():
    site = Site(a=("1", "b; extra == 'x'", "c; extra == 'y'"), b=("1",))
    assert names(site.check("a")) == ["a"]
    assert names(site.check("a[X]")) == ["a", "b"]
    assert problem(site.check("a[x,y]"))[:2] == ("missing", 'c; extra == "y"')


def test_an_extra_that_another_requirement_names_later_counts_too():
    site = Site(a=("1", "c; extra == 'x'"), b=("1", "a[x]"))
    assert problem(site.check("a", "b"))[:2] == ("missing", 'c; extra == "x"')


def test_an_extra_may_name_extras_of_its_own_project():
    site = Site(
        a=("1", "a[x,y]; extra == 'all'", "b; extra == 'x'", "c; extra == 'y'"), b=("1",), c=("1",)
    )
    assert names(site.check("a[all]")) == ["a", "b", "c"]


def test_an_extra_that_does_not_exist_is_a_warning():
    answer = Site(a=("1",)).check("a[none]", "a[None]")
    assert names(answer) == ["a"]
    assert answer.warnings == ("`a` 1 does not provide the extra `none`",)


def test_constraints_narrow_what_is_reached_and_ask_for_nothing():
    site = Site(a=("1", "b"), b=("2",), c=("1",))
    assert names(site.check("a", constraints=["b>=2", "c<1", "missing"])) == ["a", "b"]
    assert problem(site.check("a", constraints=["b<2"])) == ("constraint", "b<2", "c.txt:1", "2")


def test_constraints_whose_marker_is_false_do_not_count():
    assert names(Site(a=("1",)).check("a", constraints=["a>1; sys_platform == 'win32'"])) == ["a"]


def test_an_installed_prerelease_will_do():
    assert names(Site(a=("2.0rc1",)).check("a>=1")) == ["a"]
    assert problem(Site(a=("2.0rc1",)).check("a>=2"))[0] == "version"


def test_a_direct_reference_is_satisfied_only_by_what_came_from_there():
    site = Site(a=("1",))
    url = "https://h.example/a-1-py3-none-any.whl"
    assert problem(site.check(f"a @ {url}"))[0] == "url"

    def is_from(distribution, wanted):
        return (distribution.name, wanted) == ("a", url)

    assert names(site.check(f"a @ {url}", is_from=is_from)) == ["a"]
    assert problem(site.check("a @ https://h.example/other.whl", is_from=is_from))[0] == "url"
    assert (
        problem(site.check("a", constraints=["a @ https://h.example/b.whl"], is_from=is_from))[0]
        == "constraint"
    )


@pytest.mark.parametrize(
    ("specifier", "version", "verdict"),
    [
        ("", "not a version", True),
        (">=0", "not a version", False),
        ("==1.0", "1.0", True),
        ("==1.0", "1.0.0", True),
        ("==1.0", "1.0+cpu", True),
        ("==1.0+cpu", "1.0", False),
        ("==1.*", "1.9", True),
        ("===1.0", "1.0", True),
        ("==1.0,!=1.0", "1.0", False),
        ("~=1.4", "1.9", True),
        (">=1!0", "2", False),
    ],
)
def test_installed_versions_are_compared_by_pep_440(specifier, version, verdict):
    assert admits(Requirement(f"a{specifier}").specifier, version) is verdict


def test_a_long_chain_of_dependencies_is_no_problem_for_the_stack():
    chain = {f"p{number}": ("1", f"p{number + 1}") for number in range(3000)}
    assert len(names(Site(**chain, p3000=("1",)).check("p0"))) == 3001
