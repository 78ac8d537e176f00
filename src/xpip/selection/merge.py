"""Which pages of several indexes may be used together (docs/selection.md)."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.link import IndexPage

FIRST_INDEX = "first-index"
UNSAFE_FIRST_MATCH = "unsafe-first-match"
UNSAFE_BEST_MATCH = "unsafe-best-match"
STRATEGIES = (FIRST_INDEX, UNSAFE_FIRST_MATCH, UNSAFE_BEST_MATCH)


def merge_pages(
    pages_by_index: Sequence[IndexPage | None],
    strategy: str,
    find_links: Sequence[IndexPage] = (),
) -> tuple[IndexPage, ...]:
    """Return the pages of one project that may be used, in order of preference.

    With `first-index` these are find-links and the first index that knows the project, even when
    it lists no usable file: so nobody can publish a name on a later index and be preferred.

    Args:
        pages_by_index: In the order of the indexes; None where an index does not know the project.
        find_links: What the user put beside all indexes; pages without files are left out.

    Raises:
        UsageError: There is no such strategy.
    """
    if strategy not in STRATEGIES:
        raise UsageError(
            f"`{strategy}` is not an index strategy", hints=(f"one of {', '.join(STRATEGIES)}",)
        )
    known = [page for page in pages_by_index if page is not None]
    if strategy == FIRST_INDEX:
        known = known[:1]
    return (*(page for page in find_links if page.files), *known)
