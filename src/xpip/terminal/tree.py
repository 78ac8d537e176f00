"""Trees and chains of packages as lines of text."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.model.tree import CONFLICT, CYCLE, DUPLICATE, MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xpip.model.tree import Branch, Step

BOXES = "├└│─"
"""Letters of a drawn tree; where a terminal lacks them it is drawn with ASCII."""
_DRAWN = ("├── ", "└── ", "│   ", "    ")
_PLAIN = ("|-- ", "`-- ", "|   ", "    ")
_REMARKS = {
    CYCLE: " (cycle)",
    DUPLICATE: " (*)",
    MISSING: " (not installed)",
    CONFLICT: " (conflict)",
}
_LEGEND = "(*) what it needs is shown above"
_INVERTED_LEGEND = "(*) who needs it is shown above"


def tree_lines(
    branches: Sequence[Branch], *, inverted: bool = False, plain: bool = False
) -> list[str]:
    """Return the lines of trees, with a legend where one is needed.

    Args:
        inverted: The trees show who needs a package.
        plain: Draw with ASCII only.
    """
    lines: list[str] = []
    for branch in branches:
        lines.append(_text(branch, "", inverted))
        lines += _below(branch, "", _PLAIN if plain else _DRAWN, inverted)
    if any(_has_duplicate(branch) for branch in branches):
        lines.append(_INVERTED_LEGEND if inverted else _LEGEND)
    return lines


def chain_line(chain: Sequence[Step]) -> str:
    """Return a chain of needs: `app 1.0 -> library>=2 -> base`."""
    first, *rest = chain
    return " -> ".join((f"{first.name} {first.version}", *(s.name + s.required for s in rest)))


def _below(
    branch: Branch, indent: str, art: tuple[str, str, str, str], inverted: bool
) -> Iterator[str]:
    for position, one in enumerate(branch.branches, 1):
        is_last = position == len(branch.branches)
        yield indent + art[is_last] + _text(one, branch.name, inverted)
        yield from _below(one, indent + art[2 + is_last], art, inverted)


def _text(branch: Branch, above: str, inverted: bool) -> str:
    extras = f"[{','.join(branch.extras)}]" if branch.extras else ""
    if inverted and above:
        text = f"{branch.name} v{branch.version} [requires: {above}{extras}"
        text += f" {branch.required}]" if branch.required else "]"
    else:
        version = f" v{branch.version}" if branch.version else ""
        text = f"{branch.name}{extras}{version}"
        if above:
            text += f" [required: {branch.required or '*'}]"
    if branch.latest:
        text += f" (latest: v{branch.latest})"
    return text + _REMARKS.get(branch.mark, "")


def _has_duplicate(branch: Branch) -> bool:
    return branch.mark == DUPLICATE or any(map(_has_duplicate, branch.branches))
