"""Markers: conditions on the environment of an installation (PEP 508).

What is written in the usual way is read here; anything else, and everything that is not valid, goes
to `packaging`, whose word is final.

Spec: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.specifier import InvalidSpecifier, SpecifierSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import packaging.markers

_VARIABLES = {
    name: name
    for name in (
        "python_version", "python_full_version", "os_name", "sys_platform", "platform_release",
        "platform_system", "platform_version", "platform_machine", "platform_python_implementation",
        "implementation_name", "implementation_version", "extra",
    )
} | {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}  # fmt: skip
_VERSIONS = (
    "implementation_version",
    "platform_release",
    "python_full_version",
    "python_version",
)
_BLANK = " \t"
_OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
_WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
_QUOTES = "'\""


class Comparison(NamedTuple):
    """One comparison of a variable with a text."""

    variable: str
    operator: str
    text: str
    swapped: bool
    """The text stands before the operator."""

    def holds(self, environment: Mapping[str, str]) -> bool:
        """Say whether it is true."""
        variable, operator, right, swapped = self
        left = environment[variable]
        if swapped:
            left, right = right, left
        if variable in _VERSIONS:
            admitted = _admits(operator, right, left)
            if admitted is not None:
                return admitted
        if operator == "in":
            return left in right
        if operator == "not in":
            return left not in right
        if operator == "!=":
            return left != right
        # Texts have no order, so only equality is left of `<=` and `>=`.
        return left == right and operator not in ("<", ">")

    def variables(self) -> set[str]:
        """Return the names of the variables in it."""
        return {self.variable}

    def __str__(self) -> str:
        mark = "'" if '"' in self.text else '"'
        quoted = f"{mark}{self.text}{mark}"
        if self.swapped:
            return f"{quoted} {self.operator} {self.variable}"
        return f"{self.variable} {self.operator} {quoted}"


if TYPE_CHECKING:
    # Alternatives, each of conditions that must all hold.
    Tree = tuple[tuple["Comparison | Group", ...], ...]


class Group(NamedTuple):
    """Alternatives that stood in parentheses."""

    alternatives: Tree

    def holds(self, environment: Mapping[str, str]) -> bool:
        """Say whether one of the alternatives is true."""
        return any(
            all(condition.holds(environment) for condition in conditions)
            for conditions in self.alternatives
        )

    def variables(self) -> set[str]:
        """Return the names of the variables in it."""
        return {
            name
            for conditions in self.alternatives
            for condition in conditions
            for name in condition.variables()
        }

    def __str__(self) -> str:
        return f"({_written(self.alternatives)})"


class Marker:
    """A condition."""

    __slots__ = ("_foreign", "_group")

    def __init__(self, text: str) -> None:
        """Read a marker.

        Raises:
            ValueError: It is not valid by PEP 508.
        """
        self._foreign: packaging.markers.Marker | None = None
        alternatives = _read(text)
        self._group = Group(alternatives or ())
        if alternatives is None:
            from packaging.markers import Marker as Foreign

            self._foreign = Foreign(text)

    def holds(self, environment: Mapping[str, str]) -> bool:
        """Say whether the condition is true.

        Args:
            environment: All variables; `extra` normalised or empty.

        Raises:
            ValueError: It compares what cannot be compared, or what is not defined.
        """
        if self._foreign is None:
            return self._group.holds(environment)
        from packaging.markers import UndefinedEnvironmentName

        try:
            return self._foreign.evaluate(environment)
        except UndefinedEnvironmentName as error:
            raise ValueError(f"the marker uses `{error}`, which is not defined here") from error

    @property
    def alternatives(self) -> Tree | None:
        """Return the alternatives, None where `packaging` has read them."""
        return self._group.alternatives if self._foreign is None else None

    def variables(self) -> set[str]:
        """Return the names of the variables in it as far as they were read here."""
        return self._group.variables()

    def __str__(self) -> str:
        if self._foreign is not None:
            return str(self._foreign)
        return _written(self._group.alternatives)

    def __repr__(self) -> str:
        return f"<Marker({str(self)!r})>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Marker) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def _admits(operator: str, right: str, left: str) -> bool | None:
    """Compare as versions; None where the right side is none."""
    if operator not in _OPERATORS or "," in right or not right.strip():
        return None
    text = operator + right
    try:
        specifier = _specifiers[text]
    except KeyError:
        try:
            specifier = SpecifierSet(text)
        except InvalidSpecifier:
            specifier = None
        _specifiers[text] = specifier
    return None if specifier is None else specifier.contains(left)


_specifiers: dict[str, SpecifierSet | None] = {}


def _written(alternatives: Tree) -> str:
    return " or ".join([" and ".join(map(str, conditions)) for conditions in alternatives])


def _read(text: str) -> Tree | None:
    """Return the alternatives of a marker; None for what this file does not understand."""
    words = _words(text)
    if words is None:
        return None
    words.append("")
    rest = iter(words)
    found = _alternatives(rest, "")
    if found is None or next(rest, None) is not None:
        return None
    only = found[0][0] if len(found) == 1 and len(found[0]) == 1 else None
    return only.alternatives if isinstance(only, Group) else found


def _alternatives(words: Iterator[str], closing: str) -> Tree | None:
    """Read up to a closing parenthesis or, where that is empty, to the end."""
    alternatives: list[tuple[Comparison | Group, ...]] = []
    conditions: list[Comparison | Group] = []
    for word in words:
        condition = _group(words) if word == "(" else _comparison(word, words)
        if condition is None:
            return None
        conditions.append(condition)
        word = next(words, "")  # noqa: PLW2901
        if word in ("or", closing):
            alternatives.append(tuple(conditions))
            conditions = []
        elif word != "and":
            return None
        if word == closing:
            return tuple(alternatives)
    return None


def _group(words: Iterator[str]) -> Comparison | Group | None:
    inner = _alternatives(words, ")")
    if inner is None:
        return None
    if len(inner) == 1 and len(inner[0]) == 1:
        # Parentheses around one condition say nothing.
        return inner[0][0]
    return Group(inner)


def _comparison(first: str, words: Iterator[str]) -> Comparison | None:
    operator = next(words, "")
    if operator == "not":
        operator = f"not {next(words, '')}"
    second = next(words, "")
    if operator not in (*_OPERATORS, "in", "not in"):
        return None
    swapped = first[:1] in _QUOTES
    name, quoted = (second, first) if swapped else (first, second)
    variable = _VARIABLES.get(name)
    if variable is None or not quoted or quoted[0] not in _QUOTES:
        return None
    literal = quoted[1:-1]
    if variable == "extra":
        literal = normalized_name(literal)
    return Comparison(variable, operator, literal, swapped)


def _words(text: str) -> list[str] | None:
    """Return the words of a marker, quoted texts with their quotes; None for odd characters."""
    words: list[str] = []
    while True:
        text = text.lstrip(_BLANK)
        if not text:
            return words
        letter = text[0]
        if letter in "()":
            end = 1
        elif letter in _QUOTES:
            end = text.find(letter, 1) + 1
            if not end or "\\" in text[:end] or not text[:end].isprintable():
                return None
        elif letter in "<>=!":
            end = 2 if text[1:2] == "=" else 1
            if text[end : end + 1] in ("=", "~"):
                return None
        else:
            end = len(text) - len(text.lstrip(_WORD))
            if not end:
                return None
        words.append(text[:end])
        text = text[end:]
