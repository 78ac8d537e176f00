"""Values of options while they are collected from files, variables and the command line."""

from __future__ import annotations

import os

from xpip.errors import UsageError
from xpip.formats.option_table import COUNT, FIXED, FLAG, INTEGER, LIST, PATH, SECONDS, Option
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from xpip.cli.project_settings import Setting
    from xpip.formats.option_table import Given

_YES = ("y", "yes", "t", "true", "on", "1")
_NO = ("n", "no", "f", "false", "off", "0")
_MAXIMUM_DIGITS = 9
_PLACES = frozenset((
    "build_constraint", "cache_dir", "cert", "client_cert", "constraint", "destination", "editable",
    "extra_index_url", "find_links", "index_url", "log", "output_file", "override", "prefix",
    "report", "requirement", "root", "script", "src", "store_layer", "target",
))  # fmt: skip
"""Destinations of options whose values are paths where they are no URLs."""
_NAMES_OR_PLACES = ("exclude_project", "python")


class OptionValues:
    """What is known so far; a later value replaces or extends an earlier one."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._flags: dict[str, bool] = {}
        self._counts: dict[str, int] = {}
        self._texts: dict[str, tuple[str, str]] = {}
        self._lists: dict[str, list[tuple[str, str]]] = {}

    def flag(self, name: str) -> bool:
        """Return a flag, False when nobody set it."""
        return self._flags.get(name, False)

    def choice(self, name: str) -> bool | None:
        """Return a flag that has an opposite, None when nobody set either."""
        return self._flags.get(name)

    def number(self, name: str) -> int:
        """Return how often an option was given."""
        return self._counts.get(name, 0)

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        return self._texts[name][0] if name in self._texts else default

    def text_source(self, name: str) -> str:
        """Return where a text is from, as messages name it; empty when nobody set it."""
        return self._texts[name][1] if name in self._texts else ""

    def seconds(self, name: str, default: float) -> float:
        """Return a number of seconds."""
        return float(self._texts[name][0]) if name in self._texts else default

    def integer(self, name: str, default: int) -> int:
        """Return a whole number."""
        return int(self._texts[name][0]) if name in self._texts else default

    def list(self, name: str) -> tuple[str, ...]:
        """Return all values of an option that may be repeated, in order."""
        return tuple(value for value, _ in self._lists.get(name, ()))

    def sourced(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return all values with where each is from, as messages name it."""
        return tuple(self._lists.get(name, ()))

    def add_given(self, given: Given) -> None:
        """Take an option of the command line: it extends lists and counts of variables and files.

        Raises:
            UsageError: The value is not one of those allowed.
        """
        option = given.option
        if option.kind == FLAG:
            self._set_flag(option, option.constant)
        elif option.kind == COUNT:
            self._counts[option.destination] = self._counts.get(option.destination, 0) + 1
        elif option.kind == FIXED:
            self._append(option, "", f"`{option.name}`")
        elif option.kind == LIST:
            self._check(option, given.value, f"`{option.name}`")
            self._append(option, given.value, f"`{option.name}`")
        else:
            self._set_text(option, given.value, f"`{option.name}`")

    def add_setting(self, option: Option, setting: Setting, *, literal: bool) -> None:
        """Take a value of a variable or file, which replaces one of a weaker source.

        Args:
            literal: pip's rule, where the value of `no-compile` is that of `compile`; otherwise a
                true value of a flag means that the option holds.

        Raises:
            UsageError: The value is not one of those allowed.
        """
        value, source = setting.value, setting.source
        if option.refusal:
            raise UsageError(f"{source} is not supported", hints=(option.refusal,))
        if option.kind == FLAG:
            holds = _boolean(value, source)
            if literal and not option.constant:
                self._set_flag(option, holds)
            elif literal and option.destination == "no_cache":
                # pip switches its cache off for any boolean, even `false`.
                self._set_flag(option, True)
            else:
                self._set_flag(option, option.constant if holds else not option.constant)
        elif option.kind == COUNT:
            self._counts[option.destination] = _count(value, source)
        elif option.kind == FIXED:
            if _boolean(value, source):
                self._append(option, "", source)
        elif option.kind == LIST:
            if not option.marker:
                # Those with a marker share an order with another option and so add up, as in pip.
                self._lists[option.destination] = []
            for part in value.split() if setting.parts is None else setting.parts:
                self._check(option, part, source)
                self._append(option, self._placed(option, part, setting.folder), source)
        else:
            text = self._placed(option, value.strip(), setting.folder)
            # In pip `no-cache-dir` is stronger than any `cache-dir` that is configured.
            self._set_text(option, text, source, resets=not literal)

    @staticmethod
    def _placed(option: Option, value: str, folder: str) -> str:
        """Return a path of a project's settings from the folder of the file that has it."""
        is_path = option.destination in _PLACES or (
            "/" in value and option.destination in _NAMES_OR_PLACES
        )
        if not folder or not is_path or value == "-" or "://" in value or value[:1] in "~/":
            return value
        return os.path.join(folder, value)

    def _append(self, option: Option, value: str, source: str) -> None:
        entry = option.marker + value, source
        self._lists.setdefault(option.destination, []).append(entry)

    def _set_flag(self, option: Option, value: bool) -> None:
        self._flags[option.destination] = value
        if option.resets:
            self._flags[option.resets] = False

    def _set_text(self, option: Option, value: str, source: str, *, resets: bool = True) -> None:
        self._check(option, value, source)
        if option.kind == PATH:
            value = self._expanded(value)
        self._texts[option.destination] = value, source
        if option.resets and resets:
            self._flags[option.resets] = False

    def _expanded(self, path: str) -> str:
        if self._home and (path == "~" or path.startswith("~/")):
            return self._home.rstrip("/") + path[1:]
        return path

    @staticmethod
    def _check(option: Option, value: str, source: str) -> None:
        if not value and not option.may_be_empty:
            raise UsageError(f"{source} needs a value")
        if "\0" in value:
            raise UsageError(f"the value of {source} holds a NUL character")
        if option.choices and value not in option.choices:
            allowed = ", ".join(f"`{choice}`" for choice in option.choices)
            raise UsageError(f"`{redact_text(value)}` is not a value of {source}: {allowed}")
        if option.kind == INTEGER and not _is_integer(value):
            raise UsageError(f"`{redact_text(value)}` is not a whole number, as {source} needs")
        if option.kind == SECONDS and not _is_seconds(value):
            raise UsageError(f"`{redact_text(value)}` is not a number of seconds for {source}")


def _is_integer(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MAXIMUM_DIGITS


def _is_seconds(text: str) -> bool:
    try:
        return bool(0 < float(text) < 10**_MAXIMUM_DIGITS)
    except ValueError:
        return False


def _boolean(value: str, source: str) -> bool:
    word = value.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise UsageError(
        f"`{redact_text(value)}` is not a boolean value for {source}",
        hints=("use one of `yes`, `no`, `true`, `false`, `1`, `0`",),
    )


def _count(value: str, source: str) -> int:
    word = value.strip().lower()
    if word in _YES or word in _NO:
        return int(word in _YES)
    if _is_integer(word):
        return int(word)
    raise UsageError(f"`{redact_text(value)}` is not a number or boolean value for {source}")
