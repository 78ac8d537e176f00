"""Whether "there is no solution" is still true, where index pages came from the store."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.network.on_demand import event_loop
from xpip.resolver.failure import Unsolvable

if TYPE_CHECKING:
    from xpip.errors import NoSolution
    from xpip.index.client import IndexClient


def named_in_proof(error: NoSolution) -> tuple[str, ...] | None:
    """Return the projects that a proof rests on, None where there is no proof."""
    if not isinstance(error, Unsolvable) or not error.explanation.is_proof:
        return None
    return tuple(report.project for report in error.explanation.projects)


async def proof_still_holds(error: NoSolution, known: IndexClient, asking: IndexClient) -> bool:
    """Say whether the indexes still say all that a proof rests on.

    A proof rests on the projects that it names. Whatever was published of others, it stays true.

    Args:
        known: What the proof was made from.
        asking: Asks the indexes again.

    Raises:
        IndexAccessError: An index gave no answer.
    """
    names = named_in_proof(error)
    if names is None:
        return False
    await event_loop()
    from xpip.network.loop.waiting import gather

    now = await gather(*map(asking.pages, names))
    before = await gather(*map(known.pages, names))
    return all(new.pages == old.pages for new, old in zip(now, before, strict=True))
