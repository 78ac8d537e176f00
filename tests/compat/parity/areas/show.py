"""`show` with its fields."""

from tests.compat.parity.scenario import Scenario

SCENARIOS = (
    Scenario("one package", ("show", "app"), "filled"),
    Scenario("the fields of new metadata", ("show", "modern-thing"), "rich"),
    Scenario("the fields of old metadata", ("show", "old_thing"), "rich"),
    Scenario("more fields", ("show", "-v", "Modern.Thing"), "rich"),
    Scenario("files", ("show", "-f", "alone"), "filled"),
    Scenario("files of what has no list", ("show", "--files", "no-record"), "rich"),
    Scenario("who requires it", ("show", "library"), "rich"),
    Scenario("several packages", ("show", "library", "app", "alone"), "filled"),
    Scenario("one of two is missing", ("show", "absent", "app"), "filled"),
    Scenario("none is there", ("show", "absent"), "filled", fails=1),
    Scenario("nothing is named", ("show",), "filled", fails=1),
    Scenario("an editable project", ("show", "in-place"), "rich"),
    Scenario("an egg", ("show", "-f", "egg-thing"), "legacy"),
    Scenario("the same twice", ("show", "app", "APP"), "filled"),
)
