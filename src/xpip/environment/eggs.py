"""What eggs say in their own files: distributions from before wheels."""

from __future__ import annotations

from xpip.model.names import normalized_name


def parse_egg_requirements(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the requirements of a `requires.txt` with their extras as markers, and the extras.

    A section is `[extra]`, `[extra:marker]` or `[:marker]`.
    """
    lines: list[str] = []
    extras: list[str] = []
    marker = ""
    for written in text.splitlines():
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            extra, _, condition = line[1:-1].partition(":")
            extra = normalized_name(extra.strip())
            conditions = [f"({condition.strip()})"] if condition.strip() else []
            if extra:
                conditions.append(f'extra == "{extra}"')
                if extra not in extras:
                    extras.append(extra)
            marker = " and ".join(conditions)
            continue
        # A URL may hold a semicolon, so that a space has to stand before the marker.
        lines.append(f"{line} ; {marker}" if marker else line)
    return tuple(lines), tuple(extras)
