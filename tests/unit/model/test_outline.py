"""Requirements taken apart ahead of time mean what they mean when they are read as a whole."""

import marshal

import pytest

from tests.unit.model.test_markers import TARGET, make_target
from xpip.errors import IntegrityError
from xpip.model.dependencies import CoreMetadata
from xpip.model.markers import dependencies_for
from xpip.model.outline import outline_of
from xpip.model.release_metadata import ReleaseMetadata, fields_of

LINES = (
    "a",
    "B_b >= 1 , <2",
    "c[x,Y]; python_version > '3'",
    "d==1.*; sys_platform == 'win32'",
    "e; extra == 'Fast_Path'",
    "f (>=1.0); 'fast-path' == extra and os_name == 'posix'",
    "g; os_name == 'nt' and extra == 'fast-path'",
    "h; extra == 'docs' and (python_version < '3' or python_version >= '3.8')",
    "i; extra == 'unknown'",
    "self[docs]; extra == 'all'",
)


def stored(*lines, extras=("fast-path", "docs", "all"), python=">=3.8"):
    metadata = CoreMetadata("Foo", "1.0", lines, python, extras)
    fields = fields_of(metadata, "foo-1.0-py3-none-any.whl", "digest", marshal.dumps)
    fields = marshal.loads(marshal.dumps(fields))
    return metadata, ReleaseMetadata(fields, marshal.loads, marshal.loads)


def texts(dependencies):
    def plain(requirements):
        return [(one.name, sorted(one.extras), str(one.specifier), one.url) for one in requirements]

    extras = [(extra, plain(added)) for extra, added in dependencies.extras]
    return plain(dependencies.requires), extras, dependencies.requires_python


@pytest.mark.parametrize(
    "target",
    [TARGET, make_target(sys_platform="win32", os_name="nt"), make_target(python_version="2.7")],
)
def test_what_was_stored_says_what_the_lines_say(target):
    metadata, release = stored(*LINES)
    assert outline_of(metadata) is not None
    assert release.core == metadata
    assert texts(release.dependencies(target)) == texts(dependencies_for(metadata, target))


def test_an_extra_is_found_by_its_name_alone():
    metadata, release = stored(*LINES)
    dependencies = release.dependencies(TARGET)
    assert [one.name for one in dependencies.of_extra("fast-path")] == ["e", "f"]
    assert dependencies.of_extra("unknown") is None
    expected = dependencies_for(metadata, TARGET)
    assert dependencies.of_extra("docs")[0].name == expected.of_extra("docs")[0].name
    assert expected.of_extra("unknown") is None


@pytest.mark.parametrize(
    "line",
    [
        "a; extra == 'docs' or os_name == 'posix'",
        "a; extra != 'docs'",
        "a; extra in 'docs, all'",
        "a; extra == ''",
        "a; extra == 'docs' and extra == 'all'",
        "a; (extra == 'docs' or extra == 'all') and os_name == 'posix'",
        "a @ https://files.example/a-1-py3-none-any.whl ; extra == 'docs'",
        r"a; extra == '\x64ocs'",
        "a===1.0",
    ],
)
def test_what_is_written_otherwise_is_read_as_a_whole(line):
    metadata, release = stored(line)
    assert outline_of(metadata) is None
    assert texts(release.dependencies(TARGET)) == texts(dependencies_for(metadata, TARGET))


@pytest.mark.parametrize("line", ["a >=", "a; nonsense", "a; unknown == '1'", "=="])
def test_an_invalid_line_is_told_when_the_dependencies_are_asked_for(line):
    _, release = stored(line)
    with pytest.raises(IntegrityError):
        release.dependencies(TARGET)


def test_the_same_requirement_of_two_releases_is_one_object():
    (first,) = stored("shared>=1")[1].dependencies(TARGET).requires
    (second,) = stored("shared >=1; os_name == 'posix'")[1].dependencies(TARGET).requires
    assert first is second
