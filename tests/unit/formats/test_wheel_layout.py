"""Which wheels may be installed, by what their entries and RECORD say."""

import pytest

from tests.kit.wheels import Entry, WheelBuilder
from xpip.errors import IntegrityError
from xpip.formats.record import parse_record
from xpip.formats.wheel_archive import parse_directory
from xpip.formats.wheel_layout import (
    check_record,
    check_release,
    is_protected_script,
    parse_wheel_file,
    sort_entries,
)
from xpip.formats.wheel_name import parse_wheel_name

NAME = "app-1.0-py3-none-any.whl"


def sorted_entries(builder: WheelBuilder):
    data = builder.bytes()
    name = builder.wheel_name()
    return sort_entries(parse_directory(data, len(data), name), parse_wheel_name(name), name)


def refused(builder: WheelBuilder, *fragments: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        sorted_entries(builder)
    for fragment in (builder.wheel_name(), *fragments):
        assert fragment in caught.value.summary


def test_entries_are_sorted_by_scheme_and_remade_files_are_left_out():
    contents = sorted_entries(
        WheelBuilder(
            "app", "1.0", {"app/a.py": "a", "top.py": "t", "app/x.dist-info/RECORD": "nested"},
            data={"scripts/run": "#!python", "data/share/x/y": "y", "headers/app.h": "", "purelib/p.py": ""},
            info_files={"INSTALLER": "x", "REQUESTED": "", "direct_url.json": "{}", "licenses/LICENSE": "free"},
        )
    )  # fmt: skip
    assert contents.info_folder == "app-1.0.dist-info"
    assert [(file.scheme, file.path) for file in contents.files] == [
        ("library", "app/a.py"),
        ("library", "top.py"),
        ("library", "app/x.dist-info/RECORD"),
        ("scripts", "run"),
        ("data", "share/x/y"),
        ("headers", "app.h"),
        ("purelib", "p.py"),
        ("library", "app-1.0.dist-info/METADATA"),
        ("library", "app-1.0.dist-info/WHEEL"),
        ("library", "app-1.0.dist-info/licenses/LICENSE"),
    ]
    assert set(contents.info) == {
        "METADATA",
        "WHEEL",
        "RECORD",
        "INSTALLER",
        "REQUESTED",
        "direct_url.json",
    }


@pytest.mark.parametrize(
    ("filename", "info_folder"),
    [
        ("My_App-1.0-py3-none-any.whl", "my.app-1.0.dist-info"),
        ("app-1.0+cpu-py3-none-any.whl", "app-1.0+cpu.dist-info"),
        ("app-1.0%2Bcpu-py3-none-any.whl", "app-1.0+cpu.dist-info"),
        ("app-1.0.0-py3-none-any.whl", "app-1.0.dist-info"),
        ("app-1.0-2-py3-none-any.whl", "app-1.0.dist-info"),
    ],
)
def test_the_same_release_may_be_spelled_in_several_ways(filename, info_folder):
    builder = WheelBuilder("app", "1.0", filename=filename, info_folder=info_folder)
    assert sorted_entries(builder).info_folder == info_folder


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ({"info_folder": "app-1.0.info"}, "no dist-info folder"),
        ({"files": {"other-1.0.dist-info/METADATA": ""}}, "2 dist-info folders"),
        ({"files": {"app-1.0.DIST-INFO/METADATA": ""}}, "2 dist-info folders"),
        ({"info_folder": "other-1.0.dist-info"}, "`other-1.0.dist-info` is of another release"),
        ({"info_folder": "app-2.0.dist-info"}, "`app-2.0.dist-info` is of another release"),
        ({"info_folder": "app.dist-info"}, "of another release"),
        ({"leave_out": ["WHEEL"]}, "no `app-1.0.dist-info/WHEEL`"),
        ({"leave_out": ["METADATA"]}, "no `app-1.0.dist-info/METADATA`"),
        ({"leave_out": ["RECORD"]}, "no `app-1.0.dist-info/RECORD`"),
        ({"data": {"unknown/x": ""}}, "`app-1.0.data/unknown/x` is in none of the data folders"),
        ({"data": {"loose.txt": ""}}, "is in none of the data folders"),
        ({"files": {"other-1.0.data/scripts/x": ""}}, "`other-1.0.data` is of another release"),
        ({"data": {"purelib/other-2.dist-info/METADATA": ""}}, "pass for another distribution"),
        ({"data": {"platlib/app-1.0.dist-info/RECORD": ""}}, "pass for another distribution"),
        ({"data": {"data/pyvenv.cfg": "home = /"}}, "`app-1.0.data/data/pyvenv.cfg` would replace"),
        ({"data": {"data/bin/python3.11": ""}}, "would replace"),
        ({"data": {"data/Scripts/Python.EXE": ""}}, "would replace"),
        ({"data": {"data/bin/activate": ""}}, "would replace"),
        ({"data": {"scripts/python": ""}}, "would replace"),
        ({"data": {"scripts/Activate.ps1": ""}}, "would replace"),
        ({"data": {"scripts/pip3": ""}}, "would replace"),
        ({"files": {"m/x.py": "one"}, "data": {"purelib/m/x.py": "two"}}, "are for one place"),
        ({"files": {"m/X.py": "one"}, "data": {"platlib/m/x.py": "two"}}, "are for one place"),
    ],
)
def test_a_wheel_that_is_not_what_it_seems_is_refused(options, fragment):
    refused(WheelBuilder("app", "1.0", **options), fragment)


def test_pip_may_bring_its_own_commands():
    contents = sorted_entries(
        WheelBuilder("pip", "26.0", data={"scripts/pip": "", "scripts/pip3.11": ""})
    )
    assert [file.path for file in contents.files if file.scheme == "scripts"] == ["pip", "pip3.11"]


@pytest.mark.parametrize(
    "name",
    ["python", "Python.EXE", "python3", "python3.13t", "pythonw.exe", "pypy3", "activate", "activate.fish",
     "activate_this.py", "deactivate.bat", "pip", "pip3.12", "pip.exe", "python-script.py"],
)  # fmt: skip
def test_names_of_the_environment_itself_are_protected(name):
    assert is_protected_script(name, "app")


@pytest.mark.parametrize(
    "name",
    ["python-argcomplete-check-easy-install-script", "activate-global-python-argcomplete", "pip-compile", "pipx",
     "python-config", "pythonic", "ipython", "ipython3", "t", "d"],
)  # fmt: skip
def test_names_that_only_resemble_them_are_not(name):
    assert not is_protected_script(name, "app")


def wheel_facts(text: str):
    return parse_wheel_file(text.encode(), parse_wheel_name(NAME), NAME)


def test_what_wheel_says_is_read():
    assert wheel_facts("Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n") == (
        False,
        (),
    )
    assert wheel_facts("wheel-version: 1.0\nroot-is-purelib: True\nTag: py3-none-any\n") == (
        True,
        (),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Wheel-Version: 1.9\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\n",
    ],
)
def test_a_newer_minor_version_and_other_tags_are_only_told(text):
    assert len(wheel_facts(text).warnings) == 1


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("Wheel-Version: 2.0\nRoot-Is-Purelib: true\n", "Wheel-Version 2.0 is not supported"),
        ("Root-Is-Purelib: true\n", "Wheel-Version `` is not a version"),
        ("Wheel-Version: 1\nRoot-Is-Purelib: true\n", "is not a version"),
        ("Wheel-Version: 1.0\n", "Root-Is-Purelib is ``"),
        ("Wheel-Version: 1.0\nRoot-Is-Purelib: maybe\n", "Root-Is-Purelib is `maybe`"),
    ],
)
def test_a_wheel_file_of_another_kind_is_refused(text, fragment):
    with pytest.raises(IntegrityError) as caught:
        wheel_facts(text)
    assert fragment in caught.value.summary


def test_metadata_must_be_of_the_release_of_the_file_name():
    wheel = parse_wheel_name(NAME)
    check_release("App", "1.0", wheel, NAME)
    check_release("app", "1.0.0", wheel, NAME)
    for name, version in (("other", "1.0"), ("app", "1.1")):
        with pytest.raises(IntegrityError, match="METADATA names"):
            check_release(name, version, wheel, NAME)


def record_digests(builder: WheelBuilder):
    data = builder.bytes()
    entries = parse_directory(data, len(data), NAME)
    record = next(entry.data for entry in builder.entries() if str(entry.name).endswith("/RECORD"))
    return check_record(parse_record(record.decode(), NAME), entries, builder.info(), NAME)


def test_record_lists_every_file_but_itself_and_its_signatures():
    builder = WheelBuilder(
        "app", "1.0", {"a.py": "a"}, folders=["empty"],
        edit_entries=lambda entries: [*entries, Entry("app-1.0.dist-info/RECORD.jws", b"{}")],
        edit_record=lambda lines: [*lines, "empty/,,", "app-1.0.dist-info/RECORD.p7s,,"],
    )  # fmt: skip
    assert sorted(record_digests(builder)) == [
        "a.py",
        "app-1.0.dist-info/METADATA",
        "app-1.0.dist-info/WHEEL",
    ]


@pytest.mark.parametrize(
    ("edit", "fragment"),
    [
        (lambda lines: lines[1:], "`app.py`: RECORD does not list it"),
        (
            lambda lines: ["../../../../keep.txt,,", *lines],
            "`../../../../keep.txt`: RECORD lists it, but",
        ),
        (lambda lines: ["missing.py,sha256=AAAA,1", *lines], "`missing.py`: RECORD lists it, but"),
        (lambda lines: ["app.py,,", *lines[1:]], "`app.py`: RECORD states no hash"),
        (
            lambda lines: ["app.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,16", *lines[1:]],
            "md5, which is not safe",
        ),
        (lambda lines: [lines[0] + "1", *lines[1:]], "bytes, it has"),
        (lambda lines: ["app.py,sha256=AAAA,", *lines], "twice with different hashes"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(edit, fragment):
    with pytest.raises(IntegrityError) as caught:
        record_digests(WheelBuilder("app", "1.0", edit_record=edit))
    assert fragment in caught.value.summary
    assert NAME in caught.value.summary
