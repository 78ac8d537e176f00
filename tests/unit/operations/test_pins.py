"""Which lines pin something, and which contradict each other."""

import pytest

from xpip.model.link import Digest
from xpip.model.origin import FileOrigin
from xpip.model.requirement import RequirementSources, RequirementText
from xpip.model.target import Target
from xpip.operations.pins import ConflictingPins, UnpinnedRequirement, read_pins

MARKERS = (("python_version", "3.11"), ("sys_platform", "linux"), ("python_full_version", "3.11.7"))
TARGET = Target("3.11.7", "cpython", MARKERS, ("py3-none-any",))


def pins(*lines: str, constraints=(), last_wins=False, hashes=()):
    texts = tuple(
        RequirementText(line, FileOrigin("r.txt", number), hashes)
        for number, line in enumerate(lines, 1)
    )
    limits = tuple(
        RequirementText(line, FileOrigin("c.txt", number))
        for number, line in enumerate(constraints, 1)
    )
    sources = RequirementSources(texts, limits)
    return [line.pin for line in read_pins(sources, TARGET, "/cwd", last_wins=last_wins)]


@pytest.mark.parametrize(
    ("line", "name", "version"),
    [
        ("flask==3.1.2", "flask", "3.1.2"),
        ("Flask_Login == 0.6.3", "flask-login", "0.6.3"),
        ("uvicorn[standard]==0.30.0", "uvicorn", "0.30.0"),
        ("a[x, y] ==1.0", "a", "1.0"),
        ("torch==2.0+cpu", "torch", "2.0+cpu"),
        ("a===1.0-odd", "a", "1.0-odd"),
        ("a==1!2.0.post1", "a", "1!2.0.post1"),
        ("a==1.0 ; python_version > '3'", "a", "1.0"),
    ],
)
def test_what_is_pinned(line, name, version):
    (pin,) = pins(line)
    assert (pin.name, pin.version, pin.url) == (name, version, "")


def test_a_line_for_another_target_does_not_count():
    assert pins("a==1.0 ; sys_platform == 'win32'") == []
    assert pins("a ; sys_platform == 'win32'") == []


def test_a_direct_reference_is_a_pin():
    (pin,) = pins("a @ https://host.example/a-1.0-py3-none-any.whl")
    assert (pin.name, pin.version) == ("a", "")
    assert pin.url == "https://host.example/a-1.0-py3-none-any.whl"


@pytest.mark.parametrize("line", ["a", "a>=1", "a==1.*", "a~=1.0", "a==1.0,<2", "a[b]"])
def test_what_is_not_pinned_is_told_with_its_line(line):
    with pytest.raises(UnpinnedRequirement) as caught:
        pins("b==1", line)
    assert str(caught.value) == f"r.txt:2: `{line}` is not pinned"


def test_all_lines_that_are_not_pinned_are_told_at_once():
    with pytest.raises(UnpinnedRequirement) as caught:
        pins("a", "b==1", "c>2")
    assert caught.value.details == ("r.txt:1: `a`", "r.txt:3: `c>2`")


def test_equal_pins_are_one_and_their_hashes_add_up():
    texts = (
        RequirementText("a==1.0", FileOrigin("r.txt", 1), (Digest("sha256", "1" * 64),)),
        RequirementText("A==1.0.0", FileOrigin("s.txt", 1), (Digest("sha256", "2" * 64),)),
    )
    (line,) = read_pins(RequirementSources(texts), TARGET, "/cwd")
    assert [digest.value[0] for digest in line.pin.hashes] == ["1", "2"]
    assert line.text.hashes == line.pin.hashes


def test_different_pins_are_an_error_unless_the_last_shall_count():
    with pytest.raises(ConflictingPins) as caught:
        pins("a==1.0", "a==2.0")
    assert caught.value.details == ("r.txt:1: `a==1.0`", "r.txt:2: `a==2.0`")
    assert [pin.version for pin in pins("a==1.0", "a==2.0", last_wins=True)] == ["2.0"]


def test_constraints_must_admit_the_pins():
    assert len(pins("a==1.0", constraints=["a<2", "b<1", "a>2 ; sys_platform == 'win32'"])) == 1
    with pytest.raises(ConflictingPins) as caught:
        pins("a==1.0", constraints=["a>=2"])
    assert caught.value.details == ("r.txt:1: `a==1.0`", "c.txt:1: `a>=2`")
