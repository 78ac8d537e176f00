"""Targets for another Python and another platform."""

import pytest

from xpip.environment.cross_target import platform_names, target_for
from xpip.environment.tags import LinuxFacts, PythonFacts, compatible_tags, linux_platforms
from xpip.errors import UsageError
from xpip.model.target import Target

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "#1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}
PLATFORMS = linux_platforms(LinuxFacts("linux-x86_64", 64, (2, 36), None, False, False, {}))
BASE = Target(
    "3.11.7",
    "cpython",
    tuple(sorted(MARKERS.items())),
    compatible_tags(PythonFacts("cpython", (3, 11), "311", False, False, ".so"), PLATFORMS),
)


def test_without_wishes_the_target_is_the_same():
    assert target_for(BASE, "", "") is BASE


def test_the_same_version_accepts_the_same_tags():
    assert target_for(BASE, "3.11.7", "") == BASE


def test_another_version_has_its_own_markers_and_tags_on_the_same_platform():
    found = target_for(BASE, "3.12", "")
    markers = dict(found.markers)
    assert found.python_version == markers["python_full_version"] == "3.12.0"
    assert markers["implementation_version"] == "3.12.0"
    assert markers["python_version"] == "3.12"
    assert markers["platform_release"] == "6.1"
    assert found.tags[0] == "cp312-cp312-linux_x86_64"
    assert "cp312-cp312-manylinux_2_36_x86_64" in found.tags
    assert not any("cp311-cp311" in tag for tag in found.tags)


@pytest.mark.parametrize(
    ("written", "full"), [("3.9.18", "3.9.18"), ("310", "3.10.0"), ("38", "3.8.0")]
)
def test_versions_may_be_short(written, full):
    assert target_for(BASE, written, "").python_version == full


@pytest.mark.parametrize("written", ["3", "2.7", "4.0", "3.x", "3.12rc1", "3.12.1.1", ">=3.9"])
def test_other_versions_are_refused(written):
    with pytest.raises(UsageError):
        target_for(BASE, written, "")


@pytest.mark.parametrize(
    ("name", "markers", "accepted", "refused"),
    [
        ("windows", ("win32", "Windows", "nt", "AMD64"), "win_amd64", "manylinux_2_17_x86_64"),
        ("i686-pc-windows-msvc", ("win32", "Windows", "nt", "x86"), "win32", "win_amd64"),
        ("aarch64-pc-windows-msvc", ("win32", "Windows", "nt", "ARM64"), "win_arm64", "win_amd64"),
        ("macos", ("darwin", "Darwin", "posix", "arm64"), "macosx_11_0_arm64", "macosx_14_0_arm64"),
        (
            "x86_64-apple-darwin",
            ("darwin", "Darwin", "posix", "x86_64"),
            "macosx_10_9_x86_64",
            "macosx_11_0_arm64",
        ),
        (
            "linux",
            ("linux", "Linux", "posix", "x86_64"),
            "manylinux_2_28_x86_64",
            "manylinux_2_29_x86_64",
        ),
        (
            "x86_64-manylinux2014",
            ("linux", "Linux", "posix", "x86_64"),
            "manylinux2014_x86_64",
            "manylinux_2_28_x86_64",
        ),
        (
            "aarch64-manylinux_2_40",
            ("linux", "Linux", "posix", "aarch64"),
            "manylinux_2_40_aarch64",
            "manylinux_2_40_x86_64",
        ),
        (
            "aarch64-unknown-linux-musl",
            ("linux", "Linux", "posix", "aarch64"),
            "musllinux_1_2_aarch64",
            "manylinux_2_17_aarch64",
        ),
        (
            "riscv64-unknown-linux",
            ("linux", "Linux", "posix", "riscv64"),
            "manylinux_2_28_riscv64",
            "musllinux_1_2_riscv64",
        ),
    ],
)
def test_platforms_have_their_markers_and_tags(name, markers, accepted, refused):
    found = target_for(BASE, "", name)
    known = dict(found.markers)
    shown = tuple(
        known[key] for key in ("sys_platform", "platform_system", "os_name", "platform_machine")
    )
    assert shown == markers
    assert known["python_full_version"] == "3.11.7"
    assert f"cp311-cp311-{accepted}" in found.tags
    assert not any(tag.endswith(refused) for tag in found.tags)
    assert "py3-none-any" in found.tags


def test_every_name_works():
    for name in platform_names():
        assert target_for(BASE, "3.12", name).tags


def test_an_unknown_platform_lists_the_known_ones():
    with pytest.raises(UsageError) as caught:
        target_for(BASE, "", "x86_64-unknown-linux")
    assert "`windows`" in caught.value.hints[0]
