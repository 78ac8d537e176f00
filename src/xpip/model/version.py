"""Versions by PEP 440, with an order that tuples have.

`packaging` knows all this too, but takes 25 to 45 ms to import with what it needs (docs/decisions/
009), which is more than uv takes for a whole resolution. `tests/property/test_versions.py` holds
both to the same answers.

Spec: https://packaging.python.org/en/latest/specifications/version-specifiers/
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    Suffix = tuple[int, int, int, float, tuple[tuple[int, int | str], ...]]
    Key = tuple[int, tuple[int, ...], Suffix]

MAXIMUM_LENGTH = 256
"""Characters; the longest version on PyPI has some 100. From 4,300 digits on `int` refuses."""

NEVER = float("inf")
"""Stands for the number of a development release where there is none: after every one."""
DEVELOPMENT, ALPHA, BETA, CANDIDATE, FINAL = range(5)
"""Phases in order; the first is that of a development release of a final version."""
_PHASES = {
    "alpha": ALPHA, "a": ALPHA, "beta": BETA, "b": BETA,
    "preview": CANDIDATE, "pre": CANDIDATE, "rc": CANDIDATE, "c": CANDIDATE,
}  # fmt: skip
_LETTERS = ("", "a", "b", "rc")
_DIGITS = "0123456789"
_SEPARATORS = "._-"

FINAL_SUFFIX: Suffix = (FINAL, 0, -1, NEVER, ())
"""(phase, its number, post-release or -1, development release, local version) of most versions."""


class InvalidVersion(ValueError):
    """A text is not a version."""


class Version:
    """A version; equal ones may differ in their text, such as 1.0 and 1.0.0."""

    __slots__ = ("key", "text")

    key: Key
    """(epoch, release without zeros at its end, suffix): versions are ordered as their keys are."""
    text: str
    """Normalised, with the zeros that were written."""

    def __init__(self, text: str) -> None:
        """Read a version.

        Raises:
            InvalidVersion: It is not valid by PEP 440, or absurdly long.
        """
        found = read(text)
        if found is None:
            raise InvalidVersion(f"Invalid version: {text!r}")
        self.text, self.key = found

    @classmethod
    def known(cls, text: str, key: Key) -> Version:
        """Return a version whose normalised text and key are at hand."""
        version = cls.__new__(cls)
        version.text = text
        version.key = key
        return version

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __le__(self, other: Version) -> bool:
        return self.key <= other.key

    def __gt__(self, other: Version) -> bool:
        return self.key > other.key

    def __ge__(self, other: Version) -> bool:
        return self.key >= other.key

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Version({self.text!r})>"

    @property
    def is_prerelease(self) -> bool:
        """Say whether it is a pre-release or a development release."""
        return is_prerelease(self.key)

    @property
    def epoch(self) -> int:
        """Return the epoch, 0 where none is written."""
        return self.key[0]

    @property
    def release(self) -> tuple[int, ...]:
        """Return the numbers of the release, with zeros at the end as written."""
        text = self.text.rpartition("!")[2]
        end = len(text) - len(text.lstrip(_DIGITS + "."))
        return tuple(map(int, text[:end].rstrip(".").split(".")))

    @property
    def major(self) -> int:
        """Return the first number of the release."""
        return self.release[0]

    @property
    def pre(self) -> tuple[str, int] | None:
        """Return letter and number of a pre-release."""
        phase, number, _, _, _ = self.key[2]
        return None if phase in (DEVELOPMENT, FINAL) else (_LETTERS[phase], number)

    @property
    def post(self) -> int | None:
        """Return the number of a post-release."""
        number = self.key[2][2]
        return None if number < 0 else number

    @property
    def dev(self) -> int | None:
        """Return the number of a development release."""
        number = self.key[2][3]
        return None if number == NEVER else int(number)

    @property
    def local(self) -> str | None:
        """Return the local version."""
        return self.text.partition("+")[2] or None

    @property
    def public(self) -> str:
        """Return the text without the local version."""
        return self.text.partition("+")[0]


def is_prerelease(key: Key) -> bool:
    """Say whether a key is that of a pre-release or a development release."""
    suffix = key[2]
    return suffix is not FINAL_SUFFIX and (suffix[0] != FINAL or suffix[3] != NEVER)


def read(text: str) -> tuple[str, Key] | None:
    """Return normalised text and key of a version, None when it is not valid by PEP 440."""
    parts = text.split(".")
    for part in parts:
        # Numbers without a zero in front are their own normal form.
        if not part.isdigit() or (part[0] == "0" and part != "0"):
            return _read_any(text)
    if len(text) > MAXIMUM_LENGTH or not text.isascii():
        return _read_any(text)
    release = tuple(map(int, parts))
    while release[-1] == 0 and len(release) > 1:
        release = release[:-1]
    return text, (0, release, FINAL_SUFFIX)


def _read_any(text: str) -> tuple[str, Key] | None:
    """Return what `read` does for a version in any form."""
    if len(text) > MAXIMUM_LENGTH:
        return None
    text = text.strip()
    if not text.isascii():
        return None
    rest = text.lower().removeprefix("v")
    epoch, mark, after = rest.partition("!")
    if mark:
        if not epoch.isdigit():
            return None
        rest = after
    rest, plus, local_text = rest.partition("+")
    local = _local(local_text) if plus else ()
    if local is None:
        return None
    end = len(rest) - len(rest.lstrip(_DIGITS + "."))
    # A dot that ends the numbers separates what follows.
    numbers = rest[:end].removesuffix(".")
    if not all(part.isdigit() for part in numbers.split(".")):
        return None
    suffix = _suffix(rest[len(numbers) :], local)
    if suffix is None:
        return None
    release = tuple(map(int, numbers.split(".")))
    key = (int(epoch) if mark else 0, trimmed(release), suffix)
    return _written(key[0], release, suffix), key


def trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    """Return a release without the zeros at its end, of which the first number stays."""
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]
    return release


def _local(text: str) -> tuple[tuple[int, int | str], ...] | None:
    """Return the parts of a local version so that numbers come after words."""
    parts = text.replace("_", ".").replace("-", ".").split(".")
    if not all(part.isalnum() for part in parts):
        return None
    return tuple([(1, int(part)) if part.isdigit() else (0, part) for part in parts])


def _suffix(rest: str, local: tuple[tuple[int, int | str], ...]) -> Suffix | None:
    """Return what stands behind the numbers of the release; None when it is no valid suffix."""
    if not rest:
        return FINAL_SUFFIX if not local else (FINAL, 0, -1, NEVER, local)
    phase, number, post, development = FINAL, 0, -1, NEVER
    for word, meant in _PHASES.items():
        found = _labelled(rest, word)
        if found is not None:
            phase = meant
            number, rest = found
            break
    if rest[:1] == "-" and rest[1:2].isdigit():
        post, rest = _leading_number(rest[1:])
    else:
        for word in ("post", "rev", "r"):
            found = _labelled(rest, word)
            if found is not None:
                post, rest = found
                break
    found = _labelled(rest, "dev")
    if found is not None:
        development, rest = found
        if phase == FINAL and post < 0:
            phase = DEVELOPMENT
    return None if rest else (phase, number, post, development, local)


def _labelled(rest: str, word: str) -> tuple[int, str] | None:
    """Return the number behind a word (0 without one) and what follows; None without the word."""
    start = 1 if rest[:1] and rest[0] in _SEPARATORS else 0
    if not rest.startswith(word, start):
        return None
    rest = rest[start + len(word) :]
    if rest[:1] and rest[0] in _SEPARATORS:
        rest = rest[1:]
    return _leading_number(rest)


def _leading_number(text: str) -> tuple[int, str]:
    rest = text.lstrip(_DIGITS)
    digits = text[: len(text) - len(rest)]
    return int(digits or "0"), rest


def _written(epoch: int, release: tuple[int, ...], suffix: Suffix) -> str:
    """Return the normal form of a version."""
    phase, number, post, development, local = suffix
    text = ".".join(map(str, release))
    if epoch:
        text = f"{epoch}!{text}"
    if phase not in (DEVELOPMENT, FINAL):
        text += f"{_LETTERS[phase]}{number}"
    if post >= 0:
        text += f".post{post}"
    if development != NEVER:
        text += f".dev{development}"
    if local:
        text += "+" + ".".join(str(part) for _, part in local)
    return text
