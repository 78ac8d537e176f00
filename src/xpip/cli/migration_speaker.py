"""xpip's command line as other people's command lines are compared with it."""

from __future__ import annotations

from xpip.cli.arguments import UnknownCommand, command_module, command_names
from xpip.cli.options.shared import SHARED
from xpip.cli.pip_spellings import PIP_SPELLINGS
from xpip.formats.option_table import BadOption, OptionTable
from xpip.model.records import TYPE_CHECKING
from xpip.operations.migration import OptionKnowledge, Problem, Reading

if TYPE_CHECKING:
    from xpip.formats.option_table import Option

_ALWAYS_SO = ("use_feature",)
"""Destinations that are only looked at to warn of what nobody knows."""


class CommandLines:
    """Reads command lines by the option tables of the commands."""

    def __init__(self) -> None:
        self._tables: dict[str, OptionTable] = {}

    def read(self, command: str, words: tuple[str, ...]) -> Reading:
        """Take a command line apart, past everything that is refused."""
        try:
            table = self._table(command)
        except UnknownCommand:
            return Reading(is_command=False)
        rest = list(words)
        problems: list[Problem] = []
        while True:
            try:
                found = table.read(rest)
            except BadOption as error:
                written = rest.pop(error.position).partition("=")[0]
                option = table.find(written)
                is_known = option is not None and bool(option.refusal)
                problems.append(Problem(error.summary, error.hints, is_known))
                continue
            return Reading(
                is_command=True,
                options=tuple((use.option.name, use.value) for use in found.given),
                needless=tuple(
                    dict.fromkeys(use.option.name for use in found.given if is_needless(use.option))
                ),
                problems=tuple(problems),
                positionals=tuple(text for _, text in found.positionals),
            )

    def option(self, name: str) -> OptionKnowledge:
        """Return what is known of an option of any command."""
        for command in ("install", *command_names()):
            option = self._table(command).find(f"--{name}")
            if option is not None:
                return OptionKnowledge(
                    is_known=True, is_needless=is_needless(option), refusal=option.refusal
                )
        return OptionKnowledge(is_known=False)

    def _table(self, command: str) -> OptionTable:
        if command not in self._tables:
            groups = command_module(command).GROUPS
            self._tables[command] = OptionTable((*groups, *SHARED), PIP_SPELLINGS)
        return self._tables[command]


def is_needless(option: Option) -> bool:
    """Say whether an option is accepted and has nothing to do."""
    return not option.refusal and (not option.destination or option.destination in _ALWAYS_SO)
