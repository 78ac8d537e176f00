"""Targets in pip's words."""

import pytest

from tests.unit.environment.test_cross_target import BASE
from xpip.environment.foreign_target import TargetWish, wished_target
from xpip.errors import UsageError


def platforms(*written, **fields):
    target = wished_target(BASE, TargetWish(written, **fields))
    parts = (tag.rpartition("-")[2] for tag in target.tags)
    return [part for part in dict.fromkeys(parts) if part != "any"]


def test_an_empty_wish_changes_nothing():
    assert wished_target(BASE, TargetWish()) is BASE


@pytest.mark.parametrize(
    ("written", "others"),
    [
        (
            "manylinux2014_aarch64",
            ["manylinux_2_17_aarch64", "manylinux2014_aarch64"],
        ),
        ("musllinux_1_1_x86_64", ["musllinux_1_1_x86_64", "musllinux_1_0_x86_64"]),
        ("linux_x86_64", ["linux_x86_64"]),
        ("Win-AMD64", ["win_amd64"]),
        ("ios_13_0_arm64_iphoneos", ["ios_13_0_arm64_iphoneos"]),
    ],
)
def test_a_platform_stands_for_older_ones_of_its_kind(written, others):
    assert platforms(written) == others


def test_manylinux_and_macos_reach_far_back():
    found = platforms("manylinux_2_28_x86_64")
    assert found[0] == "manylinux_2_28_x86_64"
    assert {"manylinux2014_x86_64", "manylinux1_x86_64"} <= set(found)
    assert "linux_x86_64" not in found
    mac = platforms("macosx_12_0_x86_64")
    assert mac[0] == "macosx_12_0_x86_64"
    assert "macosx_10_9_universal2" in mac


def test_several_platforms_keep_their_order():
    assert platforms("win32", "win_amd64") == ["win32", "win_amd64"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("win_amd64", ("win32", "Windows", "nt", "AMD64")),
        ("win32", ("win32", "Windows", "nt", "x86")),
        ("manylinux2014_aarch64", ("linux", "Linux", "posix", "aarch64")),
        ("musllinux_1_2_x86_64", ("linux", "Linux", "posix", "x86_64")),
        ("macosx_11_0_arm64", ("darwin", "Darwin", "posix", "arm64")),
        ("any", ("linux", "Linux", "posix", "x86_64")),
    ],
)
def test_markers_are_those_of_the_first_platform(written, expected):
    target = wished_target(BASE, TargetWish((written, "win_arm64")))
    markers = dict(target.markers)
    names = ("sys_platform", "platform_system", "os_name", "platform_machine")
    assert tuple(markers[name] for name in names) == expected


def test_an_abi_takes_the_place_of_the_own_one():
    target = wished_target(BASE, TargetWish(("win_amd64",), abis=("cp311d",)))
    assert target.tags[0] == "cp311-cp311d-win_amd64"
    assert "cp311-cp311-win_amd64" not in target.tags
    assert "cp311-abi3-win_amd64" in target.tags
    assert "py3-none-any" in target.tags


def test_the_abi_of_threads_without_lock_has_its_own_stable_abi():
    target = wished_target(BASE, TargetWish(("win_amd64",), "3.14", abis=("cp314t",)))
    assert target.tags[0] == "cp314-cp314t-win_amd64"
    assert "cp314-abi3-win_amd64" not in target.tags


def test_another_implementation_has_its_own_tags_and_markers():
    target = wished_target(BASE, TargetWish((), "3.10", "pp", ("pypy310_pp73",)))
    markers = dict(target.markers)
    assert target.implementation == markers["implementation_name"] == "pypy"
    assert markers["platform_python_implementation"] == "PyPy"
    assert target.tags[0].startswith("pp310-pypy310_pp73-")
    assert not any(tag.startswith("cp") for tag in target.tags)


def test_wheels_that_any_implementation_can_use():
    target = wished_target(BASE, TargetWish(("win_amd64",), implementation="py"))
    assert target.implementation == "cpython"
    assert {tag.split("-")[1] for tag in target.tags} == {"none"}
    assert target.tags[0] == "py311-none-win_amd64"


def test_a_platform_has_one_spelling_at_a_time():
    with pytest.raises(UsageError, match="do not go together"):
        wished_target(BASE, TargetWish(("win32",), python_platform="linux"))
