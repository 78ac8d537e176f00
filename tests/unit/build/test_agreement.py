"""What a wheel may say differently from what was promised."""

import pytest

from tests.unit.build.test_fingerprint import TARGET
from xpip.build.agreement import differences, ensure_agreement
from xpip.errors import BuildFailed
from xpip.model.dependencies import CoreMetadata

BASE = CoreMetadata("App.Name", "1.0", ("a>=1,<2", 'b ; extra == "x"'), ">=3.8", ("x",))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "app-name"},
        {"version": "1"},
        {"requires_dist": ('B; extra=="x"', "A <2,>=1")},
        {"requires_dist": ("a>=1,<2", 'b ; extra == "x"', 'c ; os_name == "nothing"')},
        {"requires_python": ">= 3.8"},
        {"metadata_version": "2.4"},
    ],
)
def test_spelling_and_what_does_not_hold_here_are_no_difference(change):
    assert differences(BASE, BASE._replace(**change), TARGET) == ()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"name": "other"}, "built:    `Name: other`"),
        ({"version": "2.0"}, "built:    `Version: 2.0`"),
        ({"requires_python": ""}, "built:    `Requires-Python: (none)`"),
        ({"requires_dist": ("a>=1,<2",)}, 'only promised: `Requires-Dist: b ; extra == "x"`'),
        ({"requires_dist": (*BASE.requires_dist, "z")}, "only built:    `Requires-Dist: z`"),
        ({"provides_extra": ("x", "y")}, "only built:    `Provides-Extra: y`"),
    ],
)
def test_everything_else_is_told(change, line):
    found = BASE._replace(**change)
    assert line in differences(BASE, found, TARGET)
    with pytest.raises(BuildFailed) as caught:
        ensure_agreement(BASE, found, TARGET, "app 1.0")
    assert line in caught.value.details
