"""Why versions that exist may not be chosen, in words."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.model.candidate import RejectedFile, Rejection

_ORDER = (
    "requires-python",
    "yanked",
    "uploaded-after",
    "pre-release",
    "hash",
    "metadata",
    "no-binary",
    "tags",
    "no-wheel",
    "format",
    "name",
    "other-project",
)
"""Which reason speaks for a version when its files were rejected for several, first to last."""

_SHOWN_TAGS = 2


def clause(rejection: Rejection) -> str:
    """Return the words that follow `VERSION:`."""
    detail = rejection.detail
    words = {
        "requires-python": f"requires Python {detail}",
        "yanked": f"yanked: {detail}" if detail else "yanked",
        "tags": f"its wheels are for other Pythons or platforms ({detail})",
        "no-wheel": f"only an sdist, and {_nothing_built(detail)}",
        "no-binary": "only wheels, and `--no-binary` forbids them",
        "hash": f"its hash is not allowed ({detail})",
        "other-project": "the file belongs to another project",
        "name": "the file name cannot be read",
        "format": "the file is neither a wheel nor an sdist",
        "metadata": f"unusable metadata ({detail})" if detail else "unusable metadata",
        "pre-release": "a pre-release, and these are not allowed",
        "uploaded-after": f"uploaded at {detail}, after the cut-off" if detail else "too new",
    }
    return words.get(rejection.kind) or f"{rejection.kind} {detail}".rstrip()


def _nothing_built(option: str) -> str:
    return f"`{option}` forbids to build it" if option else "nothing may be built here"


def reasons_by_version(rejected: Iterable[RejectedFile]) -> dict[str, str]:
    """Return for each version, as file names spell it, the reason that says most.

    Files whose name does not tell a version are left out.
    """
    found: dict[str, list[Rejection]] = {}
    for item in rejected:
        if item.version:
            found.setdefault(item.version, []).append(item.rejection)
    return {version: clause(_main_reason(reasons)) for version, reasons in found.items()}


def _main_reason(reasons: list[Rejection]) -> Rejection:
    best = min(reasons, key=_rank)
    if best.kind != "tags":
        return best
    tags = list(dict.fromkeys(reason.detail for reason in reasons if reason.kind == "tags"))
    more = f" and {len(tags) - _SHOWN_TAGS} more" if len(tags) > _SHOWN_TAGS else ""
    return best._replace(detail=", ".join(tags[:_SHOWN_TAGS]) + more)


def _rank(rejection: Rejection) -> int:
    kind = rejection.kind
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
