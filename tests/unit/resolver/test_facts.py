"""The table of answers."""

from __future__ import annotations

from xpip.model.candidate import Candidate, ProjectCandidates
from xpip.model.dependencies import Dependencies
from xpip.model.link import IndexFile
from xpip.model.version import Version
from xpip.resolver.facts import Facts, NeedCandidates, NeedDependencies, Unavailable


def candidate(url, *, direct=False):
    return Candidate(
        "a", Version("1.0"), IndexFile("a-1.0-py3-none-any.whl", url), "", False, direct
    )


def test_first_answer_stays():
    facts = Facts()
    facts.add_candidates(ProjectCandidates("a", ()))
    facts.add_candidates(ProjectCandidates("a", (), found=False))
    facts.add_unavailable("a", None, "is gone")
    assert facts.candidates("a") == ProjectCandidates("a", ())


def test_answers_of_indexes_and_of_references_are_kept_apart():
    facts = Facts()
    facts.add_candidates(ProjectCandidates("a", ()), "https://x/a.whl#sha256=00")
    assert facts.is_known(NeedCandidates("a", "https://x/a.whl#sha256=00"))
    assert not facts.is_known(NeedCandidates("a"))


def test_two_references_to_one_version_have_their_own_dependencies():
    facts = Facts()
    one, other = (
        candidate("https://x/a.whl", direct=True),
        candidate("https://y/a.whl", direct=True),
    )
    facts.add_dependencies("a", one.version, Dependencies((), (), ">=3.9"), "https://x/a.whl")
    facts.add_unavailable("a", other.version, "has no metadata", "https://y/a.whl")
    assert facts.dependencies(one) == Dependencies((), (), ">=3.9")
    assert facts.dependencies(other) == Unavailable("has no metadata")


def test_index_does_not_answer_for_a_reference_to_the_same_version():
    facts = Facts()
    reference = candidate("https://x/a.whl", direct=True)
    facts.add_dependencies("a", reference.version, Dependencies(()))
    assert not facts.is_known(NeedDependencies(reference))
    assert facts.is_known(NeedDependencies(candidate("https://index.example/a.whl")))
