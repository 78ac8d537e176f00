"""What a terminal would obey instead of showing is taken out of text that others wrote.

Names, versions, summaries, file names and answers of servers reach messages. A terminal escape in
them could retitle the window, fill the clipboard or hide a line; a bidi control could make a name
read as another.
"""

from __future__ import annotations

_STRING_STARTS = "]PX^_"
"""After ESC these open a string (OSC, DCS, SOS, PM, APC) that goes on to BEL or ESC `\\`."""
_KEPT = "\n\t"


def visible(text: str) -> str:
    """Return the text without control characters, terminal escapes and bidi controls.

    An escape goes with its parameters. Line feeds and tabs stay.
    """
    if text.isprintable() or all(line.isprintable() for line in text.split("\n")):
        return text
    if "\x1b" in text or "\x9b" in text:
        text = _without_sequences(text)
    return "".join(letter for letter in text if letter in _KEPT or _is_shown(letter))


def one_line(text: str) -> str:
    """Return the text without what would move it to another line or hide a part of it."""
    return visible(text.replace("\n", " ").replace("\t", " "))


def _is_shown(letter: str) -> bool:
    # Spaces other than U+0020 do not count as printable but are harmless, unlike the line and
    # paragraph separators. A lone surrogate is a byte of a file name; the stream replaces it.
    if letter.isprintable():
        return True
    if "\ud800" <= letter <= "\udfff":
        return True
    return letter.isspace() and letter > "\x9f" and letter not in "\u2028\u2029"


def _without_sequences(text: str) -> str:
    """Return the text without whole escape sequences (ECMA-48)."""
    kept = []
    position = 0
    while position < len(text):
        letter = text[position]
        if letter == "\x1b":
            position = _after_escape(text, position + 1)
        elif letter == "\x9b":
            position = _after_control_sequence(text, position + 1)
        else:
            kept.append(letter)
            position += 1
    return "".join(kept)


def _after_escape(text: str, position: int) -> int:
    """Return where the text goes on after an ESC just before `position`."""
    following = text[position : position + 1]
    if following == "[":
        return _after_control_sequence(text, position + 1)
    if following and following in _STRING_STARTS:
        return _after_string(text, position + 1)
    while position < len(text) and " " <= text[position] <= "/":
        position += 1
    return position + 1 if text[position : position + 1] > " " else position


def _after_control_sequence(text: str, position: int) -> int:
    while position < len(text) and " " <= text[position] <= "?":
        position += 1
    return position + 1 if "@" <= text[position : position + 1] <= "~" else position


def _after_string(text: str, position: int) -> int:
    """Return where a string ends; without an end, only what opened it is dropped."""
    for end in range(position, len(text)):
        if text[end] in "\x07\x9c":
            return end + 1
        if text[end] == "\x1b":
            return end + 2 if text[end + 1 : end + 2] == "\\" else end
        if text[end] == "\n":
            break
    return position
