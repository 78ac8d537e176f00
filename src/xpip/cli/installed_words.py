"""What `install` tells besides its summary: what it left or broke, and its report."""

from __future__ import annotations

import os

from xpip.errors import NoSolution
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.cli.settings import Settings
    from xpip.model.environment import Environment
    from xpip.operations.install import InstallOutcome
    from xpip.terminal.console import Console

STANDARD_OUTPUT = "-"


def tell_breakage(outcome: InstallOutcome, console: Console) -> None:
    """Tell which packages that stay do not fit any more; as in pip, that is no failure."""
    if outcome.breakage:
        lines = "\n".join(outcome.breakage)
        console.warning(f"installed packages do not fit any more:\n{lines}")


def tell_target(
    outcome: InstallOutcome, environment: Environment, console: Console, *, is_upgrade: bool
) -> None:
    """Tell what `--target` found in its folder, where pip would have done something else."""
    if is_upgrade:
        return
    folder = environment.layout.prefix
    stays = (
        {found.distribution.name for found in outcome.satisfied.found}
        if outcome.satisfied
        else set()
    )
    if outcome.plan is not None:
        stays |= {distribution.name for distribution in outcome.plan.keep}
    if stays:
        names = ", ".join(f"`{name}`" for name in sorted(stays))
        console.warning(
            f"Target directory {folder} already exists. Specify --upgrade to force replacement.",
            hints=(f"{names} in it will do and stays as it is",),
        )
    removed = outcome.report.removed if outcome.report is not None else ()
    for name, version in removed:
        console.note(f"replaced {name} {version} in {folder}, which pip does with --upgrade only")


class ReportedFailure:
    """Where nothing satisfies the requirements, the report of `--report` says why."""

    def __init__(
        self, place: str, environment: Environment, settings: Settings, console: Console
    ) -> None:
        """Prepare.

        Args:
            place: The value of `--report`; empty for no report.
        """
        self._place = place
        self._environment = environment
        self._settings = settings
        self._console = console

    def __enter__(self) -> None:
        """Begin the work that may fail."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Write the report of a failure; the error goes on."""
        if not self._place or not isinstance(error, NoSolution):
            return
        from xpip import __version__
        from xpip.terminal.json_errors import error_as_data

        report: dict[str, object] = {
            "version": "1",
            "pip_version": __version__,
            "install": [],
            "environment": dict(self._environment.interpreter.target.markers),
            "error": error_as_data(error),
        }
        write_report(report, self._place, self._settings.cwd, self._console)


def write_report(report: dict[str, object], place: str, cwd: str, console: Console) -> None:
    """Write the report of `--report`.

    Raises:
        XpipError: The file cannot be written.
    """
    import json

    if place == STANDARD_OUTPUT:
        console.out(json.dumps(report, indent=2, ensure_ascii=not console.encodes("\xe9\u2192")))
        return
    from xpip.documents import write_document

    text = json.dumps(report, indent=2, ensure_ascii=False)
    data = text.encode("utf-8", "backslashreplace")
    write_document(os.path.normpath(os.path.join(cwd, place)), data)
