"""Which wheel tags an interpreter accepts, computed from facts about it.

The order is that of `packaging.tags.sys_tags` of packaging 26.3, which puts `linux_*` before the
manylinux tags. It is computed here and not by that library because the library asks the process it
runs in, and because importing it costs more than all of this.

Spec: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

from xpip.model.records import NamedTuple

_SHORT_NAMES = {"python": "py", "cpython": "cp", "pypy": "pp", "ironpython": "ip", "jython": "jy"}
_MANYLINUX_MACHINES = frozenset(
    ("x86_64", "aarch64", "ppc64", "ppc64le", "s390x", "loongarch64", "riscv64")
)
_LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
"""By minor version of glibc 2 (PEPs 599, 571, 513)."""
_NARROW = 32
"""Bits of a pointer."""
_GLIBC_2 = 2
_MACOS_10, _MACOS_11 = 10, 11
_LAST_GLIBC_2 = 50
"""Minor version assumed to be the last of glibc 2, should there be a glibc 3."""


class PythonFacts(NamedTuple):
    """What decides the first two parts of a tag."""

    implementation: str
    """As in `sys.implementation.name`."""
    version: tuple[int, int]
    version_nodot: str
    """Such as `311`."""
    debug: bool
    free_threaded: bool
    extension_suffix: str
    """Such as `.cpython-311-x86_64-linux-gnu.so`."""


class LinuxFacts(NamedTuple):
    """What decides the platform part on Linux."""

    platform: str
    """As `sysconfig.get_platform()` says."""
    bits: int
    glibc: tuple[int, int] | None
    musl: tuple[int, int] | None
    loads_i686: bool
    loads_armhf: bool
    manylinux: dict[str, bool]
    """Verdicts of a `_manylinux` module by glibc version; empty without one."""


def compatible_tags(python: PythonFacts, platforms: tuple[str, ...]) -> tuple[str, ...]:
    """Return all tags that the interpreter accepts, best first."""
    short_name = _SHORT_NAMES.get(python.implementation, python.implementation)
    major, minor = python.version
    if short_name == "cp":
        tags = _cpython_tags(python, platforms)
        pure_name = f"cp{python.version_nodot}"
    else:
        abis = [*_generic_abi(python), "none"]
        name = f"{short_name}{python.version_nodot}"
        tags = [f"{name}-{abi}-{platform}" for abi in abis for platform in platforms]
        pure_name = "pp3" if short_name == "pp" else ""
    names = [f"py{major}{minor}", f"py{major}"]
    names += [f"py{major}{older}" for older in range(minor - 1, -1, -1)]
    tags += [f"{name}-none-{platform}" for name in names for platform in platforms]
    if pure_name:
        tags.append(f"{pure_name}-none-any")
    tags += [f"{name}-none-any" for name in names]
    return tuple(tag.lower() for tag in tags)


def _cpython_tags(python: PythonFacts, platforms: tuple[str, ...]) -> list[str]:
    major, minor = python.version
    name = f"cp{major}{minor}"
    threaded = python.free_threaded and python.version >= (3, 13)
    abi = f"{name}t" if threaded else name
    # A debug build since 3.8 also loads extensions that were not built for debugging.
    abis = [f"{abi}d", abi] if python.debug else [abi]
    stable_abi = "abi3t" if threaded else "abi3"
    tags = [f"{name}-{abi}-{platform}" for abi in abis for platform in platforms]
    tags += [f"{name}-{stable_abi}-{platform}" for platform in platforms]
    tags += [f"{name}-none-{platform}" for platform in platforms]
    for older in range(minor - 1, 1, -1):
        tags += [f"cp{major}{older}-{stable_abi}-{platform}" for platform in platforms]
    return tags


def _generic_abi(python: PythonFacts) -> list[str]:
    name, separator, _ = python.extension_suffix[1:].partition(".")
    if not (name and separator):
        return []
    pieces = name.split("-")
    if pieces[0].startswith("pypy"):
        pieces = pieces[:2]
    elif pieces[0].startswith("graalpy"):
        pieces = pieces[:3]
    elif pieces[0] == "cpython":
        pieces = ["cp" + "".join(pieces[1:2])]
    return [_plain("-".join(pieces))]


def linux_platforms(facts: LinuxFacts) -> tuple[str, ...]:
    """Return the platform parts that a process on Linux accepts, best first."""
    platform = _plain(facts.platform)
    if not platform.startswith("linux_"):
        return (platform,)
    if facts.bits == _NARROW:
        # A 32-bit process on a 64-bit kernel is told the kernel's machine.
        platform = {"linux_x86_64": "linux_i686", "linux_aarch64": "linux_armv8l"}.get(
            platform, platform
        )
    machine = platform[len("linux_") :]
    machines = ["armv8l", "armv7l"] if machine == "armv8l" else [machine]
    platforms = [f"linux_{machine}" for machine in machines]
    if facts.glibc is not None and _is_manylinux(machines, facts):
        for machine in machines:
            platforms += _manylinux(machine, facts.glibc, facts.manylinux)
    if facts.musl is not None:
        major, minor = facts.musl
        for machine in machines:
            platforms += [f"musllinux_{major}_{older}_{machine}" for older in range(minor, -1, -1)]
    return tuple(platforms)


def _is_manylinux(machines: list[str], facts: LinuxFacts) -> bool:
    if "armv7l" in machines:
        return facts.loads_armhf
    if "i686" in machines:
        return facts.loads_i686
    return machines[0] in _MANYLINUX_MACHINES


def _manylinux(machine: str, glibc: tuple[int, int], policy: dict[str, bool]) -> list[str]:
    newest = [glibc]
    newest += [(major, _LAST_GLIBC_2) for major in range(glibc[0] - 1, 1, -1)]
    oldest_minor = 5 if machine in {"x86_64", "i686"} else 17
    platforms = []
    for major, minor in newest:
        for older in range(minor, (oldest_minor if major == _GLIBC_2 else 0) - 1, -1):
            if not policy.get(f"{major}.{older}", True):
                continue
            platforms.append(f"manylinux_{major}_{older}_{machine}")
            if major == _GLIBC_2 and older in _LEGACY_MANYLINUX:
                platforms.append(f"{_LEGACY_MANYLINUX[older]}_{machine}")
    return platforms


def macos_platforms(version: tuple[int, int], machine: str, bits: int) -> tuple[str, ...]:
    """Return the platform parts that a process on macOS accepts, best first.

    Args:
        machine: As `platform.mac_ver()` says: `arm64` or `x86_64`.
    """
    if bits == _NARROW:
        machine = "i386"
    platforms = []
    if version[0] == _MACOS_10:
        for minor in range(version[1], -1, -1):
            formats = _macos_formats((10, minor), machine)
            platforms += [f"macosx_10_{minor}_{form}" for form in formats]
    for major in range(version[0], 10, -1):
        formats = _macos_formats((major, 0), machine)
        platforms += [f"macosx_{major}_0_{form}" for form in formats]
    if version[0] >= _MACOS_11:
        for minor in range(16, 3, -1):
            formats = _macos_formats((10, minor), machine)
            if machine != "x86_64":
                # No earlier system ran on ARM, but the Intel half of such a file may be as old.
                formats = ["universal2"]
            platforms += [f"macosx_10_{minor}_{form}" for form in formats]
    return tuple(platforms)


def _macos_formats(version: tuple[int, int], machine: str) -> list[str]:
    if machine == "x86_64":
        if version < (10, 4):
            return []
        return [machine, "intel", "fat64", "fat3", "universal2", "universal"]
    if machine == "i386":
        return [machine, "intel", "fat3", "fat", "universal"] if version >= (10, 4) else []
    return [machine, "universal2"] if machine == "arm64" else [machine]


def other_platforms(platform: str) -> tuple[str, ...]:
    """Return the platform part on systems with one only."""
    return (_plain(platform),)


def _plain(text: str) -> str:
    return text.replace(".", "_").replace("-", "_").replace(" ", "_")
