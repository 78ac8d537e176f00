"""`install --report`: pip's form, whoever writes it."""

import json

from tests.compat.parity.scenario import JSON, Scenario


def installed(out: str) -> str:
    """Keep what is compared: not who wrote it, nor the descriptions that mail readers fold."""
    report = json.loads(out[out.index("{") :])
    del report["pip_version"]
    report["install"].sort(key=lambda one: one["metadata"]["name"])
    return json.dumps(report)


DRY = ("install", "--dry-run", "-q", "--report", "-")

SCENARIOS = (
    Scenario("a package with what it needs", (*DRY, "app"), out=JSON, edit=installed),
    Scenario("an extra", (*DRY, "extra-app[more]"), out=JSON, edit=installed),
    Scenario("a URL", (*DRY, "{server}/files/alone-1.0-py3-none-any.whl"), out=JSON, edit=installed),
    Scenario("a yanked one", (*DRY, "withdrawn==2.0"), out=JSON, edit=installed),
    Scenario("an upgrade", (*DRY, "-U", "alone"), "filled", out=JSON, edit=installed),
    Scenario("nothing to do", (*DRY, "alone"), "filled", out=JSON, edit=installed),
    Scenario("written while installing", ("install", "-q", "--report", "-", "alone"), out=JSON, edit=installed,
             changes=True),
)  # fmt: skip
