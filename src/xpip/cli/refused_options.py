"""Options of pip and uv that xpip knows and does not have, each with what to do instead.

And those that are accepted because what they ask for is always so.
"""

from __future__ import annotations

from xpip.formats.option_table import FLAG, LIST, TEXT, Option, OptionGroup

_SETTINGS = "`--config-settings KEY=VALUE` talks to the build backend"
_PYTHONS = "xpip installs no Pythons: `--python` names one that is there"
_PREVIEW = "xpip has no features in preview: leave it out"


def _refused(names: tuple[str, ...], instead: str, kind: str = TEXT) -> Option:
    return Option(names, "", kind, refusal=instead)


ELSEWHERE = OptionGroup(
    "Not here",
    (
        _refused(("--global-option",), _SETTINGS),
        _refused(("--build-option",), _SETTINGS),
        _refused(("--install-option",), _SETTINGS),
        _refused(
            ("--no-use-pep517",),
            "every build goes through the backend of the project: leave it out",
            FLAG,
        ),
        _refused(("--egg",), "eggs are not made any more: leave it out", FLAG),
        _refused(("--exact",), "`xpip sync` removes what is not listed", FLAG),
        _refused(("--strict",), "`xpip check` tells what does not fit", FLAG),
        _refused(("--check",), "`--dry-run` changes nothing and tells what would be done", FLAG),
        _refused(
            ("--torch-backend",), "`--index torch=URL --index-package torch=torch` names its index"
        ),
        _refused(("--fork-strategy",), "an installation is for one machine: leave it out"),
        _refused(("--upgrade-group",), "`-P NAME` upgrades one project"),
        _refused(("--no-editable",), "leave out `-e`", FLAG),
        _refused(("--no-editable-package",), "leave out `-e`"),
        _refused(
            ("--no-verify-hashes",), "`--no-require-hashes` checks hashes only where they are given"
        ),
        _refused(("--output-format",), "`--report -` writes what was done as JSON, in pip's form"),
        _refused(("--managed-python",), _PYTHONS, FLAG),
        _refused(("--no-managed-python",), _PYTHONS, FLAG),
        _refused(("--no-python-downloads",), _PYTHONS, FLAG),
        _refused(("--python-preference",), _PYTHONS),
        _refused(("--preview",), _PREVIEW, FLAG),
        _refused(("--preview-features",), _PREVIEW),
        _refused(("--no-installer-metadata",), "INSTALLER and REQUESTED are always written", FLAG),
        _refused(("--show-settings",), "`xpip config debug` shows them", FLAG),
    ),
)

ANYWAY = OptionGroup(
    "Always so",
    (
        Option(("--use-pep517",), "", FLAG),
        Option(("--inexact",), "", FLAG),
        # xpip does not read `[tool.uv.sources]`.
        Option(("--no-sources",), "", FLAG),
        Option(("--no-sources-package",), "", LIST, metavar="NAME"),
        # pip removes its folder for builds unless told; logs of xpip's builds say where they are.
        Option(("--no-warn-script-location",), "", FLAG, constant=False),
    ),
)
