"""Copies that the user of a Python outside environments installed for herself.

They come before the Python's own packages on its path: what is installed there stays without
effect as long as an older copy is in front of it. As in pip the copy goes.
"""

from __future__ import annotations

from xpip.environment.installed import scan
from xpip.environment.user_scheme import user_environment
from xpip.model.records import TYPE_CHECKING
from xpip.operations.uninstall import plan_removal, uninstall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.environment.apply import ApplyOptions
    from xpip.model.environment import Environment
    from xpip.model.plan import Plan
    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store


def with_hidden(plan: Plan, environment: Environment) -> Plan:
    """Return a plan that replaces what a user's copy hides too, and not only the copy."""
    own = scan(environment._replace(read_also=(), read_first=""))
    names = {package.name for package in plan.install}
    removed = {*plan.remove, *(one for one in own if one.name in names)}
    return plan._replace(remove=tuple(sorted(removed)))


def remove_user_copies(
    plan: Plan,
    environment: Environment,
    variables: Mapping[str, str],
    store: Store,
    options: ApplyOptions,
    reporter: Reporter,
) -> None:
    """Remove the copies of what a plan has installed.

    Args:
        variables: All variables of xpip itself.

    Raises:
        XpipError: They cannot be removed; they are as they were.
    """
    names = {package.name for package in plan.install}
    copies = [
        one.name
        for one in scan(environment)
        if one.location == environment.read_first and one.name in names
    ]
    if not copies:
        return
    theirs = user_environment(environment, variables)
    removal = plan_removal(theirs, copies, reporter, options.lock_timeout)
    uninstall(removal.departures, removal, theirs, store, options, reporter)
    for departure in removal.departures:
        reporter.detail(
            f"removed {departure.name} {departure.version} from `{environment.read_first}`, where"
            " it was in front of what is installed now"
        )
