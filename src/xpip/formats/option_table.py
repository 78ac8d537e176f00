"""Options as a table, and the reader of their spellings on a command line or a line of a file.

The rules are those of optparse, which pip's users know: options and positional arguments in any
order, `--name=value`, unambiguous beginnings of long names, `-rfile`, `-qq`, `-Uq`, and `--` before
arguments that start with a hyphen.
"""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAG = "flag"
"""Sets its destination to `constant`, without a value."""
COUNT = "count"
"""Adds one to its destination."""
TEXT = "text"
"""Keeps the last value."""
PATH = "path"
"""Text in which a leading `~` is the home folder."""
INTEGER = "integer"
"""Keeps the last value, a whole number that is not negative."""
SECONDS = "seconds"
"""Keeps the last value, a number that is not negative."""
LIST = "list"
"""Appends its value."""
FIXED = "fixed"
"""Appends `marker`, without a value."""

_WITHOUT_VALUE = (FLAG, COUNT, FIXED)


class Option(NamedTuple):
    """One option with all its spellings."""

    names: tuple[str, ...]
    """With their hyphens; the first long one is the name in messages, variables and files."""
    destination: str
    """Under which name its value is kept; empty for options that change nothing."""
    kind: str = TEXT
    help: str = ""
    """One sentence for people; empty for options that are accepted and have nothing to do."""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    constant: bool = True
    """What a flag sets."""
    marker: str = ""
    """What stands before each value of a list, so that several options can share an order."""
    resets: str = ""
    """A flag that this option takes back."""
    may_be_empty: bool = False
    """An empty value means something."""
    own: bool = False
    """No option of `pip install`, and the same key means something else in pip's variables and
    files, so that these do not set it."""
    refusal: str = ""
    """What to do instead of using this option, which xpip knows and does not have."""

    @property
    def name(self) -> str:
        """The first long spelling, else the first."""
        for name in self.names:
            if name.startswith("--"):
                return name
        return self.names[0]

    @property
    def takes_value(self) -> bool:
        """Whether a value must follow."""
        return self.kind not in _WITHOUT_VALUE


class OptionGroup(NamedTuple):
    """Options that help shows under one title."""

    title: str
    options: tuple[Option, ...]


class Given(NamedTuple):
    """One use of an option."""

    option: Option
    value: str
    """Empty for options without a value."""
    position: int
    """Which argument it was, from 0."""


class ReadArguments(NamedTuple):
    """A command line taken apart."""

    given: tuple[Given, ...]
    """In the order written."""
    positionals: tuple[tuple[int, str], ...]
    """(which argument it was, text)."""
    rest: int
    """How many arguments were read: fewer than there are only with `stop_at_positional`."""


class BadOption(UsageError):
    """An argument that looks like an option is unknown, ambiguous, or lacks or has a value."""

    code = "option"

    def __init__(self, summary: str, position: int, hints: tuple[str, ...] = ()) -> None:
        super().__init__(summary, hints=hints)
        self.position = position
        """Which argument it is, from 0."""


class OptionTable:
    """The spellings that are known in one place."""

    def __init__(
        self, groups: Sequence[OptionGroup], preferred: frozenset[str] = frozenset()
    ) -> None:
        """Take options.

        Args:
            preferred: Long spellings that a beginning means where it fits others too.
        """
        self._preferred = preferred
        self.groups = tuple(groups)
        self.options = tuple(option for group in groups for option in group.options)
        self._by_name: dict[str, Option] = {}
        for option in self.options:
            for name in option.names:
                # A spelling of a command outranks that of what all commands share.
                self._by_name.setdefault(name, option)

    def find(self, name: str) -> Option | None:
        """Return the option with exactly this spelling."""
        return self._by_name.get(name)

    def read(self, arguments: Sequence[str], *, stop_at_positional: bool = False) -> ReadArguments:
        """Take arguments apart.

        Raises:
            BadOption: The first argument that cannot be understood.
        """
        given: list[Given] = []
        positionals: list[tuple[int, str]] = []
        position = 0
        while position < len(arguments):
            argument = arguments[position]
            if argument[:1] != "-" or argument == "-":
                if stop_at_positional:
                    break
                positionals.append((position, argument))
                position += 1
            elif argument == "--":
                positionals.extend(enumerate(arguments[position + 1 :], position + 1))
                position = len(arguments)
            elif argument[1] == "-":
                position = self._read_long(arguments, position, given)
            else:
                position = self._read_short(arguments, position, given)
        return ReadArguments(tuple(given), tuple(positionals), position)

    def _read_long(self, arguments: Sequence[str], position: int, given: list[Given]) -> int:
        written, equals, value = arguments[position].partition("=")
        option = self._by_name.get(written) or self._by_beginning(written, position)
        if option.refusal:
            raise BadOption(f"xpip has no `{written}`", position, (option.refusal,))
        if not option.takes_value:
            if equals:
                raise BadOption(f"`{option.name}` takes no value", position)
            given.append(Given(option, "", position))
            return position + 1
        if equals:
            given.append(Given(option, value, position))
            return position + 1
        return self._read_value(arguments, position, option, written, given)

    def _read_short(self, arguments: Sequence[str], position: int, given: list[Given]) -> int:
        argument = arguments[position]
        for offset in range(1, len(argument)):
            name = f"-{argument[offset]}"
            option = self._by_name.get(name)
            if option is None:
                raise self._unknown(argument if offset == 1 else name, position)
            if option.refusal:
                raise BadOption(f"xpip has no `{name}` here", position, (option.refusal,))
            if not option.takes_value:
                given.append(Given(option, "", position))
            elif offset + 1 < len(argument):
                given.append(Given(option, argument[offset + 1 :], position))
                return position + 1
            else:
                return self._read_value(arguments, position, option, name, given)
        return position + 1

    @staticmethod
    def _read_value(
        arguments: Sequence[str], position: int, option: Option, written: str, given: list[Given]
    ) -> int:
        # A value may start with a hyphen, as in optparse.
        if position + 1 >= len(arguments):
            raise BadOption(f"`{written}` needs a value ({option.metavar or 'VALUE'})", position)
        given.append(Given(option, arguments[position + 1], position))
        return position + 2

    def _by_beginning(self, written: str, position: int) -> Option:
        matches = [
            name
            for name, option in self._by_name.items()
            if name.startswith(written) and not option.refusal
        ]
        options = {self._by_name[name] for name in matches}
        if len(options) > 1:
            known = [name for name in matches if name in self._preferred]
            options = {self._by_name[name] for name in known} or options
        if len(options) == 1:
            return options.pop()
        if matches:
            names = ", ".join(f"`{name}`" for name in sorted(matches))
            raise BadOption(f"`{written}` is ambiguous: it begins {names}", position)
        raise self._unknown(written, position)

    def _unknown(self, written: str, position: int) -> BadOption:
        near = closest(written, [name for name in self._by_name if name.startswith("--")])
        hints = (f"`{near}` is the closest known option",) if near else ()
        return BadOption(f"unknown option `{written}`", position, hints)


def closest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that was probably meant, None when nothing is near."""
    best, best_distance = None, max(2, len(word) // 3) + 1
    for candidate in known:
        if abs(len(candidate) - len(word)) >= best_distance:
            continue
        distance = _distance(word, candidate)
        if distance < best_distance:
            best, best_distance = candidate, distance
    return best


def _distance(first: str, second: str) -> int:
    """Return how many letters must be inserted, removed or replaced (Levenshtein)."""
    row = list(range(len(second) + 1))
    for line, letter in enumerate(first, 1):
        diagonal, row[0] = row[0], line
        for column, other in enumerate(second, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (letter != other)),
            )
    return row[-1]
