"""`index versions`."""

from tests.compat.parity.scenario import JSON, Scenario


def own_name(out: str) -> str:
    return out.replace("xpip install", "pip install")


SCENARIOS = (
    Scenario("versions", ("index", "versions", "library"), "filled"),
    Scenario("versions with pre-releases", ("index", "versions", "--pre", "library"), "filled", edit=own_name),
    Scenario("versions of what is not installed", ("index", "versions", "dated"), "filled"),
    Scenario("json", ("index", "versions", "--json", "library"), "filled", JSON),
    Scenario("json of what is not installed", ("index", "versions", "--json", "dated"), "filled", JSON),
    Scenario("yanked ones are left out", ("index", "versions", "withdrawn")),
    Scenario("those for other Pythons are left out", ("index", "versions", "newer-python")),
    Scenario("those for other Pythons are asked for", ("index", "versions", "--ignore-requires-python", "newer-python")),
    Scenario("those for another platform",
             ("index", "versions", "foreign", "--platform", "win_amd64", "--python-version", "3.12", "--only-binary", ":all:")),
    Scenario("only pre-releases", ("index", "versions", "pre-only"), fails=1),
    Scenario("nothing fits", ("index", "versions", "windows-only"), fails=1),
    Scenario("nobody knows it", ("index", "versions", "never-heard-of"), fails=1),
    Scenario("another spelling", ("index", "versions", "Mixed.case_name")),
    Scenario("find-links", ("index", "versions", "app", "--no-index", "-f", "{files}")),
    Scenario("no name", ("index", "versions"), fails=1),
    Scenario("two names", ("index", "versions", "app", "library"), fails=1),
    Scenario("no action", ("index",), fails=1),
    Scenario("an unknown action", ("index", "search", "app"), fails=1),
)  # fmt: skip
