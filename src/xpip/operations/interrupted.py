"""Interrupted changes are dealt with before anybody says that nothing has to change.

A distribution may seem to be installed while some of its files are still aside.
"""

from __future__ import annotations

from xpip.environment.faults import EnvironmentChanged
from xpip.environment.installed import scan
from xpip.environment.pending import has_pending_change
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from xpip.environment.apply import ApplyOptions
    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment
    from xpip.model.reporter import Reporter


def ensure_settled(
    environment: Environment,
    installed: Collection[InstalledDistribution],
    options: ApplyOptions,
    reporter: Reporter,
) -> None:
    """Have an interrupted change undone, for somebody who found that nothing has to change.

    A change that is going on in another process is waited for.

    Raises:
        EnvironmentChanged: Other distributions are installed now; plan again.
        XpipError: It cannot be undone, or the other process takes too long.
    """
    if not has_pending_change(environment.layout):
        return
    from xpip.environment.recover import recover

    recover(environment, reporter, options.lock_timeout)
    if set(scan(environment)) != set(installed):
        raise EnvironmentChanged("another process changed the environment meanwhile")


def tell_pending(environment: Environment, reporter: Reporter) -> None:
    """Say that a change was interrupted, for somebody who must not change anything."""
    if has_pending_change(environment.layout):
        reporter.warning(
            f"a change of `{environment.layout.prefix}` is pending: `xpip repair` undoes it,"
            " unless another process is at it"
        )
