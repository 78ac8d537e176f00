"""What one program installed and the other takes over."""

from tests.compat.parity.edits import project, satisfied_names, told
from tests.compat.parity.scenario import EXACT, IGNORED, LINES, Scenario

SET = (("install", "-q", "app==1.0", "alone==1.0", "with-data"),)
LOCAL = project("mine", "my-project")

SCENARIOS = tuple(
    scenario
    for by in ("pip", "xpip")
    for scenario in (
        Scenario(f"uninstall what {by} installed", ("uninstall", "-y", "alone", "with-data", "app"), edit=told, changes=True,
                 before=SET, by=by),
        Scenario(f"upgrade what {by} installed", ("install", "-U", "alone", "app"), edit=told, changes=True, before=SET,
                 by=by),
        Scenario(f"freeze what {by} installed", ("freeze",), out=EXACT, changes=True, before=SET, by=by),
        Scenario(f"show files that {by} installed", ("show", "-f", "with-data"), changes=True, out=LINES, before=SET, by=by,
                 edit=lambda out: "\n".join(line for line in out.splitlines() if ".pyc" not in line)),
        Scenario(f"satisfied by what {by} installed", ("install", "app", "alone"), edit=satisfied_names, changes=True,
                 before=SET, by=by),
        Scenario(f"uninstall an editable project that {by} installed", ("uninstall", "-y", "my-project"), out=IGNORED,
                 changes=True, files=LOCAL, before=(("install", "-q", "-e", "mine"),), by=by),
        Scenario(f"check what {by} installed", ("check",), changes=True, before=SET, by=by),
    )
)  # fmt: skip
