"""`install` of what is there already: upgrades, reinstallation, and what stays as it is."""

from tests.compat.parity.edits import satisfied_names, told
from tests.compat.parity.scenario import IGNORED, Scenario

OLD = (("install", "-q", "app==1.0", "library==1.0", "alone==1.0"),)

SCENARIOS = (
    Scenario("only if needed", ("install", "-U", "alone"), "filled", edit=told, changes=True),
    Scenario("dependencies that will do stay", ("install", "--upgrade", "app==1.0"), "filled", edit=satisfied_names,
             changes=True),
    Scenario("dependencies that will not do", ("install", "-U", "app"), "filled", edit=told, changes=True),
    Scenario("eager", ("install", "-U", "--upgrade-strategy", "eager", "app==1.0"), "filled", edit=told, changes=True),
    Scenario("eager without upgrade", ("install", "--upgrade-strategy", "eager", "app==1.0"), "filled",
             edit=satisfied_names, changes=True),
    Scenario("only if needed by name", ("install", "-U", "--upgrade-strategy", "only-if-needed", "app"), "filled",
             edit=told, changes=True),
    Scenario("an unknown strategy", ("install", "-U", "--upgrade-strategy", "lazy", "app"), "filled", out=IGNORED,
             changes=True, fails=2),
    Scenario("the newest is there", ("install", "-U", "alone"), edit=satisfied_names, changes=True,
             before=(("install", "-q", "alone"),)),
    Scenario("force reinstall", ("install", "--force-reinstall", "--no-deps", "alone==1.0"), "filled", edit=told,
             changes=True),
    Scenario("force reinstall with dependencies", ("install", "--force-reinstall", "app==1.0"), "filled", edit=told,
             changes=True),
    Scenario("ignore installed", ("install", "-I", "--dry-run", "app"), "filled", edit=told, changes=True),
    Scenario("dry run of an upgrade", ("install", "--dry-run", "-U", "alone"), "filled", edit=told, changes=True),
    Scenario("dry run with nothing to do", ("install", "--dry-run", "alone"), "filled", edit=satisfied_names,
             changes=True),
    Scenario("upgrade within a range", ("install", "-U", "library<2.1,>=1"), edit=told, changes=True, before=OLD),
    Scenario("requested by name from now on", ("install", "library"), edit=satisfied_names, changes=True,
             before=(("install", "-q", "app"),)),
    Scenario("files of a file upgraded", ("install", "-U", "-r", "r.txt"), "filled", edit=told, changes=True,
             files={"r.txt": "alone\nlibrary\n"}),
)  # fmt: skip
