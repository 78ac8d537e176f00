"""What a parity scenario says: one command line for both programs, and what is compared.

A file of `areas/` holds `SCENARIOS`, a tuple of these; its name is the name of the area. Texts may
hold `{index}` (URL of the generated index), `{server}` (what it begins with), `{files}` (folder of its files), `{env}` (the
environment), `{cwd}` (the folder the command runs in, fresh for each run), `{library}`, `{other}` (URL of a
second index), `{closed}` (URL nobody answers at), `{faulty}` (URL of a server that tears what it sends),
`{base}` (an interpreter outside environments) and `{digest}` (sha256 of alone 1.1).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

EXACT = "exact"
"""Standard output is the same, byte by byte, once paths are replaced."""
LINES = "lines"
"""The same lines in any order."""
JSON = "json"
"""The same JSON value."""
WORDS = "words"
"""The last line has the same words in any order: pip's closing lines."""
LAST = "last"
"""The last line is the same."""
NOTHING = "nothing"
"""Only that there is some output, or none."""
IGNORED = "ignored"
"""Standard output is not compared; the tree, the exit code and the files are."""


class Scenario(NamedTuple):
    """One command, run by pip and by xpip."""

    name: str
    """In domain words; with the area it is the id of the test."""
    words: tuple[str, ...]
    """The arguments, the command first."""
    family: str = "plain"
    """Which environment it runs in, a function of `families.py`."""
    out: str = EXACT
    edit: Callable[[str], str] | None = None
    """Takes out of standard output what may differ, before it is compared."""
    changes: bool = False
    """The command changes the environment: each program gets a copy, and the trees are compared."""
    files: Mapping[str, str] = {}
    """Path below the current folder -> text, made before each run."""
    made: bool = False
    """The files that the command leaves in the current folder are compared too."""
    answers: str = ""
    """Standard input."""
    variables: Mapping[str, str] = {}
    errors: bool = True
    """Whether something is written to standard error has to be the same."""
    fails: int = 0
    """The exit code that both must have."""
    code: int | None = None
    """xpip's exit code where it differs on purpose; `why` says why."""
    why: str = ""
    """What xpip does otherwise on purpose, and for whose sake; `docs/migration.md` says it too."""
    trees: bool = True
    """Whether the trees have to be the same where the command changes them; with `code` they differ."""
    before: tuple[tuple[str, ...], ...] = ()
    """Command lines that are run first."""
    by: str = ""
    """Who runs these: `pip` or `xpip`; empty: the program that is compared."""
