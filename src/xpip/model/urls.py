"""URLs without secrets, and paths as URLs, without `urllib.parse` (2.4 ms on the fast path)."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.model.options import Credential
from xpip.model.records import NamedTuple

HIDDEN = "****"
_PORTS = {"http": 80, "https": 443}
_SECRET_FIELDS = ("auth", "credential", "key", "password", "secret", "sig", "signature", "token")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+@,=")


class SplitUrl(NamedTuple):
    """A URL taken apart from the secret it carried."""

    url: str
    """Without user name and password."""
    username: str = ""
    """Decoded; empty without one."""
    password: str = ""
    """Decoded; empty without one."""


def scheme_of(text: str) -> str:
    """Return the scheme of a URL in lower case, empty for anything else, such as a path."""
    scheme, colon, _ = text.partition(":")
    # One letter is a Windows drive.
    if not colon or len(scheme) < 2 or not scheme[0].isalpha() or not scheme.isascii():  # noqa: PLR2004
        return ""
    return scheme.lower() if scheme.translate(_SCHEME_PUNCTUATION).isalnum() else ""


_SCHEME_PUNCTUATION = str.maketrans("", "", "+-.")


def split_credentials(url: str) -> SplitUrl:
    """Take user name and password out of a URL; text that is not a URL comes back as it is.

    Raises:
        UsageError: A `/`, `?` or `#` in the password is not percent-encoded, so that a part of the
            secret would pass for a path.
    """
    start, end = _authority(url)
    if not start:
        return SplitUrl(url)
    at = url.rfind("@", start, end)
    if at < 0:
        if _leaks(url, start, end):
            raise UsageError(
                f"the password in `{redact(url)}` cannot be told from the path",
                hints=("write `/` as `%2F`, `?` as `%3F` and `#` as `%23` in the password",),
            )
        return SplitUrl(url)
    username, _, password = url[start:at].partition(":")
    return SplitUrl(
        url[:start] + url[at + 1 :], percent_decoded(username), percent_decoded(password)
    )


def credential_for(split: SplitUrl) -> Credential | None:
    """Return the credential of an http(s) URL for its path and below, None when it has none."""
    scheme = scheme_of(split.url)
    if scheme not in _PORTS or not (split.username or split.password):
        return None
    start, end = _authority(split.url)
    host, colon, port = split.url[start:end].rpartition(":")
    if not colon or not port.isdecimal():
        host, port = split.url[start:end].removesuffix(":"), str(_PORTS[scheme])
    path = split.url[end:].partition("?")[0].partition("#")[0]
    return Credential(
        scheme,
        host.lower().strip("[]"),
        int(port[:5]),
        path or "/",
        split.username,
        split.password,
    )


def redact(url: str) -> str:
    """Return a URL as it may be shown: no user part, no values of query fields that look secret."""
    start, end = _authority(url)
    if not start:
        return url
    at = url.rfind("@", start, end)
    if at >= 0:
        shown = url[:start] + url[at + 1 : end]
    elif _leaks(url, start, end):
        return url[:start] + HIDDEN + "@" + url[url.rfind("@") + 1 :]
    else:
        shown = url[:end]
    path, mark, query = url[end:].partition("?")
    if not mark:
        return shown + path
    query, hash_mark, fragment = query.partition("#")
    fields = "&".join(map(_redacted_field, query.split("&")))
    return f"{shown}{path}?{fields}{hash_mark}{fragment}"


def redact_text(text: str) -> str:
    """Return text with every URL in it as it may be shown."""
    if "://" not in text:
        return text
    return " ".join(_redact_word(word) for word in text.split(" "))


def path_to_url(path: str) -> str:
    """Return the `file:` URL of an absolute path."""
    encoded = path.encode("utf-8", "surrogateescape")
    return "file://" + "".join(
        chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in encoded
    )


def url_to_path(url: str) -> str:
    """Return the path of a `file:` URL on this machine.

    Raises:
        UsageError: It names another machine.
    """
    rest = url.partition(":")[2].partition("#")[0].partition("?")[0]
    if rest.startswith("//"):
        host, slash, rest = rest[2:].partition("/")
        if host and host.lower() != "localhost":
            raise UsageError(
                f"`{redact(url)}` names a file on another machine",
                hints=("a file on this machine is written `file:///path`",),
            )
        rest = slash + rest
    return percent_decoded(rest)


def percent_decoded(text: str) -> str:
    """Return text with `%41` read as `A`, in UTF-8; what is not valid stays as it is."""
    if "%" not in text:
        return text
    first, *parts = text.encode("utf-8", "surrogateescape").split(b"%")
    decoded = [first]
    for part in parts:
        digits = part[:2]
        # `int` alone would also read ` 1` and `+1`.
        if len(digits) == 2 and not digits.strip(b"0123456789abcdefABCDEF"):  # noqa: PLR2004
            decoded.append(bytes((int(digits, 16),)) + part[2:])
        else:
            decoded.append(b"%" + part)
    return b"".join(decoded).decode("utf-8", "surrogateescape")


def _authority(url: str) -> tuple[int, int]:
    """Return where the authority of a URL starts and ends, `(0, 0)` when it has none."""
    slashes = url.find("://")
    if slashes <= 0 or not url[:slashes].translate(_SCHEME_PUNCTUATION).isalnum():
        return 0, 0
    start = slashes + 3
    ends = [position for mark in "/?#" if (position := url.find(mark, start)) >= 0]
    return start, min(ends, default=len(url))


def _leaks(url: str, start: int, end: int) -> bool:
    """Tell whether the part after the authority seems to end a password: `https://me/x:pw@host`.

    `https://host/@scope/` and `https://host/a:b/` are ordinary paths.
    """
    before, at, _ = url[end:].rpartition("@")
    if not at or scheme_of(url) == "file":
        return False
    # `https://me:pass/word@host`: what follows the first colon is no port.
    _, colon, port = url[start:end].rpartition(":")
    if colon and not port.endswith("]") and not port.isdecimal():
        return True
    return ":" in before.partition("?")[0]


def _redacted_field(field: str) -> str:
    name, equals, _ = field.partition("=")
    words = name.lower().replace("_", "-").split("-")
    secret = any(word in _SECRET_FIELDS or word.endswith(("key", "token")) for word in words)
    return f"{name}={HIDDEN}" if equals and secret else field


def _redact_word(word: str) -> str:
    """Redact the URL in a word such as `--index-url=https://...` or `"https://..."`."""
    slashes = word.find("://")
    if slashes < 0:
        return word
    start = slashes
    while start and (word[start - 1].isalnum() or word[start - 1] in "+-."):
        start -= 1
    return word[:start] + redact(word[start:])
