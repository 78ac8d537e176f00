"""Targets in pip's words: `--platform`, `--python-version`, `--implementation`, `--abi`.

Other than in pip, markers are those of the platform that is installed for: a wheel for Windows
comes with what it needs on Windows.
"""

from __future__ import annotations

from xpip.environment.cross_target import WINDOWS_MACHINES, platform_markers, target_for
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

_IMPLEMENTATIONS = {
    "cp": ("cpython", "CPython"),
    "pp": ("pypy", "PyPy"),
    "ip": ("ironpython", "IronPython"),
    "jy": ("jython", "Jython"),
}
"""implementation_name, platform_python_implementation."""
_AGNOSTIC = "py"
_LEGACY_GLIBC = {"manylinux2014": 17, "manylinux2010": 12, "manylinux1": 5}
_MAXIMUM_PARTS = 3
"""Of a version in the name of a platform, so that nobody asks for a million of them."""


class TargetWish(NamedTuple):
    """What to install for instead of the Python of the environment; empty fields say nothing."""

    platforms: tuple[str, ...] = ()
    """Platform parts of wheel tags, best first; each stands for older ones of its kind too."""
    python_version: str = ""
    implementation: str = ""
    """`cp`, `pp`, `ip`, `jy`, or `py` for wheels that any of them can use."""
    abis: tuple[str, ...] = ()
    """Such as `cp311` or `pypy310_pp73`, best first."""
    python_platform: str = ""
    """A name of `cross_target.platform_names`."""


def wished_target(base: Target, wish: TargetWish) -> Target:
    """Return the target of a wish.

    Args:
        base: Decides what the wish leaves open.

    Raises:
        UsageError: The wish makes no sense.
    """
    if wish.platforms and wish.python_platform:
        raise UsageError("`--platform` and `--python-platform` do not go together")
    target = target_for(base, wish.python_version, wish.python_platform)
    if not (wish.platforms or wish.implementation or wish.abis):
        return target
    markers = dict(target.markers)
    if wish.platforms:
        markers.update(_markers(wish.platforms[0]))
    implementation = target.implementation
    if wish.implementation and wish.implementation != _AGNOSTIC:
        if wish.implementation not in _IMPLEMENTATIONS:
            known = ", ".join(f"`{name}`" for name in (*_IMPLEMENTATIONS, _AGNOSTIC))
            raise UsageError(
                f"`{wish.implementation}` is not a value of `--implementation`: {known}"
            )
        implementation, title = _IMPLEMENTATIONS[wish.implementation]
        if implementation != target.implementation:
            markers["implementation_version"] = target.python_version
        markers["implementation_name"] = implementation
        markers["platform_python_implementation"] = title
    platforms = _expanded(wish.platforms) or _platforms_of(target)
    is_agnostic = wish.implementation == _AGNOSTIC
    tags = _tags(
        "python" if is_agnostic else implementation, markers["python_version"], wish.abis, platforms
    )
    return Target(target.python_version, implementation, tuple(sorted(markers.items())), tags)


def _tags(
    implementation: str, python_version: str, abis: Sequence[str], platforms: tuple[str, ...]
) -> tuple[str, ...]:
    """Return accepted tags, best first; without ABIs those that CPython itself would have."""
    major, minor = (int(part) for part in python_version.split("."))
    nodot = f"{major}{minor}"
    threaded = f"cp{nodot}t" in abis
    python = PythonFacts(implementation, (major, minor), nodot, False, threaded, "")
    tags = compatible_tags(python, platforms)
    if abis:
        name = tags[0].partition("-")[0]
        own = f"cp{nodot}t" if threaded else f"cp{nodot}"
        chosen = [abi.lower() for abi in abis if abi not in ("abi3", "none")]
        best = [f"{name}-{abi}-{platform}" for abi in chosen for platform in platforms]
        tags = (*best, *(tag for tag in tags if tag.split("-")[1] != own))
    return tuple(dict.fromkeys(tags))


def _platforms_of(target: Target) -> tuple[str, ...]:
    parts = (tag.rpartition("-")[2] for tag in target.tags)
    return tuple(part for part in dict.fromkeys(parts) if part != "any")


def _expanded(platforms: Sequence[str]) -> tuple[str, ...]:
    """Return platforms with all that a system of their kind accepts too."""
    found: dict[str, None] = {}
    for written in platforms:
        found.update(dict.fromkeys(_older(_plain(written))))
    return tuple(found)


def _older(platform: str) -> tuple[str, ...]:
    kind, version, machine = _parts(platform)
    if kind == "macosx" and version is not None and machine:
        return macos_platforms(version, machine, 64)
    if kind not in ("manylinux", "musllinux") or version is None or not machine:
        return (platform,)
    facts = LinuxFacts(
        platform=f"linux-{machine}",
        bits=64,
        glibc=version if kind == "manylinux" else None,
        musl=version if kind == "musllinux" else None,
        loads_i686=True,
        loads_armhf=True,
        manylinux={},
    )
    return tuple(name for name in linux_platforms(facts) if not name.startswith("linux_"))


def _parts(platform: str) -> tuple[str, tuple[int, int] | None, str]:
    """Return kind, version and machine; None and empty for what has no such form."""
    kind, _, rest = platform.partition("_")
    if kind in _LEGACY_GLIBC:
        return "manylinux", (2, _LEGACY_GLIBC[kind]), rest
    if kind == "linux":
        return kind, None, rest
    pieces = rest.split("_", 2)
    numbers = [piece for piece in pieces[:2] if _is_short_number(piece)]
    if len(pieces) == 3 and len(numbers) == 2:  # noqa: PLR2004
        return kind, (int(numbers[0]), int(numbers[1])), pieces[2]
    return kind, None, ""


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MAXIMUM_PARTS


def _markers(written: str) -> dict[str, str]:
    """Return what a platform decides of the marker environment; empty for an unknown one."""
    platform = _plain(written)
    for machine, (tag, title) in WINDOWS_MACHINES.items():
        if platform == tag:
            return platform_markers("windows", title or machine)
    kind, _, machine = _parts(platform)
    if kind in ("linux", "manylinux", "musllinux") and machine:
        return platform_markers("linux", machine)
    if kind == "macosx" and machine:
        return platform_markers("macos", "x86_64" if machine == "intel" else machine)
    return {}


def _plain(text: str) -> str:
    return text.lower().replace("-", "_").replace(".", "_")
