"""Source archives that may be pinned, and pre-releases that may not."""

import pytest

from tests.unit.selection.test_rules import chosen, rejected
from xpip.model.candidate import Rejection
from xpip.model.options import SelectionPolicy

ALL = frozenset((":all:",))
FOO = frozenset(("foo",))
WHEEL, SDIST, NEWER = "foo-1-py3-none-any.whl", "foo-1.tar.gz", "foo-2.tar.gz"


def test_a_source_archive_counts_where_its_version_has_no_wheel():
    policy = SelectionPolicy(sdists=True)
    assert chosen(SDIST, WHEEL, NEWER, policy=policy) == [WHEEL, NEWER]
    assert chosen("foo-1-cp39-cp39-win32.whl", SDIST, policy=policy) == [SDIST]
    assert chosen(SDIST, WHEEL, NEWER) == [WHEEL]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"only_binary": FOO}, [WHEEL]),
        ({"only_binary": ALL}, [WHEEL]),
        ({"only_binary": ALL, "no_binary": FOO}, [SDIST, NEWER]),
        ({"no_binary": FOO}, [SDIST, NEWER]),
        ({"prefer_binary": True}, [WHEEL]),
    ],
)
def test_options_choose_the_kind(fields, expected):
    assert chosen(WHEEL, SDIST, NEWER, policy=SelectionPolicy(sdists=True, **fields)) == expected


def test_with_wheels_preferred_a_source_archive_will_do_where_there_is_nothing_else():
    assert chosen(SDIST, policy=SelectionPolicy(sdists=True, prefer_binary=True)) == [SDIST]


def test_pre_releases_can_be_refused_altogether_or_per_project():
    names = ("foo-1-py3-none-any.whl", "foo-2rc1-py3-none-any.whl", "foo-3.dev1-py3-none-any.whl")
    assert chosen(*names, policy=SelectionPolicy(only_final=ALL)) == [names[0]]
    assert chosen(*names, policy=SelectionPolicy(only_final=FOO)) == [names[0]]
    assert chosen(*names, policy=SelectionPolicy(only_final=ALL, all_releases=FOO)) == list(names)
    found = rejected(*names, policy=SelectionPolicy(only_final=ALL))
    assert [entry[2] for entry in found] == [Rejection("pre-release")] * 2
