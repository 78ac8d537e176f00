"""Which releases indexes offer of some projects, for `list --outdated`, `tree` and `index`.

Importing this module brings the network.
"""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.index.client import IndexClient
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.versions_text import parse_version
from xpip.network.loop.waiting import gather
from xpip.operations.connected import run_connected
from xpip.operations.problem import selection_policy
from xpip.selection.rules import judge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.model.candidate import Candidate
    from xpip.model.options import SelectionPolicy
    from xpip.model.reporter import Reporter
    from xpip.model.target import Target
    from xpip.model.version import Version
    from xpip.network.client import Client
    from xpip.operations.resolve import Access
    from xpip.store.layout import Store


class Offer(NamedTuple):
    """A release that indexes offer."""

    version: str
    """Normalised (PEP 440)."""
    kind: str
    """`wheel` or `sdist`: what would be installed."""


def offered(
    project: str,
    target: Target,
    policy: SelectionPolicy,
    store: Store,
    access: Access,
    reporter: Reporter,
) -> tuple[Offer, ...]:
    """Return the releases of a project that a target could install, newest first.

    Yanked ones are left out, and pre-releases where nobody asked for them.

    Args:
        project: Normalised.

    Raises:
        XpipError: An index gave no answer.
    """

    async def work(network: Client | None) -> tuple[Offer, ...]:
        client = IndexClient(access.locations, network, store, access.now, reporter)
        return await _offers(project, target, policy, client)

    return run_connected(work, access, reporter)


def newest(
    projects: Iterable[str],
    target: Target,
    policy: SelectionPolicy,
    store: Store,
    access: Access,
    reporter: Reporter,
) -> dict[str, Offer]:
    """Return normalised name -> newest release; projects that no index offers are left out.

    All are asked about at the same time. A project about which an index gives no answer is told
    and left out.

    Args:
        projects: Normalised.

    Raises:
        XpipError: Not one question got an answer.
    """
    names = tuple(dict.fromkeys(projects))

    async def work(network: Client | None) -> list[tuple[Offer, ...] | BaseException]:
        client = IndexClient(access.locations, network, store, access.now, reporter)
        return await gather(
            *(_offers(name, target, policy, client) for name in names), return_exceptions=True
        )

    answers = dict(zip(names, run_connected(work, access, reporter), strict=True))
    found: dict[str, Offer] = {}
    failures: dict[str, XpipError] = {}
    for name, answer in answers.items():
        if isinstance(answer, XpipError):
            failures[name] = answer
        elif isinstance(answer, BaseException):
            raise answer
        elif answer:
            found[name] = answer[0]
    if failures and len(failures) == len(answers):
        raise next(iter(failures.values()))
    for name, failure in failures.items():
        reporter.warning(f"`{name}` is left out: {failure.summary}")
    return found


def is_newer(offer: Offer, installed: str) -> bool:
    """Say whether an offer is newer than an installed version; nothing is than a strange one."""
    one, other = parse_version(offer.version), parse_version(installed)
    return one is not None and other is not None and one > other


def is_same(offer: Offer, installed: str) -> bool:
    """Say whether an offer is the installed version."""
    one, other = parse_version(offer.version), parse_version(installed)
    return one is not None and one == other


async def _offers(
    project: str, target: Target, policy: SelectionPolicy, client: IndexClient
) -> tuple[Offer, ...]:
    pages = await client.pages(project)
    if not pages.pages:
        return ()
    # Source archives count: what is asked is whether something newer exists.
    rules = selection_policy(policy, ())._replace(require_hashes=False, sdists=True)
    judged = judge(pages.pages, target, rules, in_turn=pages.in_turn)
    wants_prereleases = _wants_prereleases(project, policy)
    usable = [
        candidate
        for candidate in judged.candidates
        if not candidate.yanked and (wants_prereleases or not candidate.version.is_prerelease)
    ]
    first = min((candidate.group for candidate in usable), default=0)
    usable = [candidate for candidate in usable if candidate.group == first]
    usable.sort(key=_version_of, reverse=True)
    return tuple(Offer(str(one.version), _kind(one)) for one in usable)


def _wants_prereleases(project: str, policy: SelectionPolicy) -> bool:
    own = dict(policy.prerelease_packages).get(project)
    return policy.pre if own is None else own == "allow"


def _version_of(candidate: Candidate) -> Version:
    return candidate.version


def _kind(candidate: Candidate) -> str:
    return "wheel" if candidate.file.filename.lower().endswith(".whl") else "sdist"
