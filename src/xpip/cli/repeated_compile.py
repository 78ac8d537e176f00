"""Tier 0: write once more what an identical `compile` or `lock` wrote, by `sys` and `os` alone.

`cli/unchanged.py` says whether arguments, variables, configuration, interpreter and all files that
were read are as before. What is looked at here is what only these commands depend on: whether the
index pages behind the answer are fresh and the same, by the rule of `operations/resolve.py`, and
what the output file holds. A stamp knows one answer for each content of the output file that it was
found with. Only runs that were themselves answered from memory leave one (`compile_stamps.py`).
"""

import os
import sys

from xpip.cli import unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.compile_stamps import Answer

NOTHING = -1
"""In place of a number of a text: there was no output file, or nothing was written to it."""
MAXIMUM_ANSWERS = 4
_FIELDS = 5
_KIND, _REGULAR = 0o170000, 0o100000
"""As in the `stat` module."""


def answer(argv: "Sequence[str]", now: float) -> "int | None":
    """Do what an identical run did and return its exit code; None when the command has to run.

    Args:
        argv: Arguments after the program's name.
        now: Seconds since the epoch.
    """
    kept = unchanged.recall(argv)
    if not isinstance(kept, tuple) or len(kept) != _FIELDS:
        return None
    fresh_until, evidence, place, texts, answers = kept
    if not fresh_until > now or not all(map(_still_holds, evidence)):
        return None
    try:
        before = read_output(place) if place else None
    except OSError:
        return None
    for known, written, code, said, noted in answers:
        if before == (None if known == NOTHING else texts[known]):
            if written != NOTHING and not _write(place, texts[written]):
                return None
            # A run with an output file that it writes says nothing on standard output, so that
            # nothing is said twice where the command has to run after all.
            if not unchanged.tell(sys.stdout, said):
                return None
            unchanged.tell(sys.stderr, noted)
            return int(code)
    return None


def _still_holds(evidence: "tuple[str, int, int, int]") -> bool:
    """Say whether a file or folder is what it was, as `Evidence.still_holds` does."""
    path, *known = evidence
    try:
        found = os.stat(path)
    except OSError:
        return known[0] < 0
    return [found.st_size, found.st_mtime_ns, found.st_ino] == known


def read_output(path: str) -> "bytes | None":
    """Return the content of an output file, None when there is none.

    Raises:
        OSError: It is no plain file, or cannot be read: nothing is answered or remembered then.
    """
    try:
        kind = os.lstat(path).st_mode & _KIND
    except (FileNotFoundError, NotADirectoryError):
        return None
    if kind != _REGULAR:
        raise OSError(path)
    with open(path, "rb", buffering=0) as file:
        return file.read()


def known_answers(
    argv: "Sequence[str]", fresh_until: float, evidence: "tuple[object, ...]", place: str
) -> "list[Answer]":
    """Return what the stamp of a command line knows if it rests on the same pages, newest first."""
    kept = unchanged.recall(argv)
    if not isinstance(kept, tuple) or len(kept) != _FIELDS:
        return []
    if kept[:3] != (fresh_until, evidence, place):
        return []
    texts = kept[3]
    return [
        (
            None if known == NOTHING else texts[known],
            None if written == NOTHING else texts[written],
            *rest,
        )
        for known, written, *rest in kept[4]
    ]


def packed_answers(answers: "Sequence[Answer]") -> "tuple[tuple[bytes, ...], tuple[object, ...]]":
    """Return the texts of answers, each once, and the answers with numbers in place of texts."""
    numbers: dict[bytes | None, int] = {None: NOTHING}
    for before, written, *_ in answers:
        for text in (before, written):
            numbers.setdefault(text, len(numbers) - 1)
    packed = [(numbers[before], numbers[written], *rest) for before, written, *rest in answers]
    return tuple([text for text in numbers if text is not None]), tuple(packed)


def _write(path: str, content: bytes) -> bool:
    from xpip.documents import write_document
    from xpip.errors import XpipError

    try:
        write_document(path, content)
    except XpipError:
        return False
    return True
