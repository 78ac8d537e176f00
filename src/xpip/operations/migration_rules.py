"""Where xpip answers otherwise than pip, and how to have pip's answer.

`docs/migration.md` lists these rules; a test keeps the two the same.
"""

from __future__ import annotations

from xpip.model.migration import DIFFERS, NEEDLESS, REFUSED
from xpip.model.records import NamedTuple


class Rule(NamedTuple):
    """One difference that a file of a project can run into."""

    kind: str
    """`DIFFERS`, `REFUSED` or `NEEDLESS`."""
    pip: str
    xpip: str
    option: str = ""
    """What to add to a command line for pip's behaviour; `[HOST]` and the like are filled in."""
    setting: str = ""
    """The same as a line of `xpip.toml`."""
    variable: str = ""
    """The same as a variable."""

    @property
    def why(self) -> str:
        """One sentence."""
        return f"{self.pip}; xpip {self.xpip}"

    def keep(self, *, in_command: bool) -> str:
        """Return what to write for pip's behaviour, empty where there is no way."""
        if in_command and self.option:
            return f"add `{self.option}`"
        parts = [f"set `{self.variable}`"] if self.variable else []
        if self.setting:
            parts.append(f"write `{self.setting}` into xpip.toml")
        if not parts and self.option:
            parts.append(f"add `{self.option}` to the command line")
        return ", or ".join(parts)


RULES = {
    "index-priority": Rule(
        DIFFERS,
        "pip takes the best version of all indexes",
        "takes the first index that has the project, extra indexes first, so that nobody can take"
        " a private name over",
        "--index-strategy unsafe-best-match",
        'index-strategy = "unsafe-best-match"',
        "XPIP_INDEX_STRATEGY=unsafe-best-match",
    ),
    "plain-http": Rule(
        REFUSED,
        "pip warns of a plain http index that is not trusted and goes on without it",
        "ends with an error",
        "--trusted-host [HOST]",
        'trusted-host = ["[HOST]"]',
        "PIP_TRUSTED_HOST=[HOST]",
    ),
    "trusted-host-in-file": Rule(
        DIFFERS,
        "pip takes `--trusted-host` of a requirements file without a word",
        "warns that a file switches checks off; on the command line or in a variable nothing is"
        " said",
        "--trusted-host [HOST]",
        'trusted-host = ["[HOST]"]',
        "PIP_TRUSTED_HOST=[HOST]",
    ),
    "environment": Rule(
        DIFFERS,
        "pip installs into the Python that it belongs to",
        "installs into the active environment, else into `.venv` here or above, else where it runs"
        " itself",
        "--system",
        "system = true",
        "XPIP_SYSTEM=1",
    ),
    "which-python": Rule(
        DIFFERS,
        "this pip belongs to one Python",
        "is one program for all of them and works on the active environment",
    ),
    "bytecode": Rule(
        DIFFERS,
        "pip compiles all modules while it installs",
        "leaves that to the first import; in an image that is never written to, each start compiles"
        " again",
        "--compile",
        "compile = true",
        "XPIP_COMPILE=1",
    ),
    "target": Rule(
        DIFFERS,
        "pip leaves what is in the folder of `--target` and puts other versions beside it, unless"
        " `--upgrade` is given",
        "replaces what will not do and keeps one version of each package",
    ),
    "other-machine": Rule(
        DIFFERS,
        "pip evaluates markers for the machine that it runs on",
        "evaluates them for the machine that is installed for, and takes wheels only",
    ),
    "only-binary": Rule(
        DIFFERS,
        "pip builds archives and folders that are named by path or URL even with `--only-binary`",
        "refuses to build them too",
        "--no-binary NAME",
        "",
        "",
    ),
    "shared-files": Rule(
        REFUSED,
        "pip lets the last of two packages overwrite the files of the other",
        "refuses two packages with different content for one path before anything is written",
    ),
    "unpinned-hash": Rule(
        REFUSED,
        "pip takes a hash without an exact version",
        "asks for `==` beside every hash, as pip's documentation does",
        "--no-require-hashes",
        "no-require-hashes = true",
        "XPIP_NO_REQUIRE_HASHES=1",
    ),
    "bad-line": Rule(
        REFUSED,
        "pip may read over what it does not understand in a requirements file",
        "reports every line that cannot be meant as it is written",
    ),
    "refused-option": Rule(REFUSED, "pip has or had this option", "does not"),
    "unknown-option": Rule(REFUSED, "pip may know this option", "does not"),
    "unknown-command": Rule(REFUSED, "pip may know this command", "does not"),
    "argument": Rule(
        REFUSED,
        "pip ignores arguments of this command",
        "refuses what it would not look at",
    ),
    "no-op": Rule(
        NEEDLESS,
        "pip needs to be told",
        "accepts the option and has nothing to do: it can be left out",
    ),
    "pip-itself": Rule(
        NEEDLESS,
        "pip has to be new enough",
        "needs no pip in the environment: the line can be left out unless something else calls pip",
    ),
    "cache-folder": Rule(
        DIFFERS,
        "pip keeps its cache in `~/.cache/pip`",
        "keeps its own in `~/.cache/xpip`, so that this saves the wrong folder",
        "--cache-dir FOLDER",
        "",
        "PIP_CACHE_DIR=FOLDER",
    ),
    "outdated": Rule(
        DIFFERS,
        "pip lists nothing and succeeds when no index answers",
        "fails when not one question got an answer",
    ),
    "compile-output": Rule(
        DIFFERS,
        "pip-compile writes a file named after its source",
        "writes to standard output unless `-o` names a file",
        "-o FILE",
    ),
    "compile-extras": Rule(
        DIFFERS,
        "pip-compile keeps extras in its output",
        "leaves them out",
        "--no-strip-extras",
        "",
        "XPIP_NO_STRIP_EXTRAS=1",
    ),
    "compile-unsafe": Rule(
        DIFFERS,
        "pip-compile leaves pip, setuptools and distribute unpinned",
        "pins them like everything else",
        "--no-allow-unsafe",
        "",
        "XPIP_NO_ALLOW_UNSAFE=1",
    ),
    "uv-upgrade": Rule(
        DIFFERS,
        "`uv pip install --upgrade` upgrades every dependency",
        "upgrades what is named, and dependencies only where it is needed, as pip does",
        "--upgrade-strategy eager",
        'upgrade-strategy = "eager"',
        "XPIP_UPGRADE_STRATEGY=eager",
    ),
    "uv-variable": Rule(DIFFERS, "uv reads `UV_*`", "reads `XPIP_*` and `PIP_*`"),
}
"""Key -> rule."""

SHARING = (
    frozenset((
        "opencv-python", "opencv-python-headless", "opencv-contrib-python",
        "opencv-contrib-python-headless",
    )),
    frozenset(("pycrypto", "pycryptodome")),
    frozenset(("jwt", "pyjwt")),
    frozenset(("python-magic", "python-magic-bin")),
)  # fmt: skip
"""Projects that are known to bring the same files; normalised."""
