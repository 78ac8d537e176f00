"""Records are to their users what `typing.NamedTuple` makes."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import typing

import pytest

from xpip.model.records import NamedTuple


class Record(NamedTuple):
    """A thing."""

    first: str
    second: int = 2
    third: tuple[str, ...] = ()

    def both(self) -> str:
        return f"{self.first}{self.second}"


class Reference(typing.NamedTuple):
    """A thing."""

    first: str
    second: int = 2
    third: tuple[str, ...] = ()

    def both(self) -> str:
        return f"{self.first}{self.second}"


class Empty(NamedTuple):
    """Nothing."""


class Masked(NamedTuple):
    """Shows nothing."""

    secret: str

    def __repr__(self) -> str:
        return "****"


CALLS = [
    (("a",), {}),
    (("a", 5), {}),
    (("a", 5, ("b",)), {}),
    (("a",), {"third": ("b",)}),
    ((), {"first": "a"}),
    ((), {"third": (), "second": 1, "first": "x"}),
]


@pytest.mark.parametrize(("values", "named"), CALLS)
def test_values_are_taken_by_place_and_by_name(values, named):
    record, reference = Record(*values, **named), Reference(*values, **named)
    assert tuple(record) == tuple(reference)
    assert record == reference
    assert hash(record) == hash(reference)
    assert record.both() == reference.both()
    assert (record.first, record.second, record.third) == tuple(reference)
    assert repr(record).removeprefix("Record") == repr(reference).removeprefix("Reference")
    assert record._asdict() == reference._asdict()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((1, 2, 3, 4), {}),
        ((1,), {"first": 1}),
        ((1,), {"fourth": 1}),
        ((), {"second": 1}),
    ],
)
def test_wrong_calls_are_type_errors(values, named):
    for kind in (Record, Reference):
        with pytest.raises(TypeError):
            kind(*values, **named)


def test_what_the_class_tells_of_itself():
    for name in ("_fields", "_field_defaults", "__match_args__", "__doc__", "__slots__"):
        assert getattr(Record, name) == getattr(Reference, name)
    assert Record.__mro__ == (Record, tuple, object)
    assert Record.__module__ == __name__
    assert Empty() == ()


def test_fields_cannot_be_set():
    record = Record("a")
    for name in ("first", "other"):
        with pytest.raises(AttributeError):
            setattr(record, name, 1)


def test_replacing_copying_pickling_and_ordering():
    record = Record("a")
    assert record._replace(second=3) == Record("a", 3)
    assert type(record._replace(second=3)) is Record
    with pytest.raises(ValueError, match="fourth"):
        record._replace(fourth=1)
    assert Record._make(["a", 1, ()]) == Record("a", 1)
    assert type(Record._make(["a", 1, ()])) is Record
    for twin in (pickle.loads(pickle.dumps(record)), copy.deepcopy(record), copy.copy(record)):
        assert twin == record
        assert type(twin) is Record
    assert min([Record("b"), Record("a", 3), Record("a")]) == Record("a")


def test_patterns_match_by_place():
    match Record("a", 7):
        case Record(first, second):
            assert (first, second) == ("a", 7)


def test_a_class_may_say_how_it_is_shown():
    assert repr(Masked("x")) == "****"


def test_a_field_without_default_after_one_with_it_is_refused():
    with pytest.raises(TypeError, match="needs a default"):

        class Wrong(NamedTuple):
            first: str = ""
            second: str


def test_nothing_heavy_is_imported():
    code = "import sys; import xpip.model.records; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"typing", "re", "collections", "functools"} & set(done.stdout.split())
