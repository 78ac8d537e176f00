"""What commands say when they are done, in pip's words where pip has some."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_THOUSAND = 1000


def installed_line(installed: Iterable[tuple[str, str]]) -> str:
    """Return pip's closing line of an installation.

    Args:
        installed: (name as METADATA spells it, version).
    """
    return f"Successfully installed {_pairs(installed)}"


def would_install_line(planned: Iterable[tuple[str, str]]) -> str:
    """Return pip's closing line of a dry run."""
    return f"Would install {_pairs(planned)}"


def satisfied_line(requirement: str, location: str, version: str, source: str = "") -> str:
    """Return pip's line for a requirement that the environment satisfies.

    Args:
        requirement: As it was written, without its marker.
        location: The library folder.
        source: Who asked, as `asked_by` says it; empty for the command line.
    """
    asked = f" (from {source})" if source else ""
    return f"Requirement already satisfied: {requirement} in {location}{asked} ({version})"


def asked_by_file(path: str, line: int, constraint: bool = False) -> str:
    """Return pip's words for a line of a requirements or constraints file."""
    return f"{'-c' if constraint else '-r'} {path} (line {line})"


def removal_lines(name: str, version: str) -> tuple[str, str, str]:
    """Return what pip says around the removal of a distribution: before, heading, after."""
    return (
        f"Found existing installation: {name} {version}",
        f"Uninstalling {name}-{version}:",
        f"  Successfully uninstalled {name}-{version}",
    )


def would_remove_lines(paths: Sequence[str]) -> list[str]:
    """Return pip's list of what a removal would take away."""
    return ["  Would remove:", *(f"    {path}" for path in paths)]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of pip's table: columns as wide as their widest cell, a rule below."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [_padded(header, widths), " ".join("-" * width for width in widths)]
    lines += [_padded(row, widths) for row in rows]
    return lines


def count_line(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 file` or `3 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_size(size: float) -> str:
    """Return bytes for people with decimal units, as pip writes them: `512 bytes`, `1.2 MB`."""
    if size < _THOUSAND:
        return f"{size:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        size /= _THOUSAND
        if size < _THOUSAND or unit == "GB":
            break
    return f"{size:.1f} {unit}"


def compiled_line(output: str, number: int, changes: Sequence[tuple[str, int]]) -> str:
    """Return what became of a file of pins.

    Args:
        number: How many pins it has.
        changes: (what happened, to how many), such as `("added", 2)`.
    """
    happened = ", ".join(f"{count} {what}" for what, count in changes if count)
    return f"{output}: {count_line(number, 'pin')}" + (f" ({happened})" if happened else "")


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    ordered = sorted(pairs, key=lambda pair: pair[0].lower())
    return " ".join(f"{name}-{version}" for name, version in ordered)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return " ".join(padded).rstrip()
