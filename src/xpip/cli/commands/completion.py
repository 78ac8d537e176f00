"""Write what a shell needs to complete xpip's words."""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.cli.options.completion import CompletionOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: CompletionOptions, settings: Settings, console: Console) -> int:
    """Write a script for a shell, or the words that a script asks for."""
    if options.shell:
        from xpip.cli.completion_scripts import completion_script

        console.out(completion_script(options.shell))
        return 0
    from xpip.cli.completion_words import complete

    found = complete(options.words, options.word)
    words = found.words
    if found.wants_installed:
        typed = options.words[options.word] if options.word < len(options.words) else ""
        words += _installed(typed, settings)
    if words:
        console.out("\n".join(words))
    return 0


def _installed(typed: str, settings: Settings) -> tuple[str, ...]:
    """Return the names of installed packages that begin with a text; none without environment."""
    from xpip.cli.assembly import find
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.installed import scan
    from xpip.model.names import normalized_name
    from xpip.store.layout import Store

    store = Store(settings.store.root) if settings.store.root else None
    try:
        environment = find(EnvironmentRequest(), settings, store).environment
        names = {distribution.name for distribution in scan(environment)}
    except XpipError:
        # A line is being typed: whoever sends it off will be told.
        return ()
    return tuple(sorted(name for name in names if name.startswith(normalized_name(typed))))
