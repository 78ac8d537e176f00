"""Which user name and password go to which server, and to no other."""

from __future__ import annotations

from base64 import b64encode

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.network.urls import is_loopback

if TYPE_CHECKING:
    from xpip.model.options import Credential, NetworkOptions
    from xpip.network.urls import Address


class Login(NamedTuple):
    """A user name and password, and where the user gave them."""

    username: str
    password: str
    source: str

    def header(self) -> str:
        """Return the value of Authorization (RFC 7617)."""
        return "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")

    def __repr__(self) -> str:
        return f"Login(****, {self.source!r})"


class Credentials:
    """Finds the login for an address.

    A credential belongs to one scheme, host and port. Where an origin has several, the one whose
    path shares the most leading segments with the address wins: an index below `/team/simple`
    often keeps its files below `/team/files`, and pip sends them its password too.
    """

    def __init__(self, options: NetworkOptions) -> None:
        self._known: dict[tuple[str, str, int], list[Credential]] = {}
        for credential in options.credentials:
            key = (credential.scheme, credential.host, credential.port)
            self._known.setdefault(key, []).append(credential)
        self._netrc_path = options.netrc
        self._netrc: dict[str, tuple[str, str]] | None = None
        self._trusted = options.trusted_hosts

    def find(self, address: Address) -> Login | None:
        """Return what to send along, None for nothing."""
        if address.username or address.password:
            return Login(address.username, address.password, "the URL")
        origin = address.origin
        known = self._known.get((origin.scheme, origin.host, origin.port))
        if known:
            best = max(known, key=lambda one: _shared_segments(one.path, address.path))
            return Login(best.username, best.password, "the index URL")
        return self._from_netrc(address)

    def _from_netrc(self, address: Address) -> Login | None:
        origin = address.origin
        if not self._netrc_path:
            return None
        # netrc knows hosts only; its passwords do not go over the wire in plain text.
        if origin.scheme != "https" and not is_loopback(origin.host):
            return None
        if self._netrc is None:
            self._netrc = _read_netrc(self._netrc_path)
        found = self._netrc.get(origin.host)
        return None if found is None else Login(*found, f"`{self._netrc_path}`")


def _shared_segments(path: str, other: str) -> int:
    shared = 0
    for one, two in zip(path.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if one != two:
            break
        shared += 1
    return shared


def _read_netrc(path: str) -> dict[str, tuple[str, str]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return parse_netrc(file.read(1 << 20))
    except OSError:
        # A netrc file is optional; that it is missing or not ours to read is an ordinary state.
        return {}


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
