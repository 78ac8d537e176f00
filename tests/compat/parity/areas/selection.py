"""Which version and which file: pre-releases, yanked files, wheels and source archives."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, Scenario

SCENARIOS = (
    Scenario("no pre-release", ("install", "library"), edit=told, changes=True),
    Scenario("pre-releases", ("install", "--pre", "library"), edit=told, changes=True),
    Scenario("a range that names one", ("install", "library>=2.1rc1"), edit=told, changes=True),
    Scenario("nothing but pre-releases", ("install", "pre-only"), edit=told, changes=True),
    Scenario("of all projects", ("install", "--all-releases", ":all:", "library"), edit=told, changes=True),
    Scenario("of one project", ("install", "--all-releases", "library", "app"), edit=told, changes=True),
    Scenario("never of one project", ("install", "--only-final", "pre-only", "pre-only"), out=IGNORED, changes=True,
             fails=1),
    Scenario("yanked is skipped", ("install", "withdrawn"), edit=told, changes=True),
    Scenario("yanked is pinned", ("install", "withdrawn==2.0"), edit=told, changes=True),
    Scenario("yanked is in a range", ("install", "withdrawn>=2.0"), out=IGNORED, changes=True, fails=1),
    Scenario("for a newer Python", ("install", "newer-python"), edit=told, changes=True),
    Scenario("for a newer Python and pinned", ("install", "newer-python==2.0"), out=IGNORED, changes=True, fails=1),
    Scenario("for a newer Python all the same", ("install", "--ignore-requires-python", "newer-python==2.0"), edit=told,
             changes=True),
    Scenario("a local version", ("install", "odd-build==1.0"), edit=told, changes=True),
    Scenario("a local version by name", ("install", "odd-build==1.0+cpu"), edit=told, changes=True),
    Scenario("a version of many zeros", ("install", "dated==2024.01.05"), edit=told, changes=True),
    Scenario("arbitrary equality", ("install", "alone===1.0"), edit=told, changes=True),
    Scenario("a source archive that is newer", ("install", "--dry-run", "older-wheel"), edit=told, changes=True),
    Scenario("prefer binary", ("install", "--prefer-binary", "older-wheel"), edit=told, changes=True),
    Scenario("only binary", ("install", "--only-binary", ":all:", "older-wheel"), edit=told, changes=True),
    Scenario("no binary", ("install", "--dry-run", "--no-binary", "older-wheel", "older-wheel"), edit=told, changes=True),
    Scenario("only binary where there is none", ("install", "--only-binary=:all:", "source-only"), out=IGNORED,
             changes=True, fails=1),
    Scenario("no binary where there is none", ("install", "--no-binary=:all:", "alone"), out=IGNORED, changes=True,
             fails=1),
)  # fmt: skip
