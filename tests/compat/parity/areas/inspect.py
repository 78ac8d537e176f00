"""`inspect`: the whole report."""

import json

from tests.compat.parity.scenario import JSON, Scenario


def by_name(out: str) -> str:
    """Leave out who wrote the report, and the order that folders happen to have.

    On Python 3.10 pip keeps the indentation of folded descriptions and does not know where a
    distutils project has its metadata, on later ones it does.
    """
    report = json.loads(out)
    del report["pip_version"]
    for one in report["installed"]:
        metadata = one["metadata"]
        if metadata["name"] == "distutils-thing":
            del one["metadata_location"]
        if "description" in metadata:
            metadata["description"] = metadata["description"].replace("\n        ", "\n")
    report["installed"].sort(key=lambda one: one["metadata"]["name"])
    return json.dumps(report)


SCENARIOS = (
    Scenario("an empty environment", ("inspect",), out=JSON, edit=by_name),
    Scenario("an environment", ("inspect",), "filled", JSON, by_name),
    Scenario("every field and origin", ("inspect",), "rich", JSON, by_name),
    Scenario("local", ("inspect", "--local"), "filled", JSON, by_name),
    Scenario("user", ("inspect", "--user"), "filled", JSON, by_name),
    Scenario("another folder", ("inspect", "--path", "{library}"), "filled", JSON, by_name),
    Scenario("eggs and links", ("inspect",), "legacy", JSON, by_name),
    Scenario("a folder and user is refused", ("inspect", "--path", "x", "--user"), fails=1),
)
