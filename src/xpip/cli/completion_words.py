"""Which words may stand at one place of a command line."""

from __future__ import annotations

from xpip.cli.arguments import command_module, command_names
from xpip.cli.options.shared import SHARED
from xpip.cli.pip_spellings import PIP_SPELLINGS
from xpip.errors import XpipError
from xpip.formats.option_table import OptionTable
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.formats.option_table import Option

_OF_INSTALLED = frozenset({"show", "uninstall", "tree", "why"})
"""Commands whose arguments are names of installed packages."""
_INSTALLED_OPTIONS = frozenset({"exclude", "package", "prune"})


class Completion(NamedTuple):
    """What a shell may offer."""

    words: tuple[str, ...]
    """Sorted; all begin with what is typed."""
    wants_installed: bool = False
    """The names of installed packages fit too."""


def complete(words: Sequence[str], number: int) -> Completion:
    """Return what fits at one place of a line.

    Args:
        words: The line, the program first.
        number: Which word is being typed, from 0 for the program.
    """
    # bash takes `--format=json` for three words.
    before = [word for word in words[1:number] if word != "="]
    typed = words[number] if number < len(words) and words[number] != "=" else ""
    if "--" in before:
        return Completion(())
    shared = OptionTable(SHARED, PIP_SPELLINGS)
    position = _command_position(before, shared)
    if position is None:
        return _at(before, typed, shared) or _fitting(command_names(), typed)
    try:
        module = command_module(before[position])
    except XpipError:
        return Completion(())
    following = before[position + 1 :]
    table = OptionTable((*module.GROUPS, *SHARED), PIP_SPELLINGS)
    found = _at(following, typed, table)
    if found is not None:
        return found
    actions: Sequence[str] = getattr(module, "ACTIONS", ())
    if before[position] == "help":
        actions = command_names()
    if actions and not _positionals(following, table):
        return _fitting(actions, typed)
    return Completion((), before[position] in _OF_INSTALLED)


def _at(words: Sequence[str], typed: str, table: OptionTable) -> Completion | None:
    """Return what fits where an option or its value is typed, None where an argument is."""
    option = _waiting(words, table)
    if option is not None:
        return _values(option, typed)
    if not typed.startswith("-"):
        return None
    name, equals, value = typed.partition("=")
    option = table.find(name) if equals else None
    if option is None:
        return _fitting(_spellings(table), typed)
    # One word for zsh, fish and PowerShell, which they replace as a whole.
    found = _values(option, value)
    return found._replace(words=tuple(f"{name}={word}" for word in found.words))


def _command_position(before: Sequence[str], shared: OptionTable) -> int | None:
    """Return where the command stands, None while it is still to come."""
    position = 0
    while position < len(before):
        if not before[position].startswith("-"):
            return position
        position += 2 if _takes_next(before[position], shared) else 1
    return None


def _positionals(words: Sequence[str], table: OptionTable) -> int:
    """Return how many words are no options and no values of options."""
    position = found = 0
    while position < len(words):
        if words[position].startswith("-"):
            position += 2 if _takes_next(words[position], table) else 1
        else:
            found += 1
            position += 1
    return found


def _takes_next(word: str, table: OptionTable) -> bool:
    option = table.find(word)
    return option is not None and option.takes_value


def _waiting(words: Sequence[str], table: OptionTable) -> Option | None:
    """Return the option whose value is to be typed next."""
    position = 0
    while position < len(words):
        option = table.find(words[position])
        if option is not None and option.takes_value:
            if position + 1 == len(words):
                return option
            position += 2
        else:
            position += 1
    return None


def _values(option: Option, typed: str) -> Completion:
    found = _fitting(option.choices, typed)
    return found._replace(wants_installed=option.destination in _INSTALLED_OPTIONS)


def _spellings(table: OptionTable) -> list[str]:
    """Return the long spellings of options that do something."""
    return [
        name
        for option in table.options
        if option.help
        for name in option.names
        if name.startswith("--") and table.find(name) is option
    ]


def _fitting(words: Sequence[str], typed: str) -> Completion:
    return Completion(tuple(sorted({word for word in words if word.startswith(typed)})))
