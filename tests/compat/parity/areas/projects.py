"""Dependency groups and lock files."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, Scenario

GROUPS = """\
[project]
name = "thing"
version = "1"
[dependency-groups]
test = ["alone<1.1", {{include-group = "lint"}}]
lint = ["library ; python_version >= '3'"]
loop = [{{include-group = "loop"}}]
"""
LOCK = """\
lock-version = "1.0"
created-by = "somebody"
[[packages]]
name = "alone"
version = "1.1"
[[packages.wheels]]
name = "alone-1.1-py3-none-any.whl"
url = "{server}/files/alone-1.1-py3-none-any.whl"
[packages.wheels.hashes]
sha256 = "{digest}"
"""
GROUP_FILES = {"pyproject.toml": GROUPS, "sub/pyproject.toml": GROUPS}

SCENARIOS = (
    Scenario("a group", ("install", "--group", "test"), edit=told, changes=True, files=GROUP_FILES),
    Scenario("a group of another file", ("install", "--group", "sub/pyproject.toml:lint"), edit=told, changes=True,
             files=GROUP_FILES),
    Scenario("a group and a name", ("install", "--group", "lint", "dated"), edit=told, changes=True, files=GROUP_FILES),
    Scenario("an unknown group", ("install", "--group", "docs"), out=IGNORED, changes=True, fails=1, files=GROUP_FILES),
    Scenario("a group that includes itself", ("install", "--group", "loop"), out=IGNORED, changes=True, fails=1,
             files=GROUP_FILES),
    Scenario("a group without a file", ("install", "--group", "test"), out=IGNORED, changes=True, fails=1),
    Scenario("a group of another kind of file", ("install", "--group", "a.toml:test"), out=IGNORED, changes=True, fails=2,
             files={"a.toml": GROUPS}),
    Scenario("download of a group", ("download", "--group", "test"), edit=told, made=True, files=GROUP_FILES),
    Scenario("a lock file", ("install", "-r", "pylock.toml"), edit=told, changes=True, files={"pylock.toml": LOCK},
             errors=False),
    Scenario("a named lock file", ("install", "-r", "pylock.dev.toml"), edit=told, changes=True,
             files={"pylock.dev.toml": LOCK}, errors=False),
    Scenario("a lock file with a wrong hash", ("install", "-r", "pylock.toml"), out=IGNORED, changes=True, fails=1,
             files={"pylock.toml": LOCK.replace("{digest}", "0" * 64)}),
    Scenario("a lock file of another form", ("install", "-r", "pylock.toml"), out=IGNORED, changes=True, fails=1,
             files={"pylock.toml": LOCK.replace('"1.0"', '"9.0"')}),
)  # fmt: skip
