"""Tags agree with `packaging`, which asks the running process, for processes that are not here."""

import packaging.tags
import pytest

from xpip.environment.tags import (
    LinuxFacts,
    PythonFacts,
    compatible_tags,
    linux_platforms,
    macos_platforms,
)

PLATFORMS = ("linux_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def cpython(minor, *, debug=False, free_threaded=False):
    suffix = f".cpython-3{minor}-x86_64-linux-gnu.so"
    return PythonFacts("cpython", (3, minor), f"3{minor}", debug, free_threaded, suffix)


def linux(platform="linux-x86_64", bits=64, glibc=(2, 31), musl=None, **more):
    facts = {"loads_i686": False, "loads_armhf": False, "manylinux": {}, **more}
    return LinuxFacts(platform=platform, bits=bits, glibc=glibc, musl=musl, **facts)


def expected(version, abis, name):
    tags = list(packaging.tags.cpython_tags(version, abis, PLATFORMS))
    tags += packaging.tags.compatible_tags(version, name, PLATFORMS)
    return tuple(map(str, tags))


@pytest.mark.parametrize("minor", range(8, 15))
def test_cpython_accepts_its_own_abi_the_stable_one_and_pure_wheels(minor):
    tags = compatible_tags(cpython(minor), PLATFORMS)
    assert tags == expected((3, minor), [f"cp3{minor}"], f"cp3{minor}")


def test_a_debug_build_prefers_debug_wheels_and_accepts_others():
    tags = compatible_tags(cpython(12, debug=True), PLATFORMS)
    assert tags == expected((3, 12), ["cp312d", "cp312"], "cp312")


def test_a_free_threaded_build_accepts_no_abi3_wheels():
    tags = compatible_tags(cpython(13, free_threaded=True), PLATFORMS)
    assert tags[0] == "cp313-cp313t-linux_x86_64"
    assert not any("-abi3-" in tag for tag in tags)
    assert tags == expected((3, 13), ["cp313t"], "cp313")


def test_pypy_has_an_abi_of_its_own():
    facts = PythonFacts("pypy", (3, 10), "310", False, False, ".pypy310-pp73-x86_64-linux-gnu.so")
    tags = compatible_tags(facts, ("linux_x86_64",))
    assert tags[:2] == ("pp310-pypy310_pp73-linux_x86_64", "pp310-none-linux_x86_64")
    assert "pp3-none-any" in tags
    assert "py3-none-any" in tags


def test_manylinux_names_go_down_to_what_the_machine_first_had():
    platforms = linux_platforms(linux())
    assert platforms[:2] == ("linux_x86_64", "manylinux_2_31_x86_64")
    assert platforms[-2:] == ("manylinux_2_5_x86_64", "manylinux1_x86_64")
    arm = linux_platforms(linux("linux-aarch64"))
    assert arm[-2:] == ("manylinux_2_17_aarch64", "manylinux2014_aarch64")


def test_a_machine_without_manylinux_wheels_gets_the_plain_name():
    assert linux_platforms(linux("linux-sparc64")) == ("linux_sparc64",)


def test_a_32_bit_process_on_a_64_bit_kernel_takes_32_bit_wheels():
    platforms = linux_platforms(linux(bits=32, loads_i686=True))
    assert platforms[0] == "linux_i686"
    assert "manylinux1_i686" in platforms
    arm = linux_platforms(linux("linux-aarch64", 32, loads_armhf=True))
    assert arm[:2] == ("linux_armv8l", "linux_armv7l")
    assert "manylinux_2_17_armv7l" in arm
    soft_float = linux_platforms(linux("linux-armv7l", 32))
    assert soft_float == ("linux_armv7l",)


def test_musl_takes_musllinux_wheels_only():
    platforms = linux_platforms(linux(glibc=None, musl=(1, 2)))
    assert platforms == (
        "linux_x86_64",
        "musllinux_1_2_x86_64",
        "musllinux_1_1_x86_64",
        "musllinux_1_0_x86_64",
    )


def test_a_manylinux_module_can_forbid_a_version():
    platforms = linux_platforms(linux(manylinux={"2.17": False, "2.31": False}))
    assert "manylinux_2_17_x86_64" not in platforms
    assert "manylinux2014_x86_64" not in platforms
    assert platforms[1] == "manylinux_2_30_x86_64"


@pytest.mark.parametrize("version", [(10, 9), (10, 15), (11, 0), (14, 2)])
@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_macos_names_are_those_of_packaging(version, machine):
    assert macos_platforms(version, machine, 64) == tuple(
        packaging.tags.mac_platforms(version, machine)
    )
