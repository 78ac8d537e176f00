"""Which files and versions may be used, from what the user wrote."""

import pytest

from xpip.cli.places import NamedIndex, Places, ties
from xpip.cli.policy import PrereleaseChoices, project_names, with_prereleases
from xpip.errors import UsageError
from xpip.model.options import SelectionPolicy


def modes(*releases, mode="", packages=()):
    choices = PrereleaseChoices(mode, tuple((text, "here") for text in releases), packages)
    policy = with_prereleases(SelectionPolicy(), choices)
    assert policy.pre == (policy.prereleases == "allow")
    return policy.prereleases, dict(policy.prerelease_packages)


@pytest.mark.parametrize(
    ("releases", "general", "packages"),
    [
        ((), "", {}),
        (("all-releases=A.b,c",), "", {"a-b": "allow", "c": "allow"}),
        (("all-releases=a", "only-final=a"), "", {"a": "disallow"}),
        (("only-final=:all:", "all-releases=a"), "disallow", {"a": "allow"}),
        (("all-releases=a", "only-final=:all:"), "disallow", {}),
        (("all-releases=:all:", "all-releases=:none:"), "", {}),
        (("all-releases=a", "only-final=b", "only-final=:none:"), "", {"a": "allow"}),
    ],
)
def test_the_later_choice_counts(releases, general, packages):
    assert modes(*releases) == (general, packages)


def test_a_mode_of_one_project_outranks_everything():
    assert modes("only-final=a", packages=(("a", "explicit"),)) == ("", {"a": "explicit"})
    assert modes(mode="if-necessary", packages=(("a", "allow"),)) == (
        "if-necessary",
        {"a": "allow"},
    )


def test_contradictions_are_usage_errors():
    with pytest.raises(UsageError, match="does not go with what is said of `:all:`"):
        modes("all-releases=:all:", mode="disallow")
    with pytest.raises(UsageError, match="here takes names of projects"):
        modes("all-releases=a b")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["A,b.c"], {"a", "b-c"}),
        (["a", ":all:", "b"], {":all:"}),
        (["a", ":none:", "b"], {"b"}),
        ([":all:,:none:"], set()),
    ],
)
def test_lists_of_projects(written, names):
    assert project_names([(text, "here") for text in written]) == names


def test_names_and_urls_of_indexes():
    places = Places("/work", "/home/me")
    found = places.take_named(
        [
            ("private=https://user:secret@a.example/simple", "here"),
            ("https://b.example/?x=y", "here"),
            ("local=~/simple", "here"),
            ("private=https://a.example/simple", "there"),
        ]
    )
    assert found == (
        NamedIndex("private", "https://a.example/simple"),
        NamedIndex("", "https://b.example/?x=y"),
        NamedIndex("local", "/home/me/simple"),
        NamedIndex("private", "https://a.example/simple"),
    )
    assert [credential.username for credential in places.credentials] == ["user"]
    assert ties([("A.b=local", "here")], found, ()) == (("a-b", "/home/me/simple"),)


def test_a_secret_in_a_bad_tie_is_not_shown():
    with pytest.raises(UsageError) as caught:
        ties([("https://user:secret@a.example/simple", "here")], (), ())
    assert "secret" not in caught.value.summary
