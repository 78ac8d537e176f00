"""netrc files: user names and passwords by host."""

from __future__ import annotations


def parse_netrc(text: str) -> dict[str, tuple[str, str]]:
    """Return (login, password) by host.

    The `default` entry is left out: it would send a password to whatever host a page links to.
    The first entry of a host counts, as in curl and ftp.
    """
    found: dict[str, tuple[str, str]] = {}
    words = _words(text)
    position = 0
    host, login, password = "", "", ""

    def store() -> None:
        if host and (login or password):
            found.setdefault(host, (login, password))

    while position < len(words):
        word = words[position]
        value = words[position + 1] if position + 1 < len(words) else ""
        position += 1 if word == "default" else 2
        if word in ("machine", "default"):
            store()
            host = value.lower() if word == "machine" else ""
            login, password = "", ""
        elif word == "login":
            login = value
        elif word == "password":
            password = value
        elif word != "account":
            position -= 1
    store()
    return found


def _words(text: str) -> list[str]:
    """Split into words; quotes group, `#` at the start of a word begins a comment, macros go."""
    words: list[str] = []
    in_macro = False
    for line in text.splitlines():
        if in_macro:
            in_macro = bool(line.strip())
            continue
        for word in _line_words(line):
            if word == "macdef":
                in_macro = True
                break
            words.append(word)
    return words


def _line_words(line: str) -> list[str]:
    words: list[str] = []
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        # A `#` right after `password` belongs to the password.
        if line[position] == "#" and (not words or words[-1] not in ("login", "password")):
            break
        word, position = _take_word(line, position)
        words.append(word)
    return words


def _take_word(line: str, position: int) -> tuple[str, int]:
    quoted = line[position] == '"'
    position += quoted
    letters = []
    while position < len(line):
        letter = line[position]
        if letter == "\\" and position + 1 < len(line):
            letters.append(line[position + 1])
            position += 2
            continue
        position += 1
        if letter == '"' if quoted else letter.isspace():
            break
        letters.append(letter)
    return "".join(letters), position
