"""How a command reaches indexes, and whom it asks for a password."""

from __future__ import annotations

import sys

from xpip.model.records import TYPE_CHECKING
from xpip.operations.resolve import Access

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpip.cli.settings import Settings
    from xpip.model.reporter import Reporter
    from xpip.network.auth import LoginSource
    from xpip.operations.credentials import Logins
    from xpip.terminal.console import Console


def access_for(settings: Settings, console: Console) -> Access:
    """Return the way to indexes that the settings describe.

    What finds passwords is loaded with the first connection, and is the same for all connections
    of the command: nobody is asked twice.
    """
    found: list[Logins] = []

    def find_logins(reporter: Reporter) -> LoginSource:
        if not found:
            found.append(_make_logins(settings, console, reporter))
        return found[0]

    ask: Callable[[str, str], str] | None = None
    if _can_answer(settings):

        def ask(question: str, letters: str) -> str:
            from xpip.terminal.prompt import ask_for_letter

            return ask_for_letter(console, question, letters)

    return Access(
        settings.index_options,
        settings.network,
        settings.now,
        find_logins=find_logins,
        ask=ask,
    )


def _can_answer(settings: Settings) -> bool:
    stdin = sys.stdin
    return settings.network.interactive and stdin is not None and stdin.isatty()


def _make_logins(settings: Settings, console: Console, reporter: Reporter) -> Logins:
    from xpip.operations.credentials import Logins
    from xpip.terminal.prompt import LoginPrompt

    person = LoginPrompt(console) if _can_answer(settings) else None
    indexes = settings.index_options.indexes
    return Logins(settings.network, indexes, settings.environ, person, reporter)
