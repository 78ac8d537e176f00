"""Which indexes may be used together."""

import pytest

from xpip.errors import UsageError
from xpip.model.link import IndexFile, IndexPage
from xpip.model.options import SelectionPolicy
from xpip.model.target import Target
from xpip.selection.merge import merge_pages
from xpip.selection.rules import judge

TARGET = Target("3.11.7", "cpython", (), ("py3-none-any",))


def page(index_url, *versions):
    return IndexPage(
        "foo",
        index_url,
        tuple(IndexFile(f"foo-{version}-py3-none-any.whl", index_url) for version in versions),
    )


PRIVATE = page("private", "1")
PUBLIC = page("public", "99")
LINKS = page("links", "3")


def test_the_first_index_that_knows_the_project_is_the_only_one():
    assert merge_pages([PRIVATE, PUBLIC], "first-index") == (PRIVATE,)
    assert merge_pages([None, PUBLIC], "first-index") == (PUBLIC,)


def test_an_index_that_knows_the_project_but_has_no_file_still_hides_later_ones():
    empty = page("private")
    assert merge_pages([empty, PUBLIC], "first-index") == (empty,)


def test_the_unsafe_strategies_see_all_indexes():
    assert merge_pages([PRIVATE, None, PUBLIC], "unsafe-best-match") == (PRIVATE, PUBLIC)
    assert merge_pages([PRIVATE, None, PUBLIC], "unsafe-first-match") == (PRIVATE, PUBLIC)


@pytest.mark.parametrize("strategy", ["first-index", "unsafe-best-match", "unsafe-first-match"])
def test_find_links_count_beside_every_index_and_come_first(strategy):
    assert merge_pages([PRIVATE], strategy, [LINKS]) == (LINKS, PRIVATE)
    assert merge_pages([None], strategy, [LINKS]) == (LINKS,)
    assert merge_pages([None], strategy, [page("links")]) == ()


def test_an_unknown_strategy_is_a_usage_error():
    with pytest.raises(UsageError, match="`best` is not an index strategy"):
        merge_pages([], "best")


def test_first_match_exhausts_an_index_before_the_next():
    pages = merge_pages(
        [page("one", "1", "3"), page("two", "2", "4")], "unsafe-first-match", [LINKS]
    )
    found = judge(pages, TARGET, SelectionPolicy(), in_turn=("one", "two"))
    assert [(str(item.version), item.index_url, item.group) for item in found.candidates] == [
        ("1", "one", 1),
        ("2", "two", 2),
        ("3", "links", 0),
        ("4", "two", 2),
    ]


def test_first_match_takes_a_version_from_the_first_index_that_has_it():
    target = Target("3.11.7", "cpython", (), ("cp311-cp311-linux_x86_64", "py3-none-any"))
    platform = IndexPage("foo", "two", (IndexFile("foo-1-cp311-cp311-linux_x86_64.whl", "two"),))
    pages = (page("one", "1"), platform)
    in_turn = judge(pages, target, SelectionPolicy(), in_turn=("one", "two")).candidates
    merged = judge(pages, target, SelectionPolicy()).candidates
    assert [item.index_url for item in in_turn] == ["one"]
    assert [item.index_url for item in merged] == ["two"]
