"""The text of pinned requirements, written and read again."""

import pytest

from xpip.errors import RequirementError
from xpip.formats.pinned_requirements import (
    LINE,
    SPLIT,
    Difference,
    Pin,
    PinnedFile,
    compare_versions,
    format_pins,
    parse_pins,
)
from xpip.model.link import Digest

A, B = "a" * 64, "b" * 64


def lines(*pins, **fields):
    return format_pins(PinnedFile(pins, **fields)).splitlines()


def test_nothing_is_an_empty_file():
    assert format_pins(PinnedFile(())) == ""


def test_header_options_pins_and_what_was_left_out_follow_each_other():
    found = lines(
        Pin("foo", "1"), header=("Made by", "   x"), options=("--pre",), left_out=("pip",)
    )
    assert found == [
        "# Made by", "#    x", "--pre", "", "foo==1", "",
        "# The following packages were excluded from the output:", "# pip",
    ]  # fmt: skip


def test_a_pin_has_extras_marker_and_hashes_before_its_reasons():
    pin = Pin(
        "foo", "1", "", ("a", "b"), 'sys_platform == "linux"',
        (Digest("sha256", A), Digest("sha256", B)), ("-r x.in", "bar"),
    )  # fmt: skip
    head = [
        'foo[a,b]==1 ; sys_platform == "linux" \\',
        f"    --hash=sha256:{A} \\",
        f"    --hash=sha256:{B}",
    ]
    assert lines(pin) == [*head, "    # via", "    #   -r x.in", "    #   bar"]
    assert lines(pin, annotations=LINE) == [*head, "    # via -r x.in, bar"]
    assert lines(pin, annotations="") == head


def test_a_direct_reference_has_its_url():
    assert lines(Pin("foo", "", "https://h.example/foo-1-py3-none-any.whl")) == [
        "foo @ https://h.example/foo-1-py3-none-any.whl"
    ]


@pytest.mark.parametrize("annotations", [SPLIT, LINE, ""])
@pytest.mark.parametrize("digests", [(), (Digest("sha256", A), Digest("sha256", B))])
def test_what_is_written_is_read_again(annotations, digests):
    pins = (
        Pin("a", "1.0", "", ("x",), 'python_version > "3"', digests, ("-r x.in",)),
        Pin("b", "2!1.0.post1+local", "", (), "", digests, ("a", "c")),
        Pin("c", "", "https://h.example/c-1-py3-none-any.whl", (), "", digests),
    )
    text = format_pins(
        PinnedFile(pins, ("x",), ("--index-url https://i.example/s",), (), annotations)
    )
    assert parse_pins(text, "x.txt") == (("a", "1.0"), ("b", "2!1.0.post1+local"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Foo_Bar == 1.0", (("foo-bar", "1.0"),)),
        ("foo===1.0", (("foo", "1.0"),)),
        ("foo [x] == 1.0;python_version>'3'", (("foo", "1.0"),)),
        ("foo==1.*\nbar>=1\nbaz==1,<2\nqux", ()),
        ("foo==1\nfoo==2", (("foo", "1"),)),
        ("-e ./foo\n./bar.whl\n-r other.txt", ()),
        ("z==1\na==1", (("a", "1"), ("z", "1"))),
    ],
)
def test_only_exact_versions_are_pins(text, expected):
    assert parse_pins(text, "x.txt") == expected


def test_marks_of_a_merge_are_an_error_with_its_line():
    with pytest.raises(RequirementError, match=r"^x\.txt:2: `=======` is left over from a merge"):
        parse_pins("a==1\n=======\nb==1\n", "x.txt")
    assert parse_pins("# =======\na==1", "x.txt") == (("a", "1"),)


def test_a_file_that_was_cut_off_is_an_error_with_its_line():
    with pytest.raises(RequirementError, match=r"x\.txt:2"):
        parse_pins(f"a==1 \\\n    --hash=sha256:{A[:20]}", "x.txt")


def test_pins_are_compared_by_name():
    now = (("a", "1"), ("b", "2"), ("c", ""), ("d", "1"))
    assert compare_versions((("a", "1"), ("b", "1"), ("z", "1")), now) == Difference(
        (("d", "1"),), (("z", "1"),), (("b", "1", "2"),)
    )
