"""Targets other than an interpreter of this machine: another Python, another platform.

The names of platforms and what they stand for are those of uv.
"""

from __future__ import annotations

from xpip.environment.tags import (
    LinuxFacts,
    PythonFacts,
    compatible_tags,
    linux_platforms,
    macos_platforms,
)
from xpip.errors import UsageError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

_BITS = 64
_GLIBC = (2, 28)
"""Of `linux`; all systems that are still supported have it."""
_MUSL = (1, 2)
_MACOS = (13, 0)
_MANYLINUX = ("2014", "2_17", "2_28", *(f"2_{minor}" for minor in range(31, 41)))
_ALIASES = {
    "linux": "x86_64-unknown-linux-gnu",
    "macos": "aarch64-apple-darwin",
    "windows": "x86_64-pc-windows-msvc",
}
WINDOWS_MACHINES = {
    "x86_64": ("win_amd64", "AMD64"),
    "aarch64": ("win_arm64", "ARM64"),
    "i686": ("win32", "x86"),
}
"""By the name in the triple: platform part of tags, and what `platform.machine()` says."""
_SYSTEMS = {
    "linux": ("linux", "Linux", "posix"),
    "macos": ("darwin", "Darwin", "posix"),
    "windows": ("win32", "Windows", "nt"),
}
"""sys_platform, platform_system, os_name."""


class _Platform(NamedTuple):
    """A platform as markers and tags see it."""

    system: str
    """A key of `_SYSTEMS`."""
    machine: str
    """As `platform.machine()` says there."""
    tags: tuple[str, ...]
    """Platform parts of accepted tags, best first."""


def platform_names() -> tuple[str, ...]:
    """Return what `--python-platform` takes."""
    machines = ("x86_64", "aarch64")
    return (
        *sorted(_ALIASES),
        *(f"{machine}-pc-windows-msvc" for machine in WINDOWS_MACHINES),
        *(f"{machine}-apple-darwin" for machine in machines),
        *(
            f"{machine}-unknown-linux-{library}"
            for machine in machines
            for library in ("gnu", "musl")
        ),
        "riscv64-unknown-linux",
        *(
            f"{machine}-manylinux{'_' if '_' in version else ''}{version}"
            for machine in machines
            for version in _MANYLINUX
        ),
    )


def target_for(base: Target, python_version: str, python_platform: str) -> Target:
    """Return a target like another one, but for a Python version, a platform, or both.

    Args:
        python_version: `3.X` means its first release, `3.X.0`, so that the answer is the same on
            every machine; empty: as in `base`.
        python_platform: One of `platform_names()`; empty: as in `base`.

    Raises:
        UsageError: The version or the platform is not known.
    """
    if not (python_version or python_platform):
        return base
    version = _full_version(python_version) if python_version else base.python_version
    markers = dict(base.markers)
    if python_version:
        markers["python_version"] = ".".join(version.split(".")[:2])
        markers["python_full_version"] = version
        if base.implementation == "cpython":
            markers["implementation_version"] = version
    if python_platform:
        platform = _platform(python_platform)
        platforms: Sequence[str] = platform.tags
        markers.update(platform_markers(platform.system, platform.machine))
    else:
        # Tags begin with those of the interpreter's own ABI for every platform, best first.
        parts = (tag.rpartition("-")[2] for tag in base.tags)
        platforms = [part for part in dict.fromkeys(parts) if part != "any"]
    major, minor = (int(part) for part in markers["python_version"].split("."))
    python = PythonFacts(
        implementation=base.implementation,
        version=(major, minor),
        version_nodot=f"{major}{minor}",
        debug=False,
        free_threaded=False,
        extension_suffix=_extension_suffix(base),
    )
    tags = compatible_tags(python, tuple(platforms))
    return Target(version, base.implementation, tuple(sorted(markers.items())), tags)


def platform_markers(system: str, machine: str) -> dict[str, str]:
    """Return what a platform decides of the marker environment.

    Args:
        system: `linux`, `macos` or `windows`.
        machine: As `platform.machine()` says there.
    """
    sys_platform, platform_system, os_name = _SYSTEMS[system]
    return {
        "sys_platform": sys_platform,
        "platform_system": platform_system,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
    }


def _extension_suffix(base: Target) -> str:
    """Return a suffix that stands for the ABI of an implementation other than CPython."""
    abi = base.tags[0].split("-")[1] if base.tags else ""
    return f".{abi.replace('_', '-')}.so"


def _full_version(written: str) -> str:
    """Return `3.X.Y`; `312` is read as `3.12`, as in pip.

    Raises:
        UsageError: It is no version of Python 3.
    """
    text = written
    if text.isdecimal() and text.isascii() and len(text) in (2, 3):
        text = f"{text[0]}.{text[1:]}"
    parts = text.split(".")
    if (
        len(parts) not in (2, 3)
        or parts[0] != "3"
        or not all(part.isascii() and part.isdecimal() and len(part) <= 3 for part in parts)  # noqa: PLR2004
    ):
        raise UsageError(
            f"`{written}` is not a version for `--python-version`",
            hints=("write it as `3.12` or `3.12.4`",),
        )
    numbers = [str(int(part)) for part in parts]
    return ".".join(numbers if len(numbers) == 3 else [*numbers, "0"])  # noqa: PLR2004


def _platform(written: str) -> _Platform:
    name = _ALIASES.get(written, written)
    if name not in platform_names():
        raise UsageError(
            f"`{written}` is not a platform for `--python-platform`",
            hints=(f"known are {', '.join(f'`{known}`' for known in platform_names())}",),
        )
    machine, _, rest = name.partition("-")
    if rest == "pc-windows-msvc":
        tag, machine = WINDOWS_MACHINES[machine]
        return _Platform("windows", machine, (tag,))
    if rest == "apple-darwin":
        machine = "arm64" if machine == "aarch64" else machine
        return _Platform("macos", machine, macos_platforms(_MACOS, machine, _BITS))
    glibc: tuple[int, int] | None = _GLIBC
    if rest.endswith("-musl"):
        glibc = None
    elif rest.startswith("manylinux_"):
        glibc = (2, int(rest.rpartition("_")[2]))
    elif rest == "manylinux2014":
        glibc = (2, 17)
    facts = LinuxFacts(
        platform=f"linux-{machine}",
        bits=_BITS,
        glibc=glibc,
        musl=_MUSL if glibc is None else None,
        loads_i686=False,
        loads_armhf=False,
        manylinux={},
    )
    return _Platform("linux", machine, linux_platforms(facts))
