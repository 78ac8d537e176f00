"""The derivation graph of a contradiction as numbered lines.

A derived incompatibility becomes one line that names what it follows from. Steps that rest on few
facts and are used once are told together with the step that uses them; a line is numbered when a
later line that is not the next one refers to it. A proof that would be long is told in few lines,
each with all facts below it, and what many releases require of one project is one clause then:
somebody who cannot use any of 1,500 releases of boto3 wants to read one sentence.

Nothing here recurses: proofs can be thousands of steps deep.

Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#error-reporting
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.incompatibility import Derived, Incompatibility
from xpip.resolver.phrases import Background, conclusion, facts_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_AND = "and"
_TOLD_TOGETHER = 2
"""Clauses of a step that are told with the step that uses it, at most."""
_LONG = 3
"""Lines from which on a proof is told in short."""


class Line(NamedTuple):
    """One step of the proof."""

    text: str
    """A sentence without full stop."""
    number: int = 0
    """Set when a later line refers to this one; counted from 1."""


class _Told(NamedTuple):
    """What has been said about a derived incompatibility."""

    facts: tuple[Incompatibility, ...]
    """What its user has to tell; empty when a line of its own has been written."""
    lines: tuple[int, ...]
    """Positions of the lines that it rests on: its own, or those of what is below it."""


def external_causes(contradiction: Incompatibility) -> list[Incompatibility]:
    """Return the incompatibilities that are facts, each once, in the order of the proof."""
    found: dict[Incompatibility, None] = {}
    if not isinstance(contradiction.cause, Derived):
        return [contradiction]
    for step in _steps(contradiction):
        for part in _parts(step):
            if not isinstance(part.cause, Derived):
                found[part] = None
    return list(found)


def write_proof(contradiction: Incompatibility, background: Background) -> tuple[Line, ...]:
    """Return the proof; its last line says that there is no solution."""
    if not isinstance(contradiction.cause, Derived):
        clauses = facts_text([contradiction], background)
        return (Line(_sentence(clauses, conclusion(contradiction))),)
    steps = _steps(contradiction)
    uses: dict[Incompatibility, int] = {}
    for step in steps:
        for part in _parts(step):
            uses[part] = uses.get(part, 0) + 1
    repeated = {step for step in steps if uses.get(step, 0) != 1}
    return _told_step_by_step(steps, repeated, background) or _told_in_short(
        steps, repeated, background
    )


def _told_step_by_step(
    steps: list[Incompatibility], repeated: set[Incompatibility], background: Background
) -> tuple[Line, ...]:
    """Return the lines, none when there would be too many."""
    writer = _Writer(background, in_short=False)
    for step in steps:
        writer.tell(step, apart=step in repeated)
        if len(writer.texts) > _LONG:
            return ()
    return writer.lines()


def _told_in_short(
    steps: list[Incompatibility], repeated: set[Incompatibility], background: Background
) -> tuple[Line, ...]:
    writer = _Writer(background, in_short=True)
    for step in steps:
        writer.tell(step, apart=step in repeated)
    return writer.lines()


def _parts(step: Incompatibility) -> tuple[Incompatibility, Incompatibility]:
    cause = step.cause
    assert isinstance(cause, Derived)
    return cause.first, cause.second


def _steps(contradiction: Incompatibility) -> list[Incompatibility]:
    """Return the derived incompatibilities, causes before what follows from them."""
    order: list[Incompatibility] = []
    seen = {contradiction}
    stack = [(contradiction, False)]
    while stack:
        step, expanded = stack.pop()
        if not isinstance(step.cause, Derived):
            continue
        if expanded:
            order.append(step)
            continue
        stack.append((step, True))
        for part in reversed(_parts(step)):
            if part not in seen:
                seen.add(part)
                stack.append((part, False))
    return order


class _Writer:
    """Lines as they come, and what each step has been told by."""

    def __init__(self, background: Background, *, in_short: bool) -> None:
        self.texts: list[str] = []
        self._background = background
        self._in_short = in_short
        self._reasons: list[list[str]] = []
        self._numbers: dict[int, int] = {}
        self._told: dict[Incompatibility, _Told] = {}

    def tell(self, step: Incompatibility, *, apart: bool) -> None:
        """Write a line for a step, or leave it to the step that uses it.

        Args:
            apart: It is used more than once, or the end.
        """
        facts: dict[Incompatibility, None] = {}
        lines: dict[int, None] = {}
        for part in _parts(step):
            told = self._told.get(part)
            if told is None:
                facts[part] = None
            else:
                facts.update(dict.fromkeys(told.facts))
                lines.update(dict.fromkeys(told.lines))
        if not apart and self._can_wait(facts, lines):
            self._told[step] = _Told(tuple(facts), tuple(lines))
        else:
            self._write(step, self._clauses(facts), list(lines))
            self._told[step] = _Told((), (len(self.texts) - 1,))

    def _can_wait(self, facts: Mapping[Incompatibility, None], lines: Mapping[int, None]) -> bool:
        if self._in_short:
            return True
        if lines:
            return len(lines) == 1 and not self._clauses(facts)
        return len(self._clauses(facts)) <= _TOLD_TOGETHER

    def _clauses(self, facts: Iterable[Incompatibility]) -> list[str]:
        return facts_text(facts, self._background, in_short=self._in_short)

    def _write(self, step: Incompatibility, clauses: list[str], lines: list[int]) -> None:
        last = len(self.texts) - 1
        follows = last >= 0 and last in lines
        if follows and len(lines) == 1 and last not in self._numbers:
            told = self._reasons[last]
            if all(clause in told for clause in clauses):
                # Nothing new is needed: the line before can end with this conclusion.
                self.texts[last] = _sentence(told, conclusion(step))
                return
        reasons = clauses + [
            f"of ({self._numbers.setdefault(line, len(self._numbers) + 1)})"
            for line in sorted(lines)
            if line != last
        ]
        if follows:
            reasons.insert(0, _AND)
        self._reasons.append(reasons)
        self.texts.append(_sentence(reasons, conclusion(step)))

    def lines(self) -> tuple[Line, ...]:
        """Return what was written."""
        return tuple(
            Line(text, self._numbers.get(position, 0)) for position, text in enumerate(self.texts)
        )


def _sentence(reasons: list[str], concluded: str) -> str:
    """Return a line; reasons that begin with `_AND` lean on the line before."""
    follows = reasons[:1] == [_AND]
    clauses = reasons[1:] if follows else reasons
    if not clauses:
        return f"so {concluded}"
    listed = clauses[0]
    if len(clauses) > 1:
        comma = "," if any(word in clauses[-2] for word in (", ", " and ")) else ""
        listed = f"{', '.join(clauses[:-1])}{comma} and {clauses[-1]}"
    return f"{'and ' if follows else ''}because {listed}, {concluded}"
